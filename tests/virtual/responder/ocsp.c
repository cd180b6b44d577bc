/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "answers.h"
#include "pki.h"

#include <openssl/evp.h>
#include <openssl/ocsp.h>

#include <time.h>

#define NEXT_UPDATE_S 60

/* The issuer that this certificate id names; BEID_ERR_NOT_FOUND: another's. */
static enum beid_err
find_issuer(const char *dir, OCSP_CERTID *id, struct authority *out)
{
    static const char *const names[] = {"ca", "foreigner-ca", "root"};
    ASN1_OBJECT *hash = NULL;
    if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, id) != 1) {
        return BEID_ERR_FORMAT;
    }
    const EVP_MD *md = EVP_get_digestbyobj(hash);
    for (size_t i = 0; md != NULL && i < sizeof(names) / sizeof(names[0]);
         i++) {
        struct authority authority;
        if (authority_open(dir, names[i], &authority) != BEID_OK) {
            continue;
        }
        OCSP_CERTID *ours = OCSP_cert_to_id(md, NULL, authority.issuer.cert);
        bool same = ours != NULL && OCSP_id_issuer_cmp(ours, id) == 0;
        OCSP_CERTID_free(ours);
        if (same) {
            *out = authority;
            return BEID_OK;
        }
        authority_close(&authority);
    }
    return BEID_ERR_NOT_FOUND;
}

static bool
add_status(OCSP_BASICRESP *basic, OCSP_CERTID *id,
           const struct authority *authority)
{
    static const int states[] = {
        [AUTHORITY_GOOD] = V_OCSP_CERTSTATUS_GOOD,
        [AUTHORITY_REVOKED] = V_OCSP_CERTSTATUS_REVOKED,
        [AUTHORITY_UNKNOWN] = V_OCSP_CERTSTATUS_UNKNOWN,
    };
    ASN1_INTEGER *serial = NULL;
    if (OCSP_id_get0_info(NULL, NULL, NULL, &serial, id) != 1) {
        return false;
    }
    struct authority_status status = authority_ask(authority, serial);
    time_t now = time(NULL);
    ASN1_TIME *this_update = ASN1_TIME_set(NULL, now);
    ASN1_TIME *next_update = ASN1_TIME_set(NULL, now + NEXT_UPDATE_S);
    ASN1_TIME *since = ASN1_TIME_set(NULL, (time_t)status.since);
    bool revoked = status.state == AUTHORITY_REVOKED;
    bool good = this_update != NULL && next_update != NULL && since != NULL
                && OCSP_basic_add1_status(basic, id, states[status.state],
                                          OCSP_REVOKED_STATUS_NOSTATUS,
                                          revoked ? since : NULL, this_update,
                                          next_update)
                       != NULL;
    ASN1_TIME_free(since);
    ASN1_TIME_free(next_update);
    ASN1_TIME_free(this_update);
    return good;
}

/* Every certificate that is asked about must be of this issuer. */
static enum beid_err
fill(OCSP_BASICRESP *basic, OCSP_REQUEST *request,
     const struct authority *authority)
{
    for (int i = 0; i < OCSP_request_onereq_count(request); i++) {
        OCSP_CERTID *id =
            OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, i));
        OCSP_CERTID *first =
            OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
        if (OCSP_id_issuer_cmp(first, id) != 0) {
            return BEID_ERR_NOT_FOUND;
        }
        if (!add_status(basic, id, authority)) {
            return BEID_ERR_INTERNAL;
        }
    }
    return OCSP_copy_nonce(basic, request) >= 0 ? BEID_OK : BEID_ERR_INTERNAL;
}

static enum beid_err
sign(OCSP_BASICRESP *basic, const struct authority *authority)
{
    struct pki_pair responder;
    enum beid_err err = pki_responder_open(authority->dir, authority->name,
                                           &authority->issuer, &responder);
    if (err != BEID_OK) {
        return err;
    }
    const EVP_MD *md =
        EVP_PKEY_is_a(responder.key, "RSA") == 1 ? EVP_sha256() : EVP_sha384();
    int good =
        OCSP_basic_sign(basic, responder.cert, responder.key, md, NULL, 0);
    pki_pair_clear(&responder);
    return good == 1 ? BEID_OK : BEID_ERR_INTERNAL;
}

static enum beid_err
answer(const char *dir, OCSP_REQUEST *request, OCSP_BASICRESP *basic)
{
    struct authority authority;
    if (request == NULL || OCSP_request_onereq_count(request) < 1) {
        return BEID_ERR_FORMAT;
    }
    OCSP_CERTID *first =
        OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
    enum beid_err err = find_issuer(dir, first, &authority);
    if (err != BEID_OK) {
        return err;
    }
    err = fill(basic, request, &authority);
    if (err == BEID_OK) {
        err = sign(basic, &authority);
    }
    authority_close(&authority);
    return err;
}

static int
response_status(enum beid_err err)
{
    if (err == BEID_ERR_FORMAT) {
        return OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
    }
    if (err == BEID_ERR_NOT_FOUND) {
        return OCSP_RESPONSE_STATUS_UNAUTHORIZED;
    }
    return err == BEID_OK ? OCSP_RESPONSE_STATUS_SUCCESSFUL
                          : OCSP_RESPONSE_STATUS_INTERNALERROR;
}

enum beid_err
answers_ocsp(const char *dir, struct beid_span request, struct beid_buf *out)
{
    const unsigned char *at = request.ptr;
    unsigned char *der = NULL;
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_REQUEST *asked = d2i_OCSP_REQUEST(NULL, &at, (long)request.len);
    if (basic == NULL) {
        OCSP_REQUEST_free(asked);
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = answer(dir, asked, basic);
    OCSP_RESPONSE *said = OCSP_response_create(response_status(err),
                                               err == BEID_OK ? basic : NULL);
    int len = said == NULL ? -1 : i2d_OCSP_RESPONSE(said, &der);
    if (len > 0) {
        beid_buf_put(out, beid_span_of(der, (size_t)len));
    }
    OPENSSL_free(der);
    OCSP_RESPONSE_free(said);
    OCSP_REQUEST_free(asked);
    OCSP_BASICRESP_free(basic);
    return len > 0 ? beid_buf_status(out) : BEID_ERR_INTERNAL;
}
