/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_HASHES_H
#define BEID_TOKEN_HASHES_H

#include <openssl/types.h>
#include <p11-kit/pkcs11.h>

#include <stddef.h>
#include <stdint.h>

#define HASH_PREFIX_MAX 19U

/* A hash that is made in this process; the card makes none. */
struct hash {
    CK_MECHANISM_TYPE type; /* of C_DigestInit */
    const EVP_MD *(*digest)(void);
    size_t len;
    /* DigestInfo up to the hash itself (RFC 8017 §9.2, note 1). */
    size_t prefix_len;
    uint8_t prefix[HASH_PREFIX_MAX];
};

/* SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512; NULL for any other type. */
const struct hash *hashes_get(CK_MECHANISM_TYPE type);

#endif
