/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/message.h"

#include "rv.h"

#include <openssl/err.h>

CK_RV
message_begin(struct message *message, const struct hash *hash, size_t max)
{
    *message = (struct message){0};
    beid_buf_init(&message->bytes, hash == NULL ? max : EVP_MAX_MD_SIZE);
    if (hash == NULL) {
        return CKR_OK;
    }
    (void)ERR_set_mark();
    message->digest = EVP_MD_CTX_new();
    int ok = message->digest != NULL
             && EVP_DigestInit_ex(message->digest, hash->digest(), NULL) == 1;
    (void)ERR_pop_to_mark();
    return ok ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
message_add(struct message *message, struct beid_span part)
{
    if (message->digest != NULL) {
        return EVP_DigestUpdate(message->digest, part.ptr, part.len) == 1
                   ? CKR_OK
                   : CKR_HOST_MEMORY;
    }
    beid_buf_put(&message->bytes, part);
    enum beid_err err = beid_buf_status(&message->bytes);
    return err == BEID_ERR_LIMIT ? CKR_DATA_LEN_RANGE : rv_of(err);
}

CK_RV
message_end(struct message *message, struct beid_span *out)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (message->digest != NULL) {
        if (EVP_DigestFinal_ex(message->digest, hash, &len) != 1) {
            return CKR_HOST_MEMORY;
        }
        beid_buf_put(&message->bytes, beid_span_of(hash, len));
    }
    *out = beid_buf_span(&message->bytes);
    return rv_of(beid_buf_status(&message->bytes));
}

void
message_clear(struct message *message)
{
    EVP_MD_CTX_free(message->digest);
    beid_buf_clear(&message->bytes);
    *message = (struct message){0};
}
