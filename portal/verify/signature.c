/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "grammar.h"
#include "internal.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <string.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define SIGNATURE_MAX 1024U
#define P384_BYTES 48
/* SEQUENCE of two INTEGERs of at most 49 bytes. */
#define P384_DER_MAX 110U

enum beid_verify_result
algorithm_check(const EVP_PKEY *key, const char *algorithm)
{
    int bits = EVP_PKEY_get_bits(key);
    /* Without a provider an ENGINE of the program's has the key: not ours. */
    if (EVP_PKEY_get0_provider(key) == NULL) {
        return BEID_VERIFY_KEY;
    }
    if (strcmp(algorithm, "RS256") == 0) {
        return EVP_PKEY_is_a(key, "RSA") && bits >= RSA_BITS_MIN
                       && bits <= RSA_BITS_MAX
                   ? BEID_VERIFY_OK
                   : BEID_VERIFY_KEY;
    }
    if (strcmp(algorithm, "ES384") == 0) {
        char group[32] = "";
        int is_explicit = 1;
        /* Explicit parameters could describe another curve than they name. */
        return EVP_PKEY_is_a(key, "EC")
                       && EVP_PKEY_get_int_param(
                              key,
                              OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                              &is_explicit)
                              == 1
                       && is_explicit == 0
                       && EVP_PKEY_get_group_name(key, group, sizeof group,
                                                  NULL)
                              == 1
                       && strcmp(group, "secp384r1") == 0
                   ? BEID_VERIFY_OK
                   : BEID_VERIFY_KEY;
    }
    return BEID_VERIFY_ALGORITHM;
}

/* Raw r and s of 48 bytes each become DER; libcrypto judges their range. */
static enum beid_verify_result
der_from_raw(struct beid_span raw, uint8_t der[P384_DER_MAX], size_t *der_len)
{
    if (raw.len != 2 * (size_t)P384_BYTES) {
        return BEID_VERIFY_SIGNATURE_FORMAT;
    }
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.ptr, P384_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(raw.ptr + P384_BYTES, P384_BYTES, NULL);
    if (pair != NULL && r != NULL && s != NULL
        && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = NULL;
        s = NULL;
        uint8_t *at = der;
        int len = i2d_ECDSA_SIG(pair, &at);
        if (len > 0) {
            *der_len = (size_t)len;
            result = BEID_VERIFY_OK;
        }
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return result;
}

/*
 * The message is H(origin) followed by H(nonce), both hashed as text; the
 * signature hashes it again with the same H (Web eID, token format 1).
 */
static enum beid_verify_result
message_check(EVP_PKEY *key, const char *hash, struct beid_span signature,
              const char *origin, const char *nonce)
{
    uint8_t message[2 * EVP_MAX_MD_SIZE];
    size_t one = 0;
    size_t two = 0;
    OSSL_LIB_CTX *context = crypto_context();
    if (EVP_Q_digest(context, hash, NULL, origin, strlen(origin), message, &one)
            != 1
        || EVP_Q_digest(context, hash, NULL, nonce, strlen(nonce),
                        message + one, &two)
               != 1) {
        return BEID_VERIFY_INTERNAL;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    /* For RSA keys the default padding is PKCS#1 v1.5, which RS256 means. */
    if (ctx != NULL
        && EVP_DigestVerifyInit_ex(ctx, NULL, hash, context, NULL, key, NULL)
               == 1) {
        result = EVP_DigestVerify(ctx, signature.ptr, signature.len, message,
                                  one + two)
                         == 1
                     ? BEID_VERIFY_OK
                     : BEID_VERIFY_SIGNATURE;
    }
    EVP_MD_CTX_free(ctx);
    return result;
}

static enum beid_verify_result
bytes_check(EVP_PKEY *key, struct beid_span raw, const char *origin,
            const char *nonce)
{
    if (!EVP_PKEY_is_a(key, "EC")) {
        return raw.len == (size_t)EVP_PKEY_get_size(key)
                   ? message_check(key, "SHA2-256", raw, origin, nonce)
                   : BEID_VERIFY_SIGNATURE_FORMAT;
    }
    uint8_t der[P384_DER_MAX];
    size_t der_len = 0;
    enum beid_verify_result result = der_from_raw(raw, der, &der_len);
    if (result != BEID_VERIFY_OK) {
        return result;
    }
    return message_check(key, "SHA2-384", beid_span_of(der, der_len), origin,
                         nonce);
}

enum beid_verify_result
signature_check(EVP_PKEY *key, const char *signature, const char *origin,
                const char *nonce)
{
    struct beid_buf raw;
    beid_buf_init(&raw, SIGNATURE_MAX + 2);
    enum beid_err err = base64_decode(signature, &raw);
    enum beid_verify_result result = BEID_VERIFY_SIGNATURE_FORMAT;
    if (err == BEID_OK) {
        result = bytes_check(key, beid_buf_span(&raw), origin, nonce);
    } else if (err == BEID_ERR_MEMORY) {
        result = BEID_VERIFY_INTERNAL;
    }
    beid_buf_clear(&raw);
    return result;
}
