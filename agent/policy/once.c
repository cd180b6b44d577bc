/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "once.h"

#include <openssl/evp.h>

#include <string.h>

/* An origin holds no zero byte, so the two parts cannot be shifted. */
static enum beid_err
hash_of(struct beid_span origin, struct beid_span jti,
        uint8_t out[POLICY_ONCE_HASH])
{
    unsigned int len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL
                && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1
                && EVP_DigestUpdate(context, origin.ptr, origin.len) == 1
                && EVP_DigestUpdate(context, "", 1) == 1
                && EVP_DigestUpdate(context, jti.ptr, jti.len) == 1
                && EVP_DigestFinal_ex(context, out, &len) == 1
                && len == POLICY_ONCE_HASH;
    EVP_MD_CTX_free(context);
    return good ? BEID_OK : BEID_ERR_INTERNAL;
}

enum beid_err
policy_once_use(struct policy_once *once, struct beid_span origin,
                struct beid_span jti, int64_t iat)
{
    uint8_t hash[POLICY_ONCE_HASH];
    enum beid_err err = hash_of(origin, jti, hash);
    if (err != BEID_OK) {
        return err;
    }
    for (size_t i = 0; i < once->count; i++) {
        if (memcmp(once->used[i].hash, hash, sizeof hash) == 0) {
            return BEID_ERR_DENIED;
        }
    }
    size_t slot = once->next;
    if (once->count < POLICY_ONCE_REMEMBERED) {
        once->count++;
    } else if (once->used[slot].iat > once->floor) {
        once->floor = once->used[slot].iat;
    }
    memcpy(once->used[slot].hash, hash, sizeof hash);
    once->used[slot].iat = iat;
    once->next = (slot + 1) % POLICY_ONCE_REMEMBERED;
    return BEID_OK;
}

/* What made room for it when the memory was full stays forgotten. */
void
policy_once_give_back(struct policy_once *once)
{
    if (once->count == 0) {
        return;
    }
    once->next =
        (once->next + POLICY_ONCE_REMEMBERED - 1) % POLICY_ONCE_REMEMBERED;
    memset(&once->used[once->next], 0, sizeof once->used[0]);
    if (once->count < POLICY_ONCE_REMEMBERED) {
        once->count--;
    }
}
