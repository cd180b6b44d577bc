/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The private keys of a card, in OpenSSL. */

#include "key.h"

#include <beid/secret.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define EC_PART_LEN 48

size_t
key_len(const EVP_PKEY *key)
{
    return (size_t)EVP_PKEY_get_size(key);
}

static bool
padding_set(EVP_PKEY_CTX *ctx, struct key_padding padding)
{
    int kind = padding.pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    if (EVP_PKEY_CTX_set_rsa_padding(ctx, kind) <= 0) {
        return false;
    }
    if (padding.hash == NULL) {
        return true;
    }
    const EVP_MD *md = EVP_get_digestbyname(padding.hash);
    if (md == NULL || EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0) {
        return false;
    }
    return !padding.pss
           || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

enum beid_err
key_sign_rsa(EVP_PKEY *key, struct key_padding padding, struct beid_span data,
             uint8_t out[KEY_SIGNATURE_MAX], size_t *out_len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t len = KEY_SIGNATURE_MAX;
    bool good = ctx != NULL && EVP_PKEY_sign_init(ctx) > 0
                && padding_set(ctx, padding)
                && EVP_PKEY_sign(ctx, out, &len, data.ptr, data.len) > 0;
    EVP_PKEY_CTX_free(ctx);
    if (!good) {
        return BEID_ERR_INTERNAL;
    }
    *out_len = len;
    return BEID_OK;
}

static bool
der_to_raw(const uint8_t *der, size_t der_len, uint8_t *out)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    bool good =
        sig != NULL
        && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, EC_PART_LEN) == EC_PART_LEN
        && BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + EC_PART_LEN, EC_PART_LEN)
               == EC_PART_LEN;
    ECDSA_SIG_free(sig);
    return good;
}

enum beid_err
key_sign_ec(EVP_PKEY *key, struct beid_span hash,
            uint8_t out[KEY_SIGNATURE_MAX], size_t *out_len)
{
    uint8_t der[KEY_SIGNATURE_MAX];
    size_t der_len = sizeof(der);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool good = ctx != NULL && EVP_PKEY_sign_init(ctx) > 0
                && EVP_PKEY_sign(ctx, der, &der_len, hash.ptr, hash.len) > 0
                && der_to_raw(der, der_len, out);
    EVP_PKEY_CTX_free(ctx);
    if (!good) {
        return BEID_ERR_INTERNAL;
    }
    *out_len = (size_t)2 * EC_PART_LEN;
    return BEID_OK;
}
