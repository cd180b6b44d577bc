/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMS_MAX ((size_t)32 * 1024)
#define SHA256_SIZE 32U
#define NUMBER_MAX 48U /* bytes of r or s, P-384 */
#define DER_MAX 160U
#define KID_MAX 64U

struct request_key {
    EVP_PKEY *pkey;
    const char *algorithm;
    size_t number_len;
    char kid[KID_MAX];
};

/* A kid goes into JSON and INI keys unescaped. */
static bool
kid_good(const char *kid)
{
    size_t len = strlen(kid);
    return len > 0 && len < KID_MAX
           && strspn(kid, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789-_.")
                  == len;
}

static EVP_PKEY *
pkey_read(struct beid_span pem)
{
    /* Tried on an encrypted key, which would else be asked for here. */
    static char no_passphrase[] = "";
    BIO *bio =
        pem.len > INT32_MAX ? NULL : BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *pkey =
        bio == NULL ? NULL
                    : PEM_read_bio_PrivateKey(bio, NULL, NULL, no_passphrase);
    BIO_free(bio);
    return pkey;
}

enum beid_err
request_key_new(struct beid_span pem, const char *kid, struct request_key **out)
{
    *out = NULL;
    if (!kid_good(kid)) {
        return BEID_ERR_ARGUMENT;
    }
    struct request_key *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    memcpy(made->kid, kid, strlen(kid) + 1);
    made->pkey = pkey_read(pem);
    char group[32] = "";
    if (made->pkey != NULL && EVP_PKEY_is_a(made->pkey, "EC") == 1) {
        (void)EVP_PKEY_get_group_name(made->pkey, group, sizeof group, NULL);
    }
    if (strcmp(group, "prime256v1") == 0) {
        made->algorithm = "ES256";
        made->number_len = 32;
    } else if (strcmp(group, "secp384r1") == 0) {
        made->algorithm = "ES384";
        made->number_len = NUMBER_MAX;
    } else {
        request_key_free(&made);
        return BEID_ERR_FORMAT;
    }
    *out = made;
    return BEID_OK;
}

void
request_key_free(struct request_key **key)
{
    if (*key != NULL) {
        EVP_PKEY_free((*key)->pkey);
        free(*key);
        *key = NULL;
    }
}

static void
put_base64url(struct beid_buf *out, struct beid_span bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = (bits << 8) | bytes.ptr[i];
        have += 8;
        while (have >= 6) {
            have -= 6;
            beid_buf_put_u8(out, (uint8_t)digits[(bits >> have) & 0x3F]);
        }
    }
    if (have > 0) {
        beid_buf_put_u8(out, (uint8_t)digits[(bits << (6 - have)) & 0x3F]);
    }
}

static void
put_string(struct beid_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        uint8_t byte = (uint8_t)*text;
        if (byte < 0x20) {
            char escaped[8];
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)byte);
            beid_buf_put_str(out, escaped);
            continue;
        }
        if (byte == '"' || byte == '\\') {
            beid_buf_put_u8(out, '\\');
        }
        beid_buf_put_u8(out, byte);
    }
}

/* ,"name":"value" with the value made of two parts. */
static void
put_member(struct beid_buf *out, const char *name, const char *value,
           const char *more)
{
    beid_buf_put_str(out, ",\"");
    beid_buf_put_str(out, name);
    beid_buf_put_str(out, "\":\"");
    put_string(out, value);
    put_string(out, more);
    beid_buf_put_u8(out, '"');
}

static void
put_claims(struct beid_buf *out, const struct request *request, time_t now)
{
    char times[80];
    (void)snprintf(times, sizeof times, "{\"iat\":%lld,\"exp\":%lld",
                   (long long)now, (long long)now + REQUEST_SECONDS);
    beid_buf_put_str(out, times);
    put_member(out, "iss", request->origin, "");
    put_member(out, "aud", "beid-agent", "");
    put_member(out, "jti", request->id, "");
    put_member(out, "txn", request->transaction, "");
    put_member(out, "acr", request->acr, "");
    put_member(out, "kind", request->kind, "");
    put_member(out, "resource", request->origin, request->path);
    if (request->certificate[0] != '\0') {
        put_member(out, "certificateSha256", request->certificate, "");
    }
    beid_buf_put_str(out, ",\"text\":{");
    for (size_t i = 0; i < REQUEST_LANGUAGES; i++) {
        beid_buf_put_str(out, i == 0 ? "\"" : ",\"");
        beid_buf_put_str(out, request->language[i]);
        beid_buf_put_str(out, "\":\"");
        put_string(out, request->text[i]);
        beid_buf_put_u8(out, '"');
    }
    beid_buf_put_str(out, "}}");
}

static void
put_header(struct beid_buf *out, const struct request_key *key)
{
    beid_buf_put_str(out, "{\"typ\":\"beid-step-up+jws\"");
    put_member(out, "alg", key->algorithm, "");
    put_member(out, "kid", key->kid, "");
    beid_buf_put_u8(out, '}');
}

/* A DER signature as r and s of fixed length. */
static enum beid_err
raw_of(const struct request_key *key, const unsigned char *der, size_t len,
       uint8_t *out)
{
    ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &der, (long)len);
    int size = (int)key->number_len;
    bool good =
        parts != NULL
        && BN_bn2binpad(ECDSA_SIG_get0_r(parts), out, size) == size
        && BN_bn2binpad(ECDSA_SIG_get0_s(parts), out + size, size) == size;
    ECDSA_SIG_free(parts);
    return good ? BEID_OK : BEID_ERR_INTERNAL;
}

static enum beid_err
put_signature(const struct request_key *key, struct beid_buf *out)
{
    unsigned char der[DER_MAX];
    size_t len = sizeof der;
    uint8_t raw[2 * NUMBER_MAX];
    const EVP_MD *hash =
        key->number_len == NUMBER_MAX ? EVP_sha384() : EVP_sha256();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum beid_err err = BEID_ERR_INTERNAL;
    if (context != NULL
        && EVP_DigestSignInit(context, NULL, hash, NULL, key->pkey) == 1
        && EVP_DigestSign(context, der, &len, out->ptr, out->len) == 1) {
        err = raw_of(key, der, len, raw);
    }
    EVP_MD_CTX_free(context);
    if (err == BEID_OK) {
        beid_buf_put_u8(out, '.');
        put_base64url(out, beid_span_of(raw, 2 * key->number_len));
    }
    return err == BEID_OK ? beid_buf_status(out) : err;
}

enum beid_err
request_sign(const struct request_key *key, const struct request *request,
             time_t now, struct beid_buf *out, char nonce[REQUEST_NONCE_SIZE])
{
    struct beid_buf part;
    uint8_t hash[SHA256_SIZE];
    beid_buf_init(&part, CLAIMS_MAX);
    put_header(&part, key);
    put_base64url(out, beid_buf_span(&part));
    beid_buf_reset(&part);
    put_claims(&part, request, now);
    beid_buf_put_u8(out, '.');
    put_base64url(out, beid_buf_span(&part));
    enum beid_err err = beid_buf_status(&part);
    beid_buf_clear(&part);
    if (err == BEID_OK) {
        err = beid_buf_status(out);
    }
    if (err == BEID_OK) {
        err = put_signature(key, out);
    }
    if (err == BEID_OK
        && EVP_Digest(out->ptr, out->len, hash, NULL, EVP_sha256(), NULL)
               != 1) {
        err = BEID_ERR_INTERNAL;
    }
    if (err == BEID_OK) {
        (void)EVP_EncodeBlock((unsigned char *)nonce, hash, sizeof hash);
    }
    return err;
}
