/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"
#include "internal.h"
#include "revocation.h"

#include <openssl/x509v3.h>

bool
crl_fresh(const struct revocation_question *question, const X509_CRL *crl)
{
    time_t last = 0;
    time_t next = 0;
    const ASN1_TIME *next_text = X509_CRL_get0_nextUpdate(crl);
    return next_text != NULL
           && certificate_seconds(X509_CRL_get0_lastUpdate(crl), &last)
           && certificate_seconds(next_text, &next)
           && last <= question->at + question->limits->skew_s
           && next > question->at;
}

bool
crl_later(const X509_CRL *crl, const X509_CRL *than)
{
    return ASN1_TIME_compare(X509_CRL_get0_lastUpdate(crl),
                             X509_CRL_get0_lastUpdate(than))
           == 1;
}

/* A partial list (delta, reasons, one distribution point) says so critically. */
static bool
whole(const X509_CRL *crl)
{
    return X509_CRL_get_ext_by_critical(crl, 1, -1) < 0
           && X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) < 0;
}

static bool
signature_good(const struct revocation_question *question, X509_CRL *crl)
{
    int digest = NID_undef;
    return X509_NAME_cmp(X509_CRL_get_issuer(crl),
                         X509_get_subject_name(question->issuer))
               == 0
           && (X509_get_key_usage(question->issuer) & KU_CRL_SIGN) != 0
           && OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest,
                                  NULL)
                  == 1
           && digest_accepted(digest)
           && X509_CRL_verify(crl, X509_get0_pubkey(question->issuer)) == 1;
}

X509_CRL *
crl_judge(const struct revocation_question *question, struct beid_span der)
{
    const unsigned char *at = der.ptr;
    X509_CRL *crl = X509_CRL_new_ex(crypto_context(), NULL);
    if (crl != NULL && d2i_X509_CRL(&crl, &at, (long)der.len) != NULL
        && at == der.ptr + der.len && whole(crl) && crl_fresh(question, crl)
        && signature_good(question, crl)) {
        return crl;
    }
    X509_CRL_free(crl);
    return NULL;
}

struct revocation_status
crl_look_up(const struct revocation_question *question, X509_CRL *crl)
{
    struct revocation_status status = {.result = BEID_VERIFY_REVOKED};
    X509_REVOKED *entry = NULL;
    (void)certificate_seconds(X509_CRL_get0_lastUpdate(crl),
                              &status.this_update);
    (void)certificate_seconds(X509_CRL_get0_nextUpdate(crl),
                              &status.next_update);
    if (X509_CRL_get0_by_cert(crl, &entry, question->cert) == 0) {
        status.result = BEID_VERIFY_OK;
    }
    return status;
}
