/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CMS_H
#define BEID_WORKER_CMS_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdbool.h>

/* What goes into a signature besides the document. */
struct cms_signer {
    X509 *certificate;
    struct beid_span ca; /* DER; empty: not included */
    const EVP_MD *md;
};

/*
 * Signs the document as detached CAdES B-B (design §4) and appends the DER.
 * false with OpenSSL's error queue filled, so that whoever owns the key can
 * tell what it answered.
 */
bool cms_sign(const struct cms_signer *signer, EVP_PKEY *key,
              struct beid_span document, struct beid_buf *out);

/* The same for a document of which only the hash, by signer->md, is here. */
bool cms_sign_digest(const struct cms_signer *signer, EVP_PKEY *key,
                     struct beid_span digest, struct beid_buf *out);

/*
 * Is this one good signature of exactly this certificate under the document?
 * BEID_ERR_SIGNATURE when it is not.
 */
enum beid_err cms_check(const struct cms_signer *signer,
                        struct beid_span document,
                        struct beid_span der) BEID_NODISCARD;
enum beid_err cms_check_digest(const struct cms_signer *signer,
                               struct beid_span digest,
                               struct beid_span der) BEID_NODISCARD;

#endif
