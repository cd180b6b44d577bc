/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "grammar.h"
#include "statement.h"

#include <openssl/ess.h>

#include <limits.h>

#define CMS_MAX 32768U

void
cms_clear(struct cms *cms)
{
    sk_X509_pop_free(cms->certs, X509_free);
    CMS_ContentInfo_free(cms->info);
    *cms = (struct cms){0};
}

/* One signer, nothing enclosed, and the signer's certificate. */
static bool
shape_read(struct cms *out)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(out->info);
    if (signers == NULL || sk_CMS_SignerInfo_num(signers) != 1
        || CMS_is_detached(out->info) != 1
        || OBJ_obj2nid(CMS_get0_eContentType(out->info)) != NID_pkcs7_data) {
        return false;
    }
    out->signer = sk_CMS_SignerInfo_value(signers, 0);
    out->certs = CMS_get1_certs(out->info);
    for (int i = 0; out->cert == NULL && i < sk_X509_num(out->certs); i++) {
        X509 *cert = sk_X509_value(out->certs, i);
        if (CMS_SignerInfo_cert_cmp(out->signer, cert) == 0) {
            out->cert = cert;
        }
    }
    return out->cert != NULL;
}

enum beid_verify_result
cms_parse(const char *base64, struct cms *out)
{
    struct beid_buf der;
    *out = (struct cms){0};
    beid_buf_init(&der, CMS_MAX);
    bool good = base64_decode(base64, &der) == BEID_OK && der.len > 0;
    if (good) {
        const unsigned char *at = der.ptr;
        out->info = CMS_ContentInfo_new_ex(crypto_context(), NULL);
        good = out->info != NULL
               && d2i_CMS_ContentInfo(&out->info, &at, (long)der.len) != NULL
               && at == der.ptr + der.len
               && OBJ_obj2nid(CMS_get0_type(out->info)) == NID_pkcs7_signed
               && shape_read(out);
    }
    beid_buf_clear(&der);
    if (!good) {
        cms_clear(out);
    }
    return good ? BEID_VERIFY_OK : BEID_VERIFY_CMS_FORMAT;
}

/* The only value of the only attribute of this kind; -3 demands both. */
static void *
attribute(const struct cms *cms, int nid, int type)
{
    return CMS_signed_get0_data_by_OBJ(cms->signer, OBJ_nid2obj(nid), -3, type);
}

static bool
certificate_named(const struct cms *cms)
{
    const ASN1_STRING *value =
        attribute(cms, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
    if (value == NULL
        || CMS_signed_get_attr_by_NID(cms->signer,
                                      NID_id_smime_aa_signingCertificate, -1)
               >= 0) {
        return false;
    }
    const unsigned char *at = ASN1_STRING_get0_data(value);
    ESS_SIGNING_CERT_V2 *named =
        d2i_ESS_SIGNING_CERT_V2(NULL, &at, ASN1_STRING_length(value));
    STACK_OF(X509) *chain = sk_X509_new_null();
    bool good = named != NULL && chain != NULL
                && sk_X509_push(chain, cms->cert) > 0
                && OSSL_ESS_check_signing_certs(NULL, named, chain, 1) > 0;
    sk_X509_free(chain);
    ESS_SIGNING_CERT_V2_free(named);
    return good;
}

/* SHA-384 for P-384 and SHA-256 for RSA, PKCS#1 v1.5. */
static bool
algorithms_good(const struct cms *cms)
{
    X509_ALGOR *digest = NULL;
    X509_ALGOR *signature = NULL;
    const ASN1_OBJECT *object = NULL;
    const EVP_PKEY *key = X509_get0_pubkey(cms->cert);
    bool rsa = key != NULL && EVP_PKEY_is_a(key, "RSA");
    CMS_SignerInfo_get0_algs(cms->signer, NULL, NULL, &digest, &signature);
    X509_ALGOR_get0(&object, NULL, NULL, digest);
    int hash = OBJ_obj2nid(object);
    X509_ALGOR_get0(&object, NULL, NULL, signature);
    int method = OBJ_obj2nid(object);
    return rsa ? hash == NID_sha256
                     && (method == NID_rsaEncryption
                         || method == NID_sha256WithRSAEncryption)
               : hash == NID_sha384 && method == NID_ecdsa_with_SHA384;
}

enum beid_verify_result
cms_attributes(struct cms *cms)
{
    const ASN1_OBJECT *type =
        attribute(cms, NID_pkcs9_contentType, V_ASN1_OBJECT);
    const ASN1_TIME *at = attribute(cms, NID_pkcs9_signingTime, V_ASN1_UTCTIME);
    if (at == NULL) {
        at = attribute(cms, NID_pkcs9_signingTime, V_ASN1_GENERALIZEDTIME);
    }
    return type != NULL && OBJ_obj2nid(type) == NID_pkcs7_data && at != NULL
                   && certificate_seconds(at, &cms->signed_at)
                   && attribute(cms, NID_pkcs9_messageDigest,
                                V_ASN1_OCTET_STRING)
                          != NULL
                   && algorithms_good(cms) && certificate_named(cms)
               ? BEID_VERIFY_OK
               : BEID_VERIFY_CMS_ATTRIBUTES;
}

enum beid_verify_result
cms_signature(const struct cms *cms, struct beid_span text)
{
    const unsigned flags =
        CMS_DETACHED | CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
    /*
     * Behind a filter: CMS_verify() of OpenSSL 3.0 loses its own copy of a
     * memory BIO when the CMS names a hash that it does not know.
     */
    BIO *filter = BIO_new(BIO_f_null());
    BIO *mem =
        text.len > INT_MAX ? NULL : BIO_new_mem_buf(text.ptr, (int)text.len);
    BIO *content = filter == NULL || mem == NULL ? NULL : BIO_push(filter, mem);
    STACK_OF(X509) *known = sk_X509_new_null();
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    if (content != NULL && known != NULL
        && sk_X509_push(known, cms->cert) > 0) {
        result = CMS_verify(cms->info, known, NULL, content, NULL, flags) == 1
                     ? BEID_VERIFY_OK
                     : BEID_VERIFY_SIGNATURE;
    }
    sk_X509_free(known);
    BIO_free(filter);
    BIO_free(mem);
    return result;
}
