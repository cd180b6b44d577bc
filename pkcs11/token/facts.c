/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/facts.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

/* No field is longer than the certificate it comes from. */
#define FIELD_MAX 8192U
#define POINT_LEN 97U
#define CHECK_VALUE_LEN 3U
#define DATE_LEN 8U
#define TAG_OCTET_STRING 0x04U

/* The object identifier of P-384, 1.3.132.0.34 (SEC 2). */
static const uint8_t p384_oid[] = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22};

void
facts_init(struct facts *facts)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        beid_buf_init(&facts->field[i], FIELD_MAX);
    }
}

void
facts_clear(struct facts *facts)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        beid_buf_clear(&facts->field[i]);
    }
}

/* Keeps bytes that OpenSSL allocated; a negative length is its failure. */
static enum beid_err
keep(struct beid_buf *field, unsigned char *der, int len)
{
    enum beid_err err = BEID_ERR_FORMAT;
    if (der != NULL && len > 0) {
        beid_buf_put(field, beid_span_of(der, (size_t)len));
        err = beid_buf_status(field);
    }
    OPENSSL_free(der);
    return err;
}

static enum beid_err
take_names(const X509 *certificate, struct facts *facts)
{
    unsigned char *der = NULL;
    int len = i2d_X509_NAME(X509_get_subject_name(certificate), &der);
    enum beid_err err = keep(&facts->field[FACT_SUBJECT], der, len);
    if (err == BEID_OK) {
        der = NULL;
        len = i2d_X509_NAME(X509_get_issuer_name(certificate), &der);
        err = keep(&facts->field[FACT_ISSUER], der, len);
    }
    if (err == BEID_OK) {
        der = NULL;
        len = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &der);
        err = keep(&facts->field[FACT_SERIAL], der, len);
    }
    if (err == BEID_OK) {
        der = NULL;
        len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
        err = keep(&facts->field[FACT_SPKI], der, len);
    }
    return err;
}

static enum beid_err
take_date(const ASN1_TIME *when, struct beid_buf *field)
{
    struct tm tm = {0};
    char text[32];
    if (when == NULL || ASN1_TIME_to_tm(when, &tm) != 1) {
        return BEID_ERR_FORMAT;
    }
    int len = snprintf(text, sizeof text, "%04d%02d%02d", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday);
    if (len != (int)DATE_LEN) {
        return BEID_ERR_FORMAT;
    }
    beid_buf_put(field, beid_span_of(text, DATE_LEN));
    return beid_buf_status(field);
}

static enum beid_err
take_number(const EVP_PKEY *key, const char *name, struct beid_buf *field)
{
    BIGNUM *number = NULL;
    enum beid_err err = BEID_ERR_FORMAT;
    if (EVP_PKEY_get_bn_param(key, name, &number) == 1
        && BN_num_bytes(number) > 0) {
        size_t len = (size_t)BN_num_bytes(number);
        uint8_t *room = beid_buf_extend(field, len);
        if (room != NULL) {
            (void)BN_bn2bin(number, room);
        }
        err = beid_buf_status(field);
    }
    BN_free(number);
    return err;
}

static enum beid_err
take_rsa(const EVP_PKEY *key, struct facts *facts)
{
    enum beid_err err =
        take_number(key, OSSL_PKEY_PARAM_RSA_N, &facts->field[FACT_MODULUS]);
    return err == BEID_OK ? take_number(key, OSSL_PKEY_PARAM_RSA_E,
                                        &facts->field[FACT_EXPONENT])
                          : err;
}

static enum beid_err
take_ec(const EVP_PKEY *key, struct facts *facts)
{
    char group[32];
    uint8_t point[POINT_LEN + 1];
    size_t len = 0;
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                       sizeof group, NULL)
            != 1
        || strcmp(group, "secp384r1") != 0) {
        return BEID_OK; /* a CA's, perhaps: never the citizen's */
    }
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
                                        sizeof point, &len)
            != 1
        || len != POINT_LEN) {
        return BEID_ERR_FORMAT;
    }
    beid_buf_put(&facts->field[FACT_EC_PARAMS],
                 beid_span_of(p384_oid, sizeof p384_oid));
    /* PKCS#11 2.40 §2.3.3: the point is DER-wrapped once more. */
    beid_buf_put_u8(&facts->field[FACT_EC_POINT], TAG_OCTET_STRING);
    beid_buf_put_u8(&facts->field[FACT_EC_POINT], POINT_LEN);
    beid_buf_put(&facts->field[FACT_EC_POINT], beid_span_of(point, len));
    enum beid_err err = beid_buf_status(&facts->field[FACT_EC_PARAMS]);
    return err == BEID_OK ? beid_buf_status(&facts->field[FACT_EC_POINT]) : err;
}

static enum beid_err
take_key(const X509 *certificate, struct facts *facts)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key == NULL) {
        return BEID_ERR_FORMAT;
    }
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        return take_rsa(key, facts);
    }
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        return take_ec(key, facts);
    }
    return BEID_OK;
}

static enum beid_err
take_check_value(struct beid_span certificate, struct beid_buf *field)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(certificate.ptr, certificate.len, hash, &len, EVP_sha1(),
                   NULL)
            != 1
        || len < CHECK_VALUE_LEN) {
        return BEID_ERR_INTERNAL;
    }
    beid_buf_put(field, beid_span_of(hash, CHECK_VALUE_LEN));
    return beid_buf_status(field);
}

static enum beid_err
take_all(const X509 *certificate, struct facts *facts)
{
    enum beid_err err = take_names(certificate, facts);
    if (err == BEID_OK) {
        err = take_date(X509_get0_notBefore(certificate),
                        &facts->field[FACT_START]);
    }
    if (err == BEID_OK) {
        err =
            take_date(X509_get0_notAfter(certificate), &facts->field[FACT_END]);
    }
    return err == BEID_OK ? take_key(certificate, facts) : err;
}

enum beid_err
facts_parse(struct beid_span certificate, struct facts *facts)
{
    const unsigned char *at = certificate.ptr;
    (void)ERR_set_mark();
    X509 *x509 = certificate.len <= FIELD_MAX
                     ? d2i_X509(NULL, &at, (long)certificate.len)
                     : NULL;
    enum beid_err err = BEID_ERR_FORMAT;
    if (x509 != NULL && at == certificate.ptr + certificate.len) {
        err = take_all(x509, facts);
    }
    if (err == BEID_OK) {
        err = take_check_value(certificate, &facts->field[FACT_CHECK_VALUE]);
    }
    X509_free(x509);
    (void)ERR_pop_to_mark();
    if (err != BEID_OK) {
        facts_clear(facts);
    }
    return err;
}
