/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>

#include <limits.h>

#define DETACHED (CMS_DETACHED | CMS_BINARY | CMS_PARTIAL)

static bool
add_ca(CMS_ContentInfo *cms, struct beid_span ca)
{
    const unsigned char *at = ca.ptr;
    if (ca.len == 0) {
        return true;
    }
    X509 *x509 = d2i_X509(NULL, &at, (long)ca.len);
    bool added = x509 != NULL && CMS_add1_cert(cms, x509) == 1;
    X509_free(x509);
    return added;
}

static bool
put_der(CMS_ContentInfo *cms, struct beid_buf *out)
{
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    if (len > 0) {
        beid_buf_put(out, beid_span_of(der, (size_t)len));
    }
    OPENSSL_free(der);
    return len > 0 && beid_buf_status(out) == BEID_OK;
}

/* Everything but the signature itself; *info is its place. */
static CMS_ContentInfo *
prepare(const struct cms_signer *signer, EVP_PKEY *key, CMS_SignerInfo **info)
{
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, DETACHED);
    *info = cms != NULL
                ? CMS_add1_signer(cms, signer->certificate, key, signer->md,
                                  DETACHED | CMS_CADES | CMS_NOSMIMECAP)
                : NULL;
    if (*info == NULL || !add_ca(cms, signer->ca)) {
        CMS_ContentInfo_free(cms);
        return NULL;
    }
    return cms;
}

bool
cms_sign(const struct cms_signer *signer, EVP_PKEY *key,
         struct beid_span document, struct beid_buf *out)
{
    CMS_SignerInfo *info = NULL;
    if (document.len > INT_MAX) {
        return false;
    }
    BIO *content = BIO_new_mem_buf(document.ptr, (int)document.len);
    CMS_ContentInfo *cms = prepare(signer, key, &info);
    bool good = content != NULL && cms != NULL
                && CMS_final(cms, content, NULL, DETACHED) == 1
                && put_der(cms, out);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    return good;
}

bool
cms_sign_digest(const struct cms_signer *signer, EVP_PKEY *key,
                struct beid_span digest, struct beid_buf *out)
{
    CMS_SignerInfo *info = NULL;
    if (digest.len > EVP_MAX_MD_SIZE) {
        return false;
    }
    CMS_ContentInfo *cms = prepare(signer, key, &info);
    /* What CMS_final() does once it has read a document. */
    bool good = cms != NULL
                && CMS_signed_add1_attr_by_NID(info, NID_pkcs9_contentType,
                                               V_ASN1_OBJECT,
                                               OBJ_nid2obj(NID_pkcs7_data), -1)
                       == 1
                && CMS_signed_add1_attr_by_NID(info, NID_pkcs9_messageDigest,
                                               V_ASN1_OCTET_STRING, digest.ptr,
                                               (int)digest.len)
                       == 1
                && CMS_SignerInfo_sign(info) == 1 && put_der(cms, out);
    CMS_ContentInfo_free(cms);
    return good;
}

static bool
signed_by(CMS_ContentInfo *cms, X509 *certificate)
{
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
    return infos != NULL && sk_CMS_SignerInfo_num(infos) == 1
           && CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(infos, 0),
                                      certificate)
                  == 0;
}

enum beid_err
cms_check(const struct cms_signer *signer, struct beid_span document,
          struct beid_span der)
{
    const unsigned char *at = der.ptr;
    if (document.len > INT_MAX || der.len > INT_MAX) {
        return BEID_ERR_LIMIT;
    }
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
    BIO *content = BIO_new_mem_buf(document.ptr, (int)document.len);
    STACK_OF(X509) *known = sk_X509_new_null();
    /* Verified with the certificate that was shown, not with one inside. */
    bool good = cms != NULL && content != NULL && known != NULL
                && at == der.ptr + der.len
                && sk_X509_push(known, signer->certificate) > 0
                && signed_by(cms, signer->certificate)
                && CMS_verify(cms, known, NULL, content, NULL,
                              CMS_DETACHED | CMS_BINARY | CMS_NOINTERN
                                  | CMS_NO_SIGNER_CERT_VERIFY)
                       == 1;
    sk_X509_free(known);
    BIO_free(content);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return good ? BEID_OK : BEID_ERR_SIGNATURE;
}

static bool
digest_signed(CMS_SignerInfo *info, struct beid_span digest)
{
    const ASN1_OCTET_STRING *held = CMS_signed_get0_data_by_OBJ(
        info, OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);
    return held != NULL
           && beid_span_same(beid_span_of(ASN1_STRING_get0_data(held),
                                          (size_t)ASN1_STRING_length(held)),
                             digest);
}

enum beid_err
cms_check_digest(const struct cms_signer *signer, struct beid_span digest,
                 struct beid_span der)
{
    const unsigned char *at = der.ptr;
    if (der.len > INT_MAX) {
        return BEID_ERR_LIMIT;
    }
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
    bool good = cms != NULL && at == der.ptr + der.len
                && signed_by(cms, signer->certificate);
    if (good) {
        CMS_SignerInfo *info =
            sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
        CMS_SignerInfo_set1_signer_cert(info, signer->certificate);
        good = digest_signed(info, digest) && CMS_SignerInfo_verify(info) == 1;
    }
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return good ? BEID_OK : BEID_ERR_SIGNATURE;
}
