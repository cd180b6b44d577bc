/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "answers.h"

#include <openssl/x509v3.h>

#include <time.h>

#define NEXT_UPDATE_S 86400

struct list {
    X509_CRL *crl;
    bool failed;
};

static void
add_revoked(void *ctx, const X509 *cert, struct authority_status status)
{
    struct list *list = ctx;
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = ASN1_TIME_set(NULL, (time_t)status.since);
    ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(cert));
    bool good = entry != NULL && since != NULL && serial != NULL
                && X509_REVOKED_set_serialNumber(entry, serial) == 1
                && X509_REVOKED_set_revocationDate(entry, since) == 1
                && X509_CRL_add0_revoked(list->crl, entry) == 1;
    if (!good) {
        X509_REVOKED_free(entry);
        list->failed = true;
    }
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(since);
}

/* The number grows with the time, as RFC 5280 §5.2.3 wants. */
static bool
extensions_add(X509_CRL *crl, X509 *issuer, time_t now)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, NULL, NULL, crl, 0);
    X509_EXTENSION *key = X509V3_EXT_conf_nid(
        NULL, &ctx, NID_authority_key_identifier, "keyid:always");
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    bool good =
        key != NULL && number != NULL && X509_CRL_add_ext(crl, key, -1) == 1
        && ASN1_INTEGER_set_int64(number, (int64_t)now) == 1
        && X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1;
    ASN1_INTEGER_free(number);
    X509_EXTENSION_free(key);
    return good;
}

static bool
times_set(X509_CRL *crl, time_t now)
{
    ASN1_TIME *last = ASN1_TIME_set(NULL, now);
    ASN1_TIME *next = ASN1_TIME_set(NULL, now + NEXT_UPDATE_S);
    bool good = last != NULL && next != NULL
                && X509_CRL_set1_lastUpdate(crl, last) == 1
                && X509_CRL_set1_nextUpdate(crl, next) == 1;
    ASN1_TIME_free(next);
    ASN1_TIME_free(last);
    return good;
}

static bool
fill(X509_CRL *crl, const struct authority *authority)
{
    X509 *issuer = authority->issuer.cert;
    EVP_PKEY *key = authority->issuer.key;
    struct list list = {crl, false};
    time_t now = time(NULL);
    if (X509_CRL_set_version(crl, X509_CRL_VERSION_2) != 1
        || X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) != 1
        || !times_set(crl, now) || !extensions_add(crl, issuer, now)) {
        return false;
    }
    authority_each_revoked(authority, add_revoked, &list);
    return !list.failed && X509_CRL_sort(crl) == 1
           && X509_CRL_sign(crl, key,
                            EVP_PKEY_is_a(key, "RSA") == 1 ? EVP_sha256()
                                                           : EVP_sha384())
                  > 0;
}

enum beid_err
answers_crl(const struct authority *authority, struct beid_buf *out)
{
    unsigned char *der = NULL;
    X509_CRL *crl = X509_CRL_new();
    int len =
        crl != NULL && fill(crl, authority) ? i2d_X509_CRL(crl, &der) : -1;
    if (len > 0) {
        beid_buf_put(out, beid_span_of(der, (size_t)len));
    }
    OPENSSL_free(der);
    X509_CRL_free(crl);
    return len > 0 ? beid_buf_status(out) : BEID_ERR_INTERNAL;
}
