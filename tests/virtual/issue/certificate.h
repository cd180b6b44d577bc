/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_CERTIFICATE_H
#define BEID_VIRTUAL_CERTIFICATE_H

#include "profile.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <openssl/types.h>

/* Who signs, with which key. */
struct certificate_issuer {
    X509 *cert; /* NULL: self-signed */
    EVP_PKEY *key;
};

struct certificate_request {
    enum profile_family family;
    enum profile_role role;
    const struct profile_attribute *name; /* ends with nid 0 */
    EVP_PKEY *key; /* of the subject */
    struct profile_servers servers;
    int start_days; /* from now, may be negative */
    int end_days;
};

/* Makes a certificate. BEID_ERR_INTERNAL when OpenSSL refuses. */
enum beid_err certificate_make(const struct certificate_request *request,
                               struct certificate_issuer issuer,
                               X509 **out) BEID_NODISCARD;

/* Appends the DER encoding. */
enum beid_err certificate_put(const X509 *cert,
                              struct beid_buf *out) BEID_NODISCARD;

#endif
