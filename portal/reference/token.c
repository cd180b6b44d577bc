/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "answer.h"

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
    if (result == BEID_VERIFY_EXPIRED || result == BEID_VERIFY_NOT_YET_VALID) {
        return "certificate_expired";
    }
    if (result == BEID_VERIFY_INTERNAL) {
        return "internal";
    }
    return result == BEID_VERIFY_UNTRUSTED || result == BEID_VERIFY_USAGE
                   || result == BEID_VERIFY_CHAIN_VALIDITY
               ? "card_not_accepted"
               : "token_refused";
}

static enum beid_err
holder_of(const struct visit *visit, const struct beid_verify_report *report,
          struct holder *out)
{
    pseudonym_hex(report->certificate_sha256, sizeof report->certificate_sha256,
                  out->certificate);
    enum beid_err err = holder_name(out, report->given_names, report->surname);
    return err == BEID_OK
               ? pseudonym_make(visit->site->pseudonym_key,
                                report->national_number, out->subject)
               : err;
}

bool
token_judge(struct visit *visit, const char *nonce, struct holder *out)
{
    const struct beid_verify_token request = {
        .token = (const char *)visit->request->body.ptr,
        .token_len = visit->request->body.len,
        .origin = visit->site->origin,
        .nonce = nonce};
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result =
        beid_verify_token(visit->site->verifier, &request, &report);
    bool good = false;
    if (result != BEID_VERIFY_OK) {
        BEID_LOG_INFO("token refused: %s", beid_verify_result_name(result));
        answer_error(visit, result == BEID_VERIFY_INTERNAL ? 500 : 401,
                     refusal_word(result));
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
