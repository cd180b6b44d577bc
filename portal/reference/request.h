/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_REQUEST_H
#define BEID_PORTAL_REQUEST_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <time.h>

/* The key that signs step-up requests: P-256 for ES256, P-384 for ES384. */
struct request_key;

/* pem: a private key. BEID_ERR_FORMAT for any other kind. */
enum beid_err request_key_new(struct beid_span pem, const char *kid,
                              struct request_key **out) BEID_NODISCARD;

/* Accepts NULL; sets *key to NULL. */
void request_key_free(struct request_key **key);

#define REQUEST_LANGUAGES 4U
#define REQUEST_SECONDS 120

/* What the citizen is asked; all are UTF-8, certificate may be empty. */
struct request {
    const char *origin;
    const char *kind; /* "access" or "statement" */
    const char *id; /* jti */
    const char *transaction; /* txn, for the audit trail */
    const char *path; /* the resource, below the origin */
    const char *acr;
    const char *certificate; /* SHA-256 of the login's, in hexadecimal */
    const char *language[REQUEST_LANGUAGES];
    const char *text[REQUEST_LANGUAGES];
};

#define REQUEST_NONCE_SIZE 45U

/*
 * Appends the compact JWS to out, and gives the nonce that the token for an
 * access request is about: base64 of the SHA-256 of the JWS.
 */
enum beid_err request_sign(const struct request_key *key,
                           const struct request *request, time_t now,
                           struct beid_buf *out,
                           char nonce[REQUEST_NONCE_SIZE]) BEID_NODISCARD;

#endif
