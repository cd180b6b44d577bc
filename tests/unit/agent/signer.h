/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_SIGNER_H
#define BEID_TESTS_SIGNER_H

#include <beid/bytes.h>

#include <openssl/evp.h>

/* A portal's backend: makes keys and signs requests as RFC 7515 says. */

/* A fresh key for "ES256", "ES384", "EdDSA", "PS256" or "RS256". */
EVP_PKEY *signer_key(const char *algorithm);

/* Appends the lines of a portal file that pin the key's public half. */
void signer_pin(struct beid_buf *file, const char *kid, const char *algorithm,
                EVP_PKEY *key);

/* The raw JWS signature over message. */
void signer_sign(struct beid_buf *out, const char *algorithm, EVP_PKEY *key,
                 struct beid_span message);

/* Appends base64url without padding. */
void signer_base64url(struct beid_buf *out, struct beid_span bytes);

/* The whole compact form. */
void signer_compact(struct beid_buf *out, const char *algorithm, EVP_PKEY *key,
                    const char *header, const char *payload);

#endif
