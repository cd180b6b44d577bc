/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/facts.h"

#include <beid/tlv.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* No field is longer than the certificate it comes from. */
#define FIELD_MAX 8192U
#define POINT_LEN 97U
#define CHECK_VALUE_LEN 3U
#define DATE_LEN 8U
#define POINT_UNCOMPRESSED 0x04U
#define TAG_INTEGER 0x02U
#define TAG_OCTET_STRING 0x04U
#define TAG_SEQUENCE 0x30U
#define TOP_BIT 0x80U

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

/* A positive DER INTEGER without the zero in front of a set top bit. */
static enum beid_err
take_number(struct beid_span *from, struct beid_buf *field)
{
    struct beid_tlv number;
    if (beid_der_take(from, &number) != BEID_OK || number.tag != TAG_INTEGER
        || number.value.len == 0 || (number.value.ptr[0] & TOP_BIT) != 0) {
        return BEID_ERR_FORMAT;
    }
    size_t zeros = number.value.ptr[0] == 0 ? 1U : 0U;
    if (number.value.len == zeros) {
        return BEID_ERR_FORMAT;
    }
    beid_buf_put(field, beid_span_of(number.value.ptr + zeros,
                                     number.value.len - zeros));
    return beid_buf_status(field);
}

/* RSAPublicKey of RFC 8017 A.1.1. */
static enum beid_err
take_rsa(struct beid_span key, struct facts *facts)
{
    struct beid_tlv sequence;
    if (beid_der_take(&key, &sequence) != BEID_OK
        || sequence.tag != TAG_SEQUENCE || key.len != 0) {
        return BEID_ERR_FORMAT;
    }
    enum beid_err err =
        take_number(&sequence.value, &facts->field[FACT_MODULUS]);
    if (err == BEID_OK) {
        err = take_number(&sequence.value, &facts->field[FACT_EXPONENT]);
    }
    return err == BEID_OK && sequence.value.len != 0 ? BEID_ERR_FORMAT : err;
}

static enum beid_err
take_ec(const X509_ALGOR *algorithm, struct beid_span point,
        struct facts *facts)
{
    const void *curve = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(NULL, &type, &curve, algorithm);
    if (type != V_ASN1_OBJECT || OBJ_obj2nid(curve) != NID_secp384r1) {
        return BEID_OK; /* a CA's, perhaps: never the citizen's */
    }
    if (point.len != POINT_LEN || point.ptr[0] != POINT_UNCOMPRESSED) {
        return BEID_ERR_FORMAT;
    }
    beid_buf_put(&facts->field[FACT_EC_PARAMS],
                 beid_span_of(p384_oid, sizeof p384_oid));
    /* PKCS#11 2.40 §2.3.3: the point is DER-wrapped once more. */
    beid_buf_put_u8(&facts->field[FACT_EC_POINT], TAG_OCTET_STRING);
    beid_buf_put_u8(&facts->field[FACT_EC_POINT], POINT_LEN);
    beid_buf_put(&facts->field[FACT_EC_POINT], point);
    enum beid_err err = beid_buf_status(&facts->field[FACT_EC_PARAMS]);
    return err == BEID_OK ? beid_buf_status(&facts->field[FACT_EC_POINT]) : err;
}

/*
 * The numbers of the key, read as bytes. The program around this module may
 * have made an engine libcrypto's default for keys: X509_get0_pubkey() would
 * then hand out that engine's key, which tells nothing (libp11 #456).
 */
static enum beid_err
take_key(const X509 *certificate, struct facts *facts)
{
    ASN1_OBJECT *type = NULL;
    X509_ALGOR *algorithm = NULL;
    const unsigned char *bits = NULL;
    int len = 0;
    if (X509_PUBKEY_get0_param(&type, &bits, &len, &algorithm,
                               X509_get_X509_PUBKEY(certificate))
            != 1
        || len <= 0) {
        return BEID_ERR_FORMAT;
    }
    struct beid_span key = beid_span_of(bits, (size_t)len);
    switch (OBJ_obj2nid(type)) {
    case NID_rsaEncryption:
        return take_rsa(key, facts);
    case NID_X9_62_id_ecPublicKey:
        return take_ec(algorithm, key, facts);
    default:
        return BEID_OK;
    }
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
        return BEID_ERR_MEMORY; /* nothing else is wrong with a hash */
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

/*
 * Did libcrypto run out of memory? Then nothing that it said is about the
 * certificate. The cause is the first error; it can be told from older ones
 * only when there were none.
 */
static bool
out_of_memory(bool clean)
{
    unsigned long cause = clean ? ERR_peek_error() : ERR_peek_last_error();
    return ERR_GET_REASON(cause) == ERR_R_MALLOC_FAILURE;
}

enum beid_err
facts_parse(struct beid_span certificate, struct facts *facts)
{
    const unsigned char *at = certificate.ptr;
    bool clean = ERR_peek_error() == 0;
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
    if (out_of_memory(clean)) {
        err = BEID_ERR_MEMORY;
    }
    (void)ERR_pop_to_mark();
    if (err != BEID_OK) {
        facts_clear(facts);
    }
    return err;
}
