/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"
#include "crypto.h"
#include "grammar.h"
#include "internal.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <limits.h>
#include <string.h>

/* As the agent's own cap for certificates that a card brings. */
#define CERTIFICATE_MAX 8192U
#define RRN_DIGITS 11U

X509 *
certificate_parse(const char *base64, struct cache *known)
{
    struct beid_buf der;
    X509 *cert = NULL;
    beid_buf_init(&der, CERTIFICATE_MAX);
    bool good = base64_decode(base64, &der) == BEID_OK && der.len > 0;
    if (good && known != NULL) {
        cert = cache_certificate_find(known, beid_buf_span(&der));
    }
    if (good && cert == NULL) {
        cert = crypto_certificate(beid_buf_span(&der));
    }
    beid_buf_clear(&der);
    return cert;
}

bool
certificate_spki_sha256(const X509 *cert, uint8_t out[SHA256_SIZE])
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    bool done = len > 0 && crypto_sha256(beid_span_of(der, (size_t)len), out);
    OPENSSL_free(der);
    return done;
}

void
certificate_hex(const uint8_t hash[SHA256_SIZE], char out[2 * SHA256_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 0x0F];
    }
    out[(size_t)2 * SHA256_SIZE] = '\0';
}

X509 *
certificate_read(const void *data, size_t len)
{
    static const char mark[] = "-----BEGIN ";
    X509 *cert = NULL;
    if (data == NULL || len == 0 || len > 2 * (size_t)CERTIFICATE_MAX) {
        return NULL;
    }
    if (memmem(data, len, mark, sizeof mark - 1) == NULL) {
        return crypto_certificate(beid_span_of(data, len));
    }
    BIO *mem = BIO_new_mem_buf(data, (int)len);
    X509 *second = NULL;
    bool one = mem != NULL && crypto_pem_next(mem, &cert) && cert != NULL
               && crypto_pem_next(mem, &second) && second == NULL;
    if (!one) { /* none, or which one was meant? */
        X509_free(second);
        X509_free(cert);
        cert = NULL;
    }
    BIO_free(mem);
    return cert;
}

enum beid_verify_use
certificate_use(X509 *cert)
{
    uint32_t both = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION;
    uint32_t flags = X509_get_extension_flags(cert);
    uint32_t usage = X509_get_key_usage(cert);
    if ((flags & EXFLAG_KUSAGE) == 0 || (flags & EXFLAG_CA) != 0
        || (usage & KU_KEY_CERT_SIGN) != 0) {
        return BEID_VERIFY_USE_ANY;
    }
    if ((usage & both) == KU_DIGITAL_SIGNATURE) {
        return BEID_VERIFY_USE_AUTHENTICATION;
    }
    return (usage & both) == KU_NON_REPUDIATION ? BEID_VERIFY_USE_SIGNATURE
                                                : BEID_VERIFY_USE_ANY;
}

static enum beid_verify_result
usage_check(X509 *cert, enum beid_verify_use use)
{
    uint32_t flags = X509_get_extension_flags(cert);
    if ((flags & EXFLAG_INVALID) != 0) {
        return BEID_VERIFY_CERTIFICATE;
    }
    if (use == BEID_VERIFY_USE_ANY || certificate_use(cert) != use) {
        return BEID_VERIFY_USAGE;
    }
    if (use == BEID_VERIFY_USE_AUTHENTICATION && (flags & EXFLAG_XKUSAGE) != 0
        && (X509_get_extended_key_usage(cert) & XKU_SSL_CLIENT) == 0) {
        return BEID_VERIFY_USAGE;
    }
    return BEID_VERIFY_OK;
}

static enum beid_verify_result
validity_check(const X509 *cert, time_t at)
{
    int before = X509_cmp_time(X509_get0_notBefore(cert), &at);
    int after = X509_cmp_time(X509_get0_notAfter(cert), &at);
    if (before == 0 || after == 0) {
        return BEID_VERIFY_CERTIFICATE; /* not a time */
    }
    if (before > 0) {
        return BEID_VERIFY_NOT_YET_VALID;
    }
    return after < 0 ? BEID_VERIFY_EXPIRED : BEID_VERIFY_OK;
}

enum beid_verify_result
certificate_check(const struct leaf *leaf)
{
    const EVP_PKEY *key = X509_get0_pubkey(leaf->cert);
    const char *algorithm = leaf->algorithm;
    if (key == NULL) {
        return BEID_VERIFY_KEY;
    }
    if (algorithm == NULL) {
        algorithm = EVP_PKEY_is_a(key, "RSA") ? "RS256" : "ES384";
    }
    enum beid_verify_result result = algorithm_check(key, algorithm);
    if (result == BEID_VERIFY_OK) {
        result = usage_check(leaf->cert, leaf->use);
    }
    if (result == BEID_VERIFY_OK) {
        result = validity_check(leaf->cert, leaf->at);
    }
    return result;
}

/*
 * The one value of an attribute as UTF-8, or NULL in *out when it is absent.
 * Twice the same attribute would let two readers see two persons.
 */
static enum beid_verify_result
subject_text(const X509 *cert, int nid, char *room, size_t size,
             const char **out)
{
    const X509_NAME *name = X509_get_subject_name(cert);
    int index = X509_NAME_get_index_by_NID(name, nid, -1);
    unsigned char *utf8 = NULL;
    *out = NULL;
    if (index == -1) {
        return BEID_VERIFY_OK;
    }
    if (index < 0 || X509_NAME_get_index_by_NID(name, nid, index) != -1) {
        return BEID_VERIFY_SUBJECT;
    }
    int len = ASN1_STRING_to_UTF8(
        &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
    bool good = len > 0 && (size_t)len < size;
    for (int i = 0; good && i < len; i++) {
        good = utf8[i] >= 0x20 && utf8[i] != 0x7F;
    }
    if (good) {
        memcpy(room, utf8, (size_t)len);
        room[len] = '\0';
        *out = room;
    }
    OPENSSL_free(utf8);
    return good ? BEID_VERIFY_OK : BEID_VERIFY_SUBJECT;
}

/* Belgian cards write the national number as 11 digits in serialNumber. */
static enum beid_verify_result
national_number(const X509 *cert, struct report *out)
{
    char serial[NAME_MAX_BYTES];
    const char *text = NULL;
    enum beid_verify_result result =
        subject_text(cert, NID_serialNumber, serial, sizeof serial, &text);
    if (text != NULL && strlen(text) == RRN_DIGITS
        && strspn(text, "0123456789") == RRN_DIGITS) {
        memcpy(out->national_number, text, RRN_DIGITS + 1);
        out->open.national_number = out->national_number;
    }
    return result;
}

bool
certificate_seconds(const ASN1_TIME *from, time_t *out)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(from, &parts) != 1) {
        return false;
    }
    *out = timegm(&parts);
    return true;
}

enum beid_verify_result
certificate_describe(const X509 *cert, struct report *out)
{
    struct beid_verify_report *open = &out->open;
    const struct {
        int nid;
        char *room;
        size_t size;
        const char **out;
    } parts[] = {
        {NID_commonName, out->common_name, sizeof out->common_name,
         &open->common_name},
        {NID_surname, out->surname, sizeof out->surname, &open->surname},
        {NID_givenName, out->given_names, sizeof out->given_names,
         &open->given_names},
        {NID_countryName, out->country, sizeof out->country, &open->country},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        enum beid_verify_result result = subject_text(
            cert, parts[i].nid, parts[i].room, parts[i].size, parts[i].out);
        if (result != BEID_VERIFY_OK) {
            return result;
        }
    }
    if (!certificate_seconds(X509_get0_notBefore(cert), &open->not_before)
        || !certificate_seconds(X509_get0_notAfter(cert), &open->not_after)
        || X509_digest(cert, EVP_sha256(), open->certificate_sha256, NULL)
               != 1) {
        return BEID_VERIFY_INTERNAL;
    }
    return national_number(cert, out);
}
