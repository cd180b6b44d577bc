/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/certificate.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <string.h>

#define RSA_BITS 2048
#define DAY_SECONDS 86400

void
certificate_init(struct certificate *certificate)
{
    *certificate = (struct certificate){0};
    beid_buf_init(&certificate->holder, CERTIFICATE_HOLDER_MAX);
}

void
certificate_clear(struct certificate *certificate)
{
    X509_free(certificate->x509);
    beid_buf_clear(&certificate->holder);
    certificate_init(certificate);
}

static X509 *
parse(struct beid_span der)
{
    const unsigned char *at = der.ptr;
    if (der.len == 0 || der.len > BEID_WIRE_CERT_MAX) {
        return NULL;
    }
    X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
    if (x509 != NULL && at != der.ptr + der.len) {
        X509_free(x509);
        x509 = NULL;
    }
    return x509;
}

/* Appends the first value of a name's attribute as UTF-8; false: none. */
static bool
put_entry(struct beid_buf *out, const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) {
        return false;
    }
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(
        &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (len > 0) {
        size_t fits = (size_t)len < out->max - out->len ? (size_t)len
                                                        : out->max - out->len;
        beid_buf_put(out, beid_span_of(text, fits));
    }
    OPENSSL_free(text);
    return len > 0;
}

/*
 * The common name is "given name surname (Authentication)" or "(Signature)"
 * (facts §7.1); a longer one than fits is cut, the prompt cuts it further.
 */
static void
take_holder(const X509 *x509, struct beid_buf *out)
{
    static const char *const suffixes[] = {" (Authentication)", " (Signature)"};
    if (!put_entry(out, X509_get_subject_name(x509), NID_commonName)) {
        return;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t len = strlen(suffixes[i]);
        if (out->len > len
            && memcmp(out->ptr + out->len - len, suffixes[i], len) == 0
            && beid_buf_truncate(out, out->len - len) != BEID_OK) {
            beid_buf_reset(out);
        }
    }
}

static bool
is_test_ca(const X509_NAME *issuer)
{
    static const char prefix[] = "TEST ";
    struct beid_buf name;
    beid_buf_init(&name, CERTIFICATE_HOLDER_MAX);
    bool is_test = put_entry(&name, issuer, NID_commonName)
                   && name.len > sizeof prefix - 1
                   && memcmp(name.ptr, prefix, sizeof prefix - 1) == 0;
    beid_buf_clear(&name);
    return is_test;
}

static enum beid_wire_algorithm
algorithm_of(const EVP_PKEY *key)
{
    char group[32];
    if (key == NULL) {
        return BEID_ALGORITHM_NONE;
    }
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        return EVP_PKEY_get_bits(key) == RSA_BITS ? BEID_ALGORITHM_RS256
                                                  : BEID_ALGORITHM_NONE;
    }
    if (EVP_PKEY_is_a(key, "EC") == 1
        && EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
                                          group, sizeof group, NULL)
               == 1
        && strcmp(group, "secp384r1") == 0) {
        return BEID_ALGORITHM_ES384;
    }
    return BEID_ALGORITHM_NONE;
}

static enum beid_err
fill(struct beid_span der, struct certificate *into)
{
    unsigned len = 0;
    into->algorithm = algorithm_of(X509_get0_pubkey(into->x509));
    if (into->algorithm == BEID_ALGORITHM_NONE) {
        return BEID_ERR_UNSUPPORTED;
    }
    if (EVP_Digest(der.ptr, der.len, into->sha256, &len, EVP_sha256(), NULL)
        != 1) {
        return BEID_ERR_INTERNAL;
    }
    into->from_test_ca = is_test_ca(X509_get_issuer_name(into->x509));
    take_holder(into->x509, &into->holder);
    return beid_buf_status(&into->holder);
}

enum beid_err
certificate_parse(struct beid_span der, struct certificate *out)
{
    struct certificate made;
    certificate_init(&made);
    made.x509 = parse(der);
    enum beid_err err = made.x509 != NULL ? fill(der, &made) : BEID_ERR_FORMAT;
    ERR_clear_error();
    if (err != BEID_OK) {
        certificate_clear(&made);
        return err;
    }
    *out = made;
    return BEID_OK;
}

enum beid_err
certificate_copy(const struct certificate *from, struct certificate *out)
{
    struct certificate made = *from;
    beid_buf_init(&made.holder, CERTIFICATE_HOLDER_MAX);
    beid_buf_put(&made.holder, beid_buf_span(&from->holder));
    enum beid_err err = beid_buf_status(&made.holder);
    if (err == BEID_OK && X509_up_ref(from->x509) != 1) {
        err = BEID_ERR_INTERNAL;
    }
    if (err != BEID_OK) {
        beid_buf_clear(&made.holder);
        return err;
    }
    *out = made;
    return BEID_OK;
}

enum beid_err
certificate_check_time(const struct certificate *certificate, time_t now,
                       uint32_t *behind_s)
{
    int days = 0;
    int seconds = 0;
    const ASN1_TIME *from = X509_get0_notBefore(certificate->x509);
    const ASN1_TIME *until = X509_get0_notAfter(certificate->x509);
    ASN1_TIME *today = ASN1_TIME_set(NULL, now);
    if (today == NULL) {
        return BEID_ERR_INTERNAL;
    }
    int left_days = 0;
    int left_seconds = 0;
    bool told = ASN1_TIME_diff(&days, &seconds, today, from) == 1
                && ASN1_TIME_diff(&left_days, &left_seconds, today, until) == 1;
    ASN1_TIME_free(today);
    ERR_clear_error();
    *behind_s = 0;
    if (told && (days > 0 || seconds > 0)) {
        int64_t behind = (int64_t)days * DAY_SECONDS + seconds;
        *behind_s = behind < UINT32_MAX ? (uint32_t)behind : UINT32_MAX;
        return BEID_ERR_CLOCK;
    }
    /* A malformed time counts as one that is over. */
    if (!told || (left_days <= 0 && left_seconds <= 0)) {
        return BEID_ERR_CERT_EXPIRED;
    }
    return BEID_OK;
}

static enum beid_err
check_issued(X509 *child, struct beid_span ca)
{
    X509 *issuer = parse(ca);
    enum beid_err err = BEID_ERR_FORMAT;
    if (issuer != NULL) {
        EVP_PKEY *key = X509_get0_pubkey(issuer);
        err = key != NULL && X509_check_issued(issuer, child) == X509_V_OK
                      && X509_verify(child, key) == 1
                  ? BEID_OK
                  : BEID_ERR_SIGNATURE;
    }
    X509_free(issuer);
    ERR_clear_error();
    return err;
}

enum beid_err
certificate_check_issuer(const struct certificate *certificate,
                         struct beid_span ca)
{
    return check_issued(certificate->x509, ca);
}

enum beid_err
certificate_check_root(struct beid_span ca, struct beid_span root)
{
    X509 *child = parse(ca);
    enum beid_err err =
        child == NULL ? BEID_ERR_FORMAT : check_issued(child, root);
    X509_free(child);
    ERR_clear_error();
    return err;
}
