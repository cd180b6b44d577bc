/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/hashes.h"

#include <openssl/evp.h>

/* DigestInfo of the SHA-2 family: they differ in one byte of the object
 * identifier and in the lengths. */
#define SHA2_PREFIX(oid, len)                                                  \
    .prefix_len = 19,                                                          \
    .prefix = {0x30, 0x11 + (len), 0x30, 0x0D, 0x06, 0x09, 0x60,               \
               0x86, 0x48,         0x01, 0x65, 0x03, 0x04, 0x02,               \
               oid,  0x05,         0x00, 0x04, len}

static const struct hash hashes[] = {
    {.type = CKM_SHA_1,
     .digest = EVP_sha1,
     .len = 20,
     .prefix_len = 15,
     .prefix = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02,
                0x1A, 0x05, 0x00, 0x04, 0x14}},
    {.type = CKM_SHA224,
     .digest = EVP_sha224,
     .len = 28,
     SHA2_PREFIX(0x04, 28)},
    {.type = CKM_SHA256,
     .digest = EVP_sha256,
     .len = 32,
     SHA2_PREFIX(0x01, 32)},
    {.type = CKM_SHA384,
     .digest = EVP_sha384,
     .len = 48,
     SHA2_PREFIX(0x02, 48)},
    {.type = CKM_SHA512,
     .digest = EVP_sha512,
     .len = 64,
     SHA2_PREFIX(0x03, 64)},
};

const struct hash *
hashes_get(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (hashes[i].type == type) {
            return &hashes[i];
        }
    }
    return NULL;
}
