/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <string.h>

#define SERIAL_LEN 16
#define EXTENSIONS_MAX 4096U

/* PrintableString when possible, else UTF8String, as on real cards. */
static int
string_type(const char *text)
{
    size_t len = strlen(text);
    int type = ASN1_PRINTABLE_type((const unsigned char *)text, (int)len);
    return type == V_ASN1_PRINTABLESTRING ? V_ASN1_PRINTABLESTRING
                                          : V_ASN1_UTF8STRING;
}

static bool
name_set(X509_NAME *name, const struct profile_attribute *attributes)
{
    for (size_t i = 0; attributes[i].nid != 0; i++) {
        const char *value = attributes[i].value;
        if (X509_NAME_add_entry_by_NID(name, attributes[i].nid,
                                       string_type(value),
                                       (const unsigned char *)value, -1, -1, 0)
            != 1) {
            return false;
        }
    }
    return true;
}

static bool
serial_set(X509 *cert)
{
    unsigned char bytes[SERIAL_LEN];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return false;
    }
    bytes[0] = 0x10; /* positive, and never shorter */
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    bool good =
        number != NULL
        && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return good;
}

static bool
extensions_add(X509 *cert, X509 *issuer, const char *text)
{
    CONF *conf = NCONF_new(NULL);
    BIO *bio = BIO_new_mem_buf(text, -1);
    bool good = false;
    if (conf != NULL && bio != NULL && NCONF_load_bio(conf, bio, NULL) > 0) {
        X509V3_CTX ctx;
        X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
        X509V3_set_nconf(&ctx, conf);
        char section[] = "ext";
        good = X509V3_EXT_add_nconf(conf, &ctx, section, cert) == 1;
    }
    BIO_free(bio);
    NCONF_free(conf);
    return good;
}

static bool
body_fill(X509 *cert, const struct certificate_request *request, X509 *issuer)
{
    return X509_set_version(cert, X509_VERSION_3) == 1 && serial_set(cert)
           && X509_time_adj_ex(X509_getm_notBefore(cert), request->start_days,
                               0, NULL)
                  != NULL
           && X509_time_adj_ex(X509_getm_notAfter(cert), request->end_days, 0,
                               NULL)
                  != NULL
           && name_set(X509_get_subject_name(cert), request->name)
           && X509_set_pubkey(cert, request->key) == 1
           && X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1;
}

static bool
extensions_fill(X509 *cert, const struct certificate_request *request,
                X509 *issuer)
{
    struct beid_buf text;
    beid_buf_init(&text, EXTENSIONS_MAX);
    profile_extensions(request->family, request->role, request->servers, &text);
    const char *words = beid_buf_cstr(&text);
    bool good = words != NULL && extensions_add(cert, issuer, words);
    beid_buf_clear(&text);
    return good;
}

enum beid_err
certificate_make(const struct certificate_request *request,
                 struct certificate_issuer issuer, X509 **out)
{
    X509 *cert = X509_new();
    const EVP_MD *md =
        request->family == PROFILE_RSA ? EVP_sha256() : EVP_sha384();
    X509 *by = issuer.cert == NULL ? cert : issuer.cert;
    if (cert == NULL || !body_fill(cert, request, by)
        || !extensions_fill(cert, request, by)
        || X509_sign(cert, issuer.key, md) == 0) {
        X509_free(cert);
        return BEID_ERR_INTERNAL;
    }
    *out = cert;
    return BEID_OK;
}

enum beid_err
certificate_put(const X509 *cert, struct beid_buf *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    if (len <= 0) {
        return BEID_ERR_INTERNAL;
    }
    beid_buf_put(out, beid_span_of(der, (size_t)len));
    OPENSSL_free(der);
    return beid_buf_status(out);
}
