/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "request_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdlib.h>
#include <string.h>

#define PEM_MAX 2048U
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
#define COORDINATE_MAX 48

enum algorithm {
    ES256,
    ES384,
    EDDSA,
    PS256,
    RS256,
    ALGORITHM_COUNT
};

static const char *const names[ALGORITHM_COUNT] = {"ES256", "ES384", "EdDSA",
                                                   "PS256", "RS256"};

static const char pem_begin[] = "-----BEGIN PUBLIC KEY-----";
static const char pem_end[] = "-----END PUBLIC KEY-----";

struct policy_request_key {
    char kid[POLICY_KID_MAX + 1];
    struct beid_buf pem; /* while it is read */
    EVP_PKEY *key; /* NULL until the last line */
    enum algorithm algorithm; /* the one that the key stands for */
    enum algorithm wanted; /* ALGORITHM_COUNT: none was named */
};

bool
policy_kid_valid(struct beid_span kid)
{
    for (size_t i = 0; i < kid.len; i++) {
        uint8_t byte = kid.ptr[i];
        if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
              || (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '.'
              || byte == '_')) {
            return false;
        }
    }
    return kid.len > 0 && kid.len <= POLICY_KID_MAX;
}

enum beid_err
policy_request_key_new(struct beid_span kid, struct policy_request_key **out)
{
    struct policy_request_key *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    memcpy(made->kid, kid.ptr, kid.len);
    made->wanted = ALGORITHM_COUNT;
    beid_buf_init(&made->pem, PEM_MAX);
    *out = made;
    return BEID_OK;
}

void
policy_request_key_free(struct policy_request_key **key)
{
    if (*key != NULL) {
        beid_buf_clear(&(*key)->pem);
        EVP_PKEY_free((*key)->key);
        free(*key);
        *key = NULL;
    }
}

bool
policy_request_key_named(const struct policy_request_key *key,
                         struct beid_span kid)
{
    return beid_span_same(kid, beid_span_str(key->kid));
}

static bool
on_curve(const EVP_PKEY *key, const char *curve)
{
    char group[32];
    return EVP_PKEY_is_a(key, "EC") == 1
           && EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
                                             group, sizeof group, NULL)
                  == 1
           && strcmp(group, curve) == 0;
}

static enum algorithm
algorithm_of(const EVP_PKEY *key)
{
    if (on_curve(key, "prime256v1")) {
        return ES256;
    }
    if (on_curve(key, "secp384r1")) {
        return ES384;
    }
    if (EVP_PKEY_is_a(key, "ED25519") == 1) {
        return EDDSA;
    }
    int bits = EVP_PKEY_get_bits(key);
    return EVP_PKEY_is_a(key, "RSA") == 1 && bits >= RSA_BITS_MIN
                   && bits <= RSA_BITS_MAX
               ? PS256
               : ALGORITHM_COUNT;
}

static enum beid_err
read_pem(struct policy_request_key *key)
{
    BIO *bio = BIO_new_mem_buf(key->pem.ptr, (int)key->pem.len);
    EVP_PKEY *made =
        bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    ERR_clear_error();
    key->algorithm = made == NULL ? ALGORITHM_COUNT : algorithm_of(made);
    if (key->algorithm == ALGORITHM_COUNT) {
        EVP_PKEY_free(made);
        return BEID_ERR_FORMAT;
    }
    key->key = made;
    beid_buf_clear(&key->pem);
    return BEID_OK;
}

enum beid_err
policy_request_key_line(struct policy_request_key *key, const char *line)
{
    if (key->key != NULL
        || (strcmp(line, pem_begin) == 0) != (key->pem.len == 0)) {
        return BEID_ERR_FORMAT;
    }
    beid_buf_put_str(&key->pem, line);
    beid_buf_put_u8(&key->pem, '\n');
    enum beid_err err = beid_buf_status(&key->pem);
    return err == BEID_OK && strcmp(line, pem_end) == 0 ? read_pem(key) : err;
}

enum beid_err
policy_request_key_algorithm(struct policy_request_key *key, const char *name)
{
    for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
        if (strcmp(names[i], name) == 0 && key->wanted == ALGORITHM_COUNT) {
            key->wanted = (enum algorithm)i;
            return BEID_OK;
        }
    }
    return BEID_ERR_FORMAT;
}

bool
policy_request_key_complete(const struct policy_request_key *key)
{
    return key->key != NULL
           && (key->wanted == ALGORITHM_COUNT || key->wanted == key->algorithm
               || (key->wanted == RS256 && key->algorithm == PS256));
}

static enum algorithm
effective(const struct policy_request_key *key)
{
    return key->wanted == ALGORITHM_COUNT ? key->algorithm : key->wanted;
}

const char *
policy_request_key_algorithm_name(const struct policy_request_key *key)
{
    return names[effective(key)];
}

/* Both numbers of RFC 7518 §3.4 as OpenSSL wants them; NULL: not possible. */
static unsigned char *
der_of_raw(struct beid_span raw, int coordinate, size_t *len)
{
    unsigned char *der = NULL;
    int done = 0;
    if (raw.len != 2 * (size_t)coordinate) {
        return NULL;
    }
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.ptr, coordinate, NULL);
    BIGNUM *s = BN_bin2bn(raw.ptr + coordinate, coordinate, NULL);
    if (signature != NULL && r != NULL && s != NULL
        && ECDSA_SIG_set0(signature, r, s) == 1) {
        r = NULL;
        s = NULL;
        done = i2d_ECDSA_SIG(signature, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    *len = done > 0 ? (size_t)done : 0;
    return done > 0 ? der : NULL;
}

static bool
digest_verify(const struct policy_request_key *key, const EVP_MD *md,
              struct beid_span message, struct beid_span signature)
{
    EVP_PKEY_CTX *inner = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context != NULL
        && EVP_DigestVerifyInit(context, &inner, md, NULL, key->key) == 1;
    if (good && effective(key) == PS256) {
        /* RFC 7518 §3.5: salt and mask with the same hash. */
        good =
            EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST)
                   == 1
            && EVP_PKEY_CTX_set_rsa_mgf1_md(inner, EVP_sha256()) == 1;
    }
    good = good
           && EVP_DigestVerify(context, signature.ptr, signature.len,
                               message.ptr, message.len)
                  == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static bool
ec_verify(const struct policy_request_key *key, const EVP_MD *md,
          int coordinate, struct beid_span message, struct beid_span signature)
{
    size_t len = 0;
    unsigned char *der = der_of_raw(signature, coordinate, &len);
    bool good =
        der != NULL && digest_verify(key, md, message, beid_span_of(der, len));
    OPENSSL_free(der);
    return good;
}

enum beid_err
policy_request_key_verify(const struct policy_request_key *key,
                          struct beid_span message, struct beid_span signature)
{
    bool good = false;
    switch (effective(key)) {
    case ES256:
        good = ec_verify(key, EVP_sha256(), 32, message, signature);
        break;
    case ES384:
        good = ec_verify(key, EVP_sha384(), COORDINATE_MAX, message, signature);
        break;
    case EDDSA:
        good = digest_verify(key, NULL, message, signature);
        break;
    case PS256:
    case RS256:
        good = digest_verify(key, EVP_sha256(), message, signature);
        break;
    case ALGORITHM_COUNT:
        break;
    }
    ERR_clear_error();
    return good ? BEID_OK : BEID_ERR_SIGNATURE;
}
