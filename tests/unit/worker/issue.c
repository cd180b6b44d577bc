/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "issue.h"

#include "../unit.h"

#include <openssl/x509.h>

EVP_PKEY *
issue_make_key(enum issue_key kind)
{
    EVP_PKEY *key = NULL;
    switch (kind) {
    case ISSUE_RSA:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
        break;
    case ISSUE_P384:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
        break;
    case ISSUE_P256:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        break;
    case ISSUE_ED25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    }
    assert_non_null(key);
    return key;
}

static void
set_name(X509_NAME *name, struct beid_span common_name)
{
    assert_int_equal(X509_NAME_add_entry_by_NID(
                         name, NID_commonName, V_ASN1_UTF8STRING,
                         common_name.ptr, (int)common_name.len, -1, 0),
                     1);
}

void
issue_certificate(const struct issue_order *order, struct beid_buf *out)
{
    X509 *x509 = X509_new();
    X509_NAME *subject = X509_NAME_new();
    X509_NAME *issuer = X509_NAME_new();
    unsigned char *der = NULL;
    assert_non_null(x509);
    set_name(subject, order->common_name);
    set_name(issuer, beid_span_str(order->issuer));
    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 7), 1);
    assert_int_equal(X509_set_subject_name(x509, subject), 1);
    assert_int_equal(X509_set_issuer_name(x509, issuer), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), order->from));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), order->until));
    assert_int_equal(X509_set_pubkey(x509, order->key), 1);
    assert_true(X509_sign(x509, order->issuer_key, EVP_sha384()) > 0);
    int len = i2d_X509(x509, &der);
    assert_true(len > 0);
    beid_buf_reset(out);
    beid_buf_put(out, beid_span_of(der, (size_t)len));
    assert_int_equal(beid_buf_status(out), BEID_OK);
    OPENSSL_free(der);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    X509_free(x509);
}
