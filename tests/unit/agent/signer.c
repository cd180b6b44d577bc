/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "signer.h"

#include "../unit.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string.h>

EVP_PKEY *
signer_key(const char *algorithm)
{
    EVP_PKEY *key = NULL;
    if (strcmp(algorithm, "ES256") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    } else if (strcmp(algorithm, "ES384") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    } else if (strcmp(algorithm, "EdDSA") == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    } else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    }
    assert_non_null(key);
    return key;
}

void
signer_pin(struct beid_buf *file, const char *kid, const char *algorithm,
           EVP_PKEY *key)
{
    char line[128];
    const char *lead = "";
    BIO *pem = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(pem, key), 1);
    beid_buf_put_str(file, "request-key.");
    beid_buf_put_str(file, kid);
    beid_buf_put_str(file, "=");
    while (BIO_gets(pem, line, sizeof line) > 0) {
        beid_buf_put_str(file, lead);
        beid_buf_put_str(file, line);
        lead = "  ";
    }
    BIO_free(pem);
    if (strcmp(algorithm, "RS256") == 0) {
        beid_buf_put_str(file, "request-algorithm.");
        beid_buf_put_str(file, kid);
        beid_buf_put_str(file, "=RS256\n");
    }
}

static void
put_raw(struct beid_buf *out, struct beid_span der, int coordinate)
{
    const unsigned char *at = der.ptr;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    assert_non_null(signature);
    uint8_t *room = beid_buf_extend(out, 2 * (size_t)coordinate);
    assert_int_equal(
        BN_bn2binpad(ECDSA_SIG_get0_r(signature), room, coordinate),
        coordinate);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(signature),
                                  room + coordinate, coordinate),
                     coordinate);
    ECDSA_SIG_free(signature);
}

void
signer_sign(struct beid_buf *out, const char *algorithm, EVP_PKEY *key,
            struct beid_span message)
{
    unsigned char signature[512];
    size_t len = sizeof signature;
    EVP_PKEY_CTX *inner = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *md = EVP_sha256();
    if (strcmp(algorithm, "EdDSA") == 0) {
        md = NULL;
    } else if (strcmp(algorithm, "ES384") == 0) {
        md = EVP_sha384();
    }
    assert_int_equal(EVP_DigestSignInit(context, &inner, md, NULL, key), 1);
    if (strcmp(algorithm, "PS256") == 0) {
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    assert_int_equal(
        EVP_DigestSign(context, signature, &len, message.ptr, message.len), 1);
    EVP_MD_CTX_free(context);
    if (strcmp(algorithm, "ES256") == 0 || strcmp(algorithm, "ES384") == 0) {
        put_raw(out, beid_span_of(signature, len),
                algorithm[2] == '2' ? 32 : 48);
    } else {
        beid_buf_put(out, beid_span_of(signature, len));
    }
}

void
signer_base64url(struct beid_buf *out, struct beid_span bytes)
{
    static char text[16384];
    assert_true(bytes.len < sizeof text / 2);
    int len = EVP_EncodeBlock((unsigned char *)text, bytes.ptr, (int)bytes.len);
    while (len > 0 && text[len - 1] == '=') {
        len--;
    }
    for (int i = 0; i < len; i++) {
        char c = text[i];
        beid_buf_put_u8(out, (uint8_t)(c == '+' ? '-' : c == '/' ? '_' : c));
    }
}

void
signer_compact(struct beid_buf *out, const char *algorithm, EVP_PKEY *key,
               const char *header, const char *payload)
{
    struct beid_buf signature;
    beid_buf_reset(out);
    beid_buf_init(&signature, 512);
    signer_base64url(out, beid_span_str(header));
    beid_buf_put_u8(out, '.');
    signer_base64url(out, beid_span_str(payload));
    signer_sign(&signature, algorithm, key, beid_buf_span(out));
    beid_buf_put_u8(out, '.');
    signer_base64url(out, beid_buf_span(&signature));
    beid_buf_clear(&signature);
}
