/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>

#include <limits.h>

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

bool
cms_sign(const struct cms_signer *signer, EVP_PKEY *key,
         struct beid_span document, struct beid_buf *out)
{
    const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL;
    if (document.len > INT_MAX) {
        return false;
    }
    BIO *content = BIO_new_mem_buf(document.ptr, (int)document.len);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    bool good = content != NULL && cms != NULL
                && CMS_add1_signer(cms, signer->certificate, key, signer->md,
                                   flags | CMS_CADES | CMS_NOSMIMECAP)
                       != NULL
                && add_ca(cms, signer->ca)
                && CMS_final(cms, content, NULL, flags) == 1
                && put_der(cms, out);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
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
