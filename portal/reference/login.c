/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "login.h"

#include "session.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <string.h>

static const char json_type[] = "application/json";

static void
reply_json(struct visit *visit, unsigned status, const char *name,
           const char *value)
{
    struct beid_buf *body = &visit->reply->body;
    visit->reply->status = status;
    visit->reply->type = json_type;
    beid_buf_put_str(body, "{\"");
    beid_buf_put_str(body, name);
    beid_buf_put_str(body, "\":\"");
    beid_buf_put_str(body, value); /* base64 or a fixed word: no escapes */
    beid_buf_put_str(body, "\"}\n");
}

/* A refusal with a stable word that the page has a text for. */
static void
reply_error(struct visit *visit, unsigned status, const char *code)
{
    BEID_LOG_INFO("login refused: %s", code);
    reply_json(visit, status, "error", code);
}

/*
 * Only our own pages may ask: the Origin that the browser writes, and the
 * CSRF token of the session, are both needed.
 */
static bool
request_ours(const struct visit *visit, const char *csrf)
{
    const char *origin = http_request_header(visit->request, "Origin");
    return origin != NULL && strcmp(origin, visit->site->origin) == 0
           && session_csrf(visit, csrf);
}

static bool
script_request_ours(struct visit *visit)
{
    const char *csrf = http_request_header(visit->request, "X-CSRF-Token");
    const char *type = http_request_header(visit->request, "Content-Type");
    if (!request_ours(visit, csrf)) {
        reply_error(visit, 403, "session_unknown");
        return false;
    }
    if (type == NULL || strcmp(type, json_type) != 0) {
        reply_error(visit, 415, "bad_request");
        return false;
    }
    return true;
}

void
login_nonce(struct visit *visit)
{
    char nonce[SESSION_TOKEN_SIZE];
    if (!script_request_ours(visit)) {
        return;
    }
    enum beid_err err = session_random(nonce);
    if (err == BEID_OK) {
        err = store_put_nonce(visit->site->store, visit->key, visit->now, nonce,
                              visit->now + (time_t)visit->site->nonce_lifetime);
    }
    if (err == BEID_OK) {
        reply_json(visit, 200, "nonce", nonce);
    } else if (err == BEID_ERR_BUSY) {
        reply_error(visit, 429, "rate_limited");
    } else {
        reply_error(visit, 500, "internal");
    }
}

/* The name, from the report into a session that starts anew. */
static enum beid_err
session_raise(struct visit *visit, const struct beid_verify_report *report)
{
    struct session *session = &visit->session;
    const char *given = report->given_names;
    const char *surname = report->surname;
    *session =
        (struct session){.verified = true,
                         .verified_at = visit->now,
                         .expires = visit->now + SESSION_VERIFIED_SECONDS};
    /* A holder may have one name only. */
    given = given == NULL ? "" : given;
    surname = surname == NULL ? "" : surname;
    if (strlen(given) >= SESSION_NAME_SIZE
        || strlen(surname) >= SESSION_NAME_SIZE) {
        return BEID_ERR_LIMIT;
    }
    memcpy(session->given_names, given, strlen(given) + 1);
    memcpy(session->surname, surname, strlen(surname) + 1);
    return session_begin(visit);
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

static void
token_judge(struct visit *visit, const char *nonce)
{
    const struct beid_verify_token request = {
        .token = (const char *)visit->request->body.ptr,
        .token_len = visit->request->body.len,
        .origin = visit->site->origin,
        .nonce = nonce};
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result =
        beid_verify_token(visit->site->verifier, &request, &report);
    if (result != BEID_VERIFY_OK) {
        BEID_LOG_INFO("token refused: %s", beid_verify_result_name(result));
        reply_error(visit, result == BEID_VERIFY_INTERNAL ? 500 : 401,
                    refusal_word(result));
        return;
    }
    if (report->national_number == NULL) {
        reply_error(visit, 401, "card_not_accepted");
    } else if (session_raise(visit, report) != BEID_OK) {
        reply_error(visit, 500, "internal");
    } else {
        BEID_LOG_INFO("login verified (%s, revocation not checked)",
                      report->algorithm);
        reply_json(visit, 200, "next", "/profile");
    }
    beid_verify_report_free(&report);
}

void
login_token(struct visit *visit)
{
    char nonce[SESSION_TOKEN_SIZE];
    if (!script_request_ours(visit)) {
        return;
    }
    /* Taken before anything expensive, whatever becomes of the token. */
    if (store_take_nonce(visit->site->store, visit->key, visit->now, nonce)
        != BEID_OK) {
        reply_error(visit, 401, "nonce_expired");
        return;
    }
    token_judge(visit, nonce);
    beid_wipe(nonce, sizeof nonce);
}

/* The value of the form's only field, "csrf", as a string in out. */
static const char *
form_csrf(const struct visit *visit, char out[SESSION_TOKEN_SIZE])
{
    struct beid_span rest = visit->request->body;
    struct beid_span name;
    if (beid_span_take(&rest, 5, &name) != BEID_OK
        || !beid_span_same(name, beid_span_str("csrf="))
        || rest.len != SESSION_TOKEN_SIZE - 1) {
        return NULL;
    }
    memcpy(out, rest.ptr, rest.len);
    out[rest.len] = '\0';
    return out;
}

void
login_end(struct visit *visit)
{
    char csrf[SESSION_TOKEN_SIZE];
    if (visit->has_session && !request_ours(visit, form_csrf(visit, csrf))) {
        reply_error(visit, 403, "session_unknown");
        return;
    }
    session_end(visit);
    visit->reply->status = 303;
    visit->reply->location = "/";
}
