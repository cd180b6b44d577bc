/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/digest.h"

#include <openssl/evp.h>

#include <stdlib.h>

struct digest {
    EVP_MD_CTX *sha256;
    EVP_MD_CTX *sha384;
};

enum beid_err
digest_new(struct digest **out)
{
    struct digest *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->sha256 = EVP_MD_CTX_new();
    made->sha384 = EVP_MD_CTX_new();
    if (made->sha256 == NULL || made->sha384 == NULL
        || EVP_DigestInit_ex(made->sha256, EVP_sha256(), NULL) != 1
        || EVP_DigestInit_ex(made->sha384, EVP_sha384(), NULL) != 1) {
        digest_free(&made);
        return BEID_ERR_MEMORY;
    }
    *out = made;
    return BEID_OK;
}

void
digest_free(struct digest **digest)
{
    if (*digest != NULL) {
        EVP_MD_CTX_free((*digest)->sha256);
        EVP_MD_CTX_free((*digest)->sha384);
        free(*digest);
        *digest = NULL;
    }
}

enum beid_err
digest_put(struct digest *digest, struct beid_span piece)
{
    return EVP_DigestUpdate(digest->sha256, piece.ptr, piece.len) == 1
                   && EVP_DigestUpdate(digest->sha384, piece.ptr, piece.len)
                          == 1
               ? BEID_OK
               : BEID_ERR_INTERNAL;
}

enum beid_err
digest_end(struct digest *digest, uint8_t sha256[DIGEST_SHA256_LEN],
           uint8_t sha384[DIGEST_SHA384_LEN])
{
    return EVP_DigestFinal_ex(digest->sha256, sha256, NULL) == 1
                   && EVP_DigestFinal_ex(digest->sha384, sha384, NULL) == 1
               ? BEID_OK
               : BEID_ERR_INTERNAL;
}
