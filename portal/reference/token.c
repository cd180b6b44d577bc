/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "answer.h"
#include "audit.h"

#include <beid/log.h>

#include <string.h>

static enum beid_err
name_copy(char out[SESSION_NAME_SIZE], const char *name)
{
    size_t len = name == NULL ? 0 : strlen(name);
    if (len >= SESSION_NAME_SIZE) {
        return BEID_ERR_LIMIT;
    }
    if (len > 0) {
        memcpy(out, name, len);
    }
    out[len] = '\0';
    return BEID_OK;
}

enum beid_err
holder_name(struct holder *holder, const char *given_names, const char *surname)
{
    enum beid_err err = name_copy(holder->given_names, given_names);
    return err == BEID_OK ? name_copy(holder->surname, surname) : err;
}

/* The word that the page explains to the citizen. */
static const char *
refusal_word(enum beid_verify_result result)
{
    static const struct {
        enum beid_verify_result result;
        const char *word;
    } words[] = {
        {BEID_VERIFY_EXPIRED, "certificate_expired"},
        {BEID_VERIFY_NOT_YET_VALID, "certificate_expired"},
        {BEID_VERIFY_REVOKED, "certificate_revoked"},
        {BEID_VERIFY_REVOCATION_UNAVAILABLE, "revocation_unavailable"},
        {BEID_VERIFY_REVOCATION_UNKNOWN, "card_not_accepted"},
        {BEID_VERIFY_UNTRUSTED, "card_not_accepted"},
        {BEID_VERIFY_USAGE, "card_not_accepted"},
        {BEID_VERIFY_CHAIN_VALIDITY, "card_not_accepted"},
        {BEID_VERIFY_INTERNAL, "internal"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].result == result) {
            return words[i].word;
        }
    }
    return "token_refused";
}

/* What the audit trail says of a refusal; static. */
static const char *
refusal_seen(enum beid_verify_result result,
             const struct beid_verify_inquiry *inquiry)
{
    if (result != BEID_VERIFY_REVOKED) {
        return beid_verify_result_name(result);
    }
    return inquiry->revocation == BEID_VERIFY_REVOCATION_CRL
               ? "revoked by CRL"
               : "revoked by OCSP";
}

void
token_refuse(struct visit *visit, enum beid_verify_result result,
             const struct beid_verify_inquiry *inquiry, const char *event)
{
    const char *word = refusal_word(result);
    unsigned status = 401;
    if (result == BEID_VERIFY_INTERNAL) {
        status = 500;
    } else if (result == BEID_VERIFY_REVOCATION_UNAVAILABLE) {
        status = 503;
    }
    BEID_LOG_INFO("not verified: %s", beid_verify_result_name(result));
    audit_write(visit, event, refusal_seen(result, inquiry), "");
    answer_error(visit, status, word);
}

const char *
token_seen(enum beid_verify_revocation revocation)
{
    switch (revocation) {
    case BEID_VERIFY_REVOCATION_OCSP:
        return "card, not revoked by OCSP";
    case BEID_VERIFY_REVOCATION_CRL:
        return "card, not revoked by CRL";
    case BEID_VERIFY_REVOCATION_NO_ANSWER: /* refused */
    case BEID_VERIFY_REVOCATION_NOT_CHECKED:
        break;
    }
    return "card, revocation not checked";
}

static enum beid_err
holder_of(const struct visit *visit, const struct beid_verify_report *report,
          struct holder *out)
{
    out->revocation = report->revocation;
    pseudonym_hex(report->certificate_sha256, sizeof report->certificate_sha256,
                  out->certificate);
    enum beid_err err = holder_name(out, report->given_names, report->surname);
    return err == BEID_OK
               ? pseudonym_make(visit->site->pseudonym_key,
                                report->national_number, out->subject)
               : err;
}

bool
token_judge(struct visit *visit, enum verifier which, const char *nonce,
            struct holder *out)
{
    struct beid_verify_inquiry inquiry;
    const struct beid_verify_token request = {
        .token = (const char *)visit->request->body.ptr,
        .token_len = visit->request->body.len,
        .origin = visit->site->origin,
        .nonce = nonce,
        .inquiry = &inquiry};
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result =
        beid_verify_token(visit->site->verifiers[which], &request, &report);
    bool good = false;
    if (result != BEID_VERIFY_OK) {
        token_refuse(visit, result, &inquiry,
                     which == VERIFY_LOGIN ? "login refused"
                                           : "step-up refused");
    } else if (report->national_number == NULL) {
        answer_error(visit, 401, "card_not_accepted");
    } else if (holder_of(visit, report, out) != BEID_OK) {
        answer_error(visit, 500, "internal");
    } else {
        good = true;
    }
    beid_verify_report_free(&report);
    return good;
}

bool
token_nonce(struct visit *visit, enum nonce_purpose purpose, struct nonce *out)
{
    enum beid_err err = store_take_nonce(visit->site->store, visit->key,
                                         visit->now, purpose, out);
    if (err == BEID_ERR_NOT_FOUND || err == BEID_ERR_TIMEOUT) {
        answer_error(visit, 401, "nonce_expired");
    } else if (err != BEID_OK) {
        answer_failure(visit, err);
    }
    return err == BEID_OK;
}
