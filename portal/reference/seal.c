/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <limits.h>

#define NONCE_SIZE 12
#define TAG_SIZE 16

enum beid_err
seal_key_make(const uint8_t key[PSEUDONYM_KEY_SIZE], uint8_t out[SEAL_KEY_SIZE])
{
    static const unsigned char label[] = "beid-portal archive 1";
    size_t len = 0;
    if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, PSEUDONYM_KEY_SIZE,
                  label, sizeof label - 1, out, SEAL_KEY_SIZE, &len)
            == NULL
        || len != SEAL_KEY_SIZE) {
        return BEID_ERR_INTERNAL;
    }
    return BEID_OK;
}

enum beid_err
seal_close(const uint8_t key[SEAL_KEY_SIZE], struct beid_span place,
           struct beid_span plain, struct beid_buf *out)
{
    int len = 0;
    int last = 0;
    if (plain.len > INT_MAX - NONCE_SIZE - TAG_SIZE || place.len > INT_MAX) {
        return BEID_ERR_LIMIT;
    }
    uint8_t *at = beid_buf_extend(out, NONCE_SIZE + plain.len + TAG_SIZE);
    if (at == NULL) {
        return beid_buf_status(out);
    }
    uint8_t *body = at + NONCE_SIZE;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good =
        context != NULL && RAND_bytes(at, NONCE_SIZE) == 1
        && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, at) == 1
        && EVP_EncryptUpdate(context, NULL, &len, place.ptr, (int)place.len)
               == 1
        && EVP_EncryptUpdate(context, body, &len, plain.ptr, (int)plain.len)
               == 1
        && EVP_EncryptFinal_ex(context, body + len, &last) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE,
                               body + plain.len)
               == 1;
    EVP_CIPHER_CTX_free(context);
    return good ? BEID_OK : BEID_ERR_INTERNAL;
}

enum beid_err
seal_open(const uint8_t key[SEAL_KEY_SIZE], struct beid_span place,
          struct beid_span sealed, struct beid_buf *out)
{
    struct beid_span nonce;
    struct beid_span body;
    struct beid_span tag;
    int len = 0;
    int last = 0;
    if (sealed.len > INT_MAX || sealed.len < NONCE_SIZE + TAG_SIZE
        || place.len > INT_MAX
        || beid_span_take(&sealed, NONCE_SIZE, &nonce) != BEID_OK
        || beid_span_take(&sealed, sealed.len - TAG_SIZE, &body) != BEID_OK
        || beid_span_take(&sealed, TAG_SIZE, &tag) != BEID_OK) {
        return BEID_ERR_FORMAT;
    }
    uint8_t check[TAG_SIZE]; /* libcrypto wants it writable */
    for (size_t i = 0; i < TAG_SIZE; i++) {
        check[i] = tag.ptr[i];
    }
    size_t before = out->len;
    uint8_t *at = beid_buf_extend(out, body.len + 1);
    if (at == NULL) {
        return beid_buf_status(out);
    }
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good =
        context != NULL
        && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce.ptr)
               == 1
        && EVP_DecryptUpdate(context, NULL, &len, place.ptr, (int)place.len)
               == 1
        && EVP_DecryptUpdate(context, at, &len, body.ptr, (int)body.len) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, check)
               == 1
        && EVP_DecryptFinal_ex(context, at + len, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    /* What was not sealed by us is not handed out. */
    enum beid_err err =
        beid_buf_truncate(out, good ? before + body.len : before);
    if (err == BEID_OK && !good) {
        err = BEID_ERR_FORMAT;
    }
    return err;
}
