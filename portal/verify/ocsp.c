/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "internal.h"
#include "revocation.h"

#include <openssl/x509v3.h>

/* Does this answer's signature use a hash that still holds? */
static bool
digest_strong(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    int digest = NID_undef;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, NULL) == 1
           && digest_accepted(digest);
}

/*
 * A responder that the issuer named: its certificate is the issuer's own
 * work, says id-kp-OCSPSigning, and is valid now. Its own status is not asked
 * (RFC 6960 §4.2.2.2.1: it is short-lived or carries nocheck).
 */
static bool
delegate_good(const struct revocation_question *question, X509 *signer)
{
    time_t at = question->at;
    uint32_t flags = X509_get_extension_flags(signer);
    return X509_check_issued(question->issuer, signer) == X509_V_OK
           && X509_verify(signer, X509_get0_pubkey(question->issuer)) == 1
           && certificate_signed_strongly(signer)
           && (flags & (EXFLAG_INVALID | EXFLAG_CA)) == 0
           && (flags & EXFLAG_XKUSAGE) != 0
           && (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) != 0
           && ((flags & EXFLAG_KUSAGE) == 0
               || (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) != 0)
           && X509_cmp_time(X509_get0_notBefore(signer), &at) < 0
           && X509_cmp_time(X509_get0_notAfter(signer), &at) > 0;
}

static bool
signature_good(const struct revocation_question *question,
               OCSP_BASICRESP *basic)
{
    STACK_OF(X509) *known = sk_X509_new_null();
    X509 *signer = NULL;
    bool good = known != NULL && sk_X509_push(known, question->issuer) > 0
                && digest_strong(OCSP_resp_get0_tbs_sigalg(basic))
                && OCSP_resp_get0_signer(basic, &signer, known) == 1
                && signer != NULL
                && OCSP_basic_verify(basic, known, NULL, OCSP_NOVERIFY) == 1
                && (X509_cmp(signer, question->issuer) == 0
                    || delegate_good(question, signer));
    sk_X509_free(known);
    return good;
}

/* thisUpdate is not old and not in the future, nextUpdate has not passed. */
static bool
times_good(const struct revocation_question *question,
           const struct revocation_status *status)
{
    const struct beid_verify_limits *limits = question->limits;
    return status->this_update <= question->at + limits->skew_s
           && status->this_update >= question->at - limits->ocsp_age_s
           && (status->next_update == 0
               || (status->next_update >= question->at - limits->skew_s
                   && status->next_update >= status->this_update));
}

static bool
single_read(OCSP_REQUEST *request, OCSP_BASICRESP *basic,
            struct revocation_status *out)
{
    ASN1_GENERALIZEDTIME *this_update = NULL;
    ASN1_GENERALIZEDTIME *next_update = NULL;
    int status = V_OCSP_CERTSTATUS_UNKNOWN;
    int reason = 0;
    OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
    if (OCSP_resp_count(basic) != 1
        || OCSP_resp_find_status(basic, id, &status, &reason, NULL,
                                 &this_update, &next_update)
               != 1
        || this_update == NULL
        || !certificate_seconds(this_update, &out->this_update)
        || (next_update != NULL
            && !certificate_seconds(next_update, &out->next_update))) {
        return false;
    }
    out->result = BEID_VERIFY_REVOCATION_UNKNOWN;
    if (status == V_OCSP_CERTSTATUS_GOOD) {
        out->result = BEID_VERIFY_OK;
    } else if (status == V_OCSP_CERTSTATUS_REVOKED) {
        out->result = BEID_VERIFY_REVOKED;
    }
    return true;
}

enum beid_verify_result
ocsp_judge(const struct revocation_question *question, OCSP_REQUEST *request,
           struct beid_span der, struct revocation_status *out)
{
    const unsigned char *at = der.ptr;
    OCSP_BASICRESP *basic = NULL;
    *out = (struct revocation_status){.result = BEID_VERIFY_INTERNAL};
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
    if (response != NULL && at == der.ptr + der.len
        && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        basic = OCSP_response_get1_basic(response);
    }
    /* 0: another nonce than ours. Without one the times decide alone. */
    bool good = basic != NULL && OCSP_check_nonce(request, basic) != 0
                && single_read(request, basic, out) && times_good(question, out)
                && signature_good(question, basic);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return good ? BEID_VERIFY_OK : BEID_VERIFY_REVOCATION_UNAVAILABLE;
}

OCSP_REQUEST *
ocsp_request(const struct revocation_question *question)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    /* SHA-1 names the issuer here, as responders and RFC 5019 expect. */
    OCSP_CERTID *id =
        OCSP_cert_to_id(EVP_sha1(), question->cert, question->issuer);
    if (request == NULL || id == NULL
        || OCSP_request_add0_id(request, id) == NULL) {
        OCSP_CERTID_free(id);
        OCSP_REQUEST_free(request);
        return NULL;
    }
    if (OCSP_request_add1_nonce(request, NULL, -1) != 1) {
        OCSP_REQUEST_free(request);
        return NULL;
    }
    return request;
}
