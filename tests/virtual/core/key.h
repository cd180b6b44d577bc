/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_KEY_H
#define BEID_VIRTUAL_KEY_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <openssl/types.h>

/* RSA-2048 gives 256 bytes, P-384 96. */
#define KEY_SIGNATURE_MAX 256U

/* How RSA input becomes a block: hash NULL means DigestInfo by the caller. */
struct key_padding {
    const char *hash;
    bool pss; /* salt as long as the hash */
};

/* Modulus length of an RSA key in bytes. */
size_t key_len(const EVP_PKEY *key);

/* RSA PKCS#1 v1.5 or PSS over a hash, or v1.5 over bytes as they are. */
enum beid_err key_sign_rsa(EVP_PKEY *key, struct key_padding padding,
                           struct beid_span data,
                           uint8_t out[KEY_SIGNATURE_MAX],
                           size_t *out_len) BEID_NODISCARD;

/* ECDSA over a hash as it is; r and s side by side, 48 bytes each. */
enum beid_err key_sign_ec(EVP_PKEY *key, struct beid_span hash,
                          uint8_t out[KEY_SIGNATURE_MAX],
                          size_t *out_len) BEID_NODISCARD;

#endif
