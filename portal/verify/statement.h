/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_STATEMENT_H
#define BEID_VERIFY_STATEMENT_H

#include "internal.h"

#include <beid/bytes.h>
#include <beid/verify.h>

#include <openssl/cms.h>

#include <stdbool.h>
#include <time.h>

/*
 * A step-up request of kind statement, as the portal kept it. Strings borrow
 * from tree.
 */
struct request {
    void *tree;
    const char *iss;
    const char *jti;
    const char *resource;
    const char *certificate; /* certificateSha256, or NULL */
    time_t iat;
};

/* Reads a compact JWS; its signature is the agent's to check. OK or REQUEST. */
enum beid_verify_result request_parse(struct beid_span jws,
                                      struct request *out) BEID_VERIFY_CHECK;
void request_clear(struct request *request);

#define LANGUAGE_COUNT 4U

/* "nl", "fr", "de", "en". */
const char *statement_language(size_t index);

/*
 * Writes the text that agent/worker/STATEMENT.md prescribes for this request
 * in a language. BEID_ERR_NOT_FOUND when the request has no text in it.
 */
enum beid_err statement_text(const struct request *request, size_t language,
                             const char *portal_name,
                             struct beid_buf *out) BEID_NODISCARD;

/* A detached CMS signature with one signer, whose certificate is inside. */
struct cms {
    CMS_ContentInfo *info;
    CMS_SignerInfo *signer; /* borrowed */
    X509 *cert; /* borrowed */
    STACK_OF(X509) * certs;
    time_t signed_at;
};

/* Reads base64 of DER. OK, CMS_FORMAT or INTERNAL; then *out is empty. */
enum beid_verify_result cms_parse(const char *base64,
                                  struct cms *out) BEID_VERIFY_CHECK;
void cms_clear(struct cms *cms);

/*
 * The attributes that CAdES B-B wants: content-type, signing-time and
 * signing-certificate-v2 for this very certificate, each once; and the hash
 * that belongs to the key. Fills signed_at. OK or CMS_ATTRIBUTES.
 */
enum beid_verify_result cms_attributes(struct cms *cms) BEID_VERIFY_CHECK;

/* Message digest and signature over this text. OK, SIGNATURE or INTERNAL. */
enum beid_verify_result cms_signature(const struct cms *cms,
                                      struct beid_span text) BEID_VERIFY_CHECK;

#endif
