/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/identity_verify.h"

#include <beid/tlv.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string.h>

#define CERTIFICATE_LEN_MAX 8192U
#define KEY_LEN_MAX 256U
#define NAME_LEN_MAX 64U
#define RSA_BITS_MIN 1024 /* the National Register's first keys */
#define RSA_BITS_MAX 4096
#define HALF 48U /* r or s of P-384, and a SHA-384 hash */
#define TAG_SEQUENCE 0x30U

/* SHA-256 of the public keys of the Belgium Root CAs: 1, 2, 3, 4, 6 (facts
 * §7.5; 4 exists twice, and all but 6 are cross-signed, with the same key). */
static const uint8_t roots[][32] = {
    {0x98, 0xCA, 0x29, 0xF3, 0x13, 0x38, 0x67, 0x21, 0xAF, 0xBF, 0x5D,
     0x14, 0xF1, 0xAB, 0xCA, 0xA1, 0xDC, 0x63, 0xCC, 0x8D, 0x1F, 0xD7,
     0xDC, 0x36, 0x1F, 0x6B, 0x01, 0x36, 0x89, 0x38, 0xF2, 0x4B},
    {0xF8, 0xE5, 0xF9, 0x05, 0xBC, 0x93, 0x99, 0x11, 0x26, 0x7B, 0x83,
     0xD5, 0x08, 0x14, 0xA9, 0x03, 0x23, 0xB5, 0x1E, 0x18, 0x36, 0x29,
     0xDB, 0x52, 0xD4, 0xFC, 0x2D, 0x54, 0x68, 0xA5, 0xA5, 0x78},
    {0xC7, 0xBC, 0x5E, 0x49, 0x37, 0x26, 0xBB, 0xF5, 0x31, 0xF6, 0x2F,
     0xC5, 0xF5, 0x51, 0x3A, 0xC0, 0x3E, 0xAD, 0x81, 0x3A, 0xF4, 0xDC,
     0xD4, 0x45, 0xB3, 0x30, 0x5B, 0xA3, 0xD3, 0xD5, 0x33, 0x74},
    {0xB1, 0x53, 0x8A, 0x90, 0x71, 0x70, 0x5A, 0x92, 0xD9, 0x38, 0xE5,
     0x06, 0xB7, 0x38, 0xDA, 0x0C, 0xAF, 0xD1, 0xAE, 0x66, 0xAE, 0xC2,
     0xEE, 0xDD, 0xC7, 0x54, 0x79, 0xD4, 0x33, 0xBD, 0x87, 0x76},
    {0x89, 0x4A, 0xD2, 0x23, 0x2F, 0xE6, 0x9B, 0xB0, 0x9E, 0x83, 0x70,
     0xEF, 0x38, 0x7E, 0xC1, 0xC6, 0x6A, 0xB6, 0xA4, 0xCE, 0x53, 0xC8,
     0x11, 0xFD, 0x3C, 0x8C, 0xED, 0x5B, 0x51, 0x58, 0xD8, 0xC1},
};

/* A certificate and nothing behind it; NULL otherwise. */
static X509 *
certificate_of(struct beid_span der)
{
    const unsigned char *at = der.ptr;
    if (der.len == 0 || der.len > CERTIFICATE_LEN_MAX) {
        return NULL;
    }
    X509 *made = d2i_X509(NULL, &at, (long)der.len);
    if (made != NULL && at != der.ptr + der.len) {
        X509_free(made);
        made = NULL;
    }
    return made;
}

static bool
is_p384(const EVP_PKEY *key)
{
    char group[32];
    return EVP_PKEY_is_a(key, "EC") == 1
           && EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
                                             group, sizeof group, NULL)
                  == 1
           && strcmp(group, "secp384r1") == 0;
}

static bool
is_rsa(const EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);
    return EVP_PKEY_is_a(key, "RSA") == 1 && bits >= RSA_BITS_MIN
           && bits <= RSA_BITS_MAX;
}

/* 1: it verifies; the key chooses PKCS#1 v1.5 or ECDSA. */
static bool
verifies(EVP_PKEY *key, const EVP_MD *md, struct beid_span data,
         struct beid_span signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL
                && EVP_DigestVerifyInit(context, NULL, md, NULL, key) == 1
                && EVP_DigestVerify(context, signature.ptr, signature.len,
                                    data.ptr, data.len)
                       == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* DER, with zeros up to the fixed length of the file. */
static enum beid_err
check_ec(EVP_PKEY *key, struct beid_span data, struct beid_span signature)
{
    struct beid_span rest = signature;
    struct beid_tlv tlv = {0};
    enum beid_err err = beid_der_take(&rest, &tlv);
    if (err != BEID_OK || tlv.tag != TAG_SEQUENCE
        || beid_span_trim_zeros(rest).len != 0) {
        return BEID_ERR_FORMAT;
    }
    signature.len -= rest.len;
    return verifies(key, EVP_sha384(), data, signature) ? BEID_OK
                                                        : BEID_ERR_SIGNATURE;
}

/* A block as long as the modulus; the hash was SHA-1 before Root CA4. */
static enum beid_err
check_rsa(EVP_PKEY *key, struct beid_span data, struct beid_span signature)
{
    size_t len = (size_t)EVP_PKEY_get_size(key);
    struct beid_span rest = signature;
    struct beid_span block = {0};
    if (beid_span_take(&rest, len, &block) != BEID_OK
        || beid_span_trim_zeros(rest).len != 0) {
        return BEID_ERR_FORMAT;
    }
    return verifies(key, EVP_sha256(), data, block)
                   || verifies(key, EVP_sha1(), data, block)
               ? BEID_OK
               : BEID_ERR_SIGNATURE;
}

static enum beid_err
check_signature(struct beid_span certificate, struct beid_span data,
                struct beid_span signature)
{
    enum beid_err err = BEID_ERR_FORMAT;
    (void)ERR_set_mark();
    X509 *x509 = certificate_of(certificate);
    EVP_PKEY *key = x509 == NULL ? NULL : X509_get0_pubkey(x509);
    if (key != NULL && is_p384(key)) {
        err = check_ec(key, data, signature);
    } else if (key != NULL) {
        err = is_rsa(key) ? check_rsa(key, data, signature)
                          : BEID_ERR_UNSUPPORTED;
    }
    X509_free(x509);
    (void)ERR_pop_to_mark();
    return err;
}

enum beid_err
identity_signature_check(struct beid_span rrn_certificate,
                         struct beid_span identity, struct beid_span signature)
{
    return check_signature(rrn_certificate, identity, signature);
}

enum beid_err
identity_address_check(struct beid_span rrn_certificate,
                       struct beid_span address,
                       struct beid_span identity_signature,
                       struct beid_span signature)
{
    struct beid_span content = beid_span_trim_zeros(address);
    struct beid_buf data;
    size_t len = 0;
    if (__builtin_add_overflow(content.len, identity_signature.len, &len)) {
        return BEID_ERR_LIMIT;
    }
    beid_buf_init(&data, len);
    beid_buf_put(&data, content);
    beid_buf_put(&data, identity_signature);
    enum beid_err err = beid_buf_status(&data);
    if (err == BEID_OK) {
        err = check_signature(rrn_certificate, beid_buf_span(&data), signature);
    }
    beid_buf_clear(&data);
    return err;
}

static const EVP_MD *
hash_of_length(size_t len)
{
    switch (len) {
    case 20:
        return EVP_sha1();
    case 32:
        return EVP_sha256();
    case 48:
        return EVP_sha384();
    default:
        return NULL;
    }
}

enum beid_err
identity_hash_check(struct beid_span file, struct beid_span hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const EVP_MD *md = hash_of_length(hash.len);
    if (md == NULL) {
        return BEID_ERR_FORMAT;
    }
    (void)ERR_set_mark();
    bool made = EVP_Digest(file.ptr, file.len, digest, &len, md, NULL) == 1;
    (void)ERR_pop_to_mark();
    if (!made) {
        return BEID_ERR_INTERNAL;
    }
    return beid_span_same(beid_span_of(digest, len), hash) ? BEID_OK
                                                           : BEID_ERR_SIGNATURE;
}

/* The key of EF(PuK#1 Basic), which may be padded; NULL: none of P-384. */
static EVP_PKEY *
basic_key_of(struct beid_span file)
{
    size_t total = 0;
    if (beid_der_total(file, KEY_LEN_MAX, &total) != BEID_OK
        || beid_span_trim_zeros(file).len > total || file.len < total) {
        return NULL;
    }
    const unsigned char *at = file.ptr;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)total);
    if (key != NULL && (at != file.ptr + total || !is_p384(key))) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

/* r and s as DER, allocated by OpenSSL; 0 or less: out of memory. */
static int
der_of(struct beid_span response, unsigned char **out)
{
    BIGNUM *r = BN_bin2bn(response.ptr, (int)HALF, NULL);
    BIGNUM *s = BN_bin2bn(response.ptr + HALF, (int)HALF, NULL);
    ECDSA_SIG *signature = ECDSA_SIG_new();
    int len = 0;
    if (r != NULL && s != NULL && signature != NULL
        && ECDSA_SIG_set0(signature, r, s) == 1) {
        r = NULL;
        s = NULL;
        len = i2d_ECDSA_SIG(signature, out);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(signature);
    return len;
}

/* The challenge stands where the hash stands (manual 1.8 §6.11). */
static enum beid_err
check_response(EVP_PKEY *key, struct beid_span challenge,
               struct beid_span response)
{
    unsigned char *der = NULL;
    int len = der_of(response, &der);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    enum beid_err err = BEID_ERR_MEMORY;
    if (len > 0 && context != NULL && EVP_PKEY_verify_init(context) == 1) {
        err = EVP_PKEY_verify(context, der, (size_t)len, challenge.ptr,
                              challenge.len)
                      == 1
                  ? BEID_OK
                  : BEID_ERR_SIGNATURE;
    }
    EVP_PKEY_CTX_free(context);
    OPENSSL_free(der);
    return err;
}

enum beid_err
identity_chip_check(struct beid_span basic_key, struct beid_span challenge,
                    struct beid_span response)
{
    if (challenge.len != HALF || response.len != 2 * (size_t)HALF) {
        return BEID_ERR_FORMAT;
    }
    (void)ERR_set_mark();
    EVP_PKEY *key = basic_key_of(basic_key);
    enum beid_err err = key == NULL ? BEID_ERR_FORMAT
                                    : check_response(key, challenge, response);
    EVP_PKEY_free(key);
    (void)ERR_pop_to_mark();
    return err;
}

static bool
has_common_name(const X509_NAME *name, const char *wanted, bool whole)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0) {
        return false;
    }
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(
        &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    size_t want = strlen(wanted);
    bool same = len > 0 && (size_t)len <= NAME_LEN_MAX && (size_t)len >= want
                && (!whole || (size_t)len == want)
                && memcmp(text, wanted, want) == 0;
    OPENSSL_free(text);
    return same;
}

static bool
is_pinned(const X509 *root)
{
    unsigned char *der = NULL;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool found = false;
    int der_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(root), &der);
    if (der_len > 0
        && EVP_Digest(der, (size_t)der_len, digest, &len, EVP_sha256(), NULL)
               == 1) {
        for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
            found = found || memcmp(digest, roots[i], sizeof *roots) == 0;
        }
    }
    OPENSSL_free(der);
    return found;
}

/* A citizen's certificate is not the National Register's, nor is a CA's. */
static bool
may_sign_files(X509 *certificate, const char *name)
{
    return has_common_name(X509_get_subject_name(certificate), name, true)
           && X509_check_ca(certificate) == 0
           && (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

static enum beid_err
check_issuer(X509 *certificate, X509 *root, enum identity_issuer *out)
{
    enum identity_issuer issuer = IDENTITY_ISSUER_UNKNOWN;
    EVP_PKEY *key = X509_get0_pubkey(root);
    if (key == NULL || X509_check_issued(root, certificate) != X509_V_OK
        || X509_verify(certificate, key) != 1) {
        return BEID_ERR_SIGNATURE;
    }
    if (is_pinned(root) && may_sign_files(certificate, "RRN")) {
        issuer = IDENTITY_ISSUER_BELGIUM;
    } else if (has_common_name(X509_get_subject_name(root), "TEST ", false)
               && may_sign_files(certificate, "TEST RRN")) {
        issuer = IDENTITY_ISSUER_TEST;
    }
    *out = issuer;
    return BEID_OK;
}

enum beid_err
identity_issuer_check(struct beid_span rrn_certificate, struct beid_span root,
                      enum identity_issuer *out)
{
    (void)ERR_set_mark();
    X509 *certificate = certificate_of(rrn_certificate);
    X509 *issuer = certificate_of(root);
    enum beid_err err = certificate == NULL || issuer == NULL
                            ? BEID_ERR_FORMAT
                            : check_issuer(certificate, issuer, out);
    X509_free(certificate);
    X509_free(issuer);
    (void)ERR_pop_to_mark();
    return err;
}
