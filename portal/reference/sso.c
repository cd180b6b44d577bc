/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sso.h"

#include "answer.h"
#include "audit.h"
#include "grant.h"
#include "identity.h"
#include "login.h"
#include "session.h"
#include "token.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <stdio.h>
#include <string.h>

#define CODE_SECONDS 60
#define PANEL_SECONDS 900
#define ORIGIN_SIZE 300U

/* What a municipality asks; client is the site's own copy. */
struct ask {
    const char *client;
    const char *state;
    const char *challenge;
};

/* The exact entry of the list, or NULL. */
static const char *
client_find(const struct site *site, const char *origin)
{
    for (size_t i = 0; origin != NULL && i < site->town_count; i++) {
        if (strcmp(site->towns[i], origin) == 0) {
            return site->towns[i];
        }
    }
    return NULL;
}

static bool
ask_read(const struct visit *visit, struct ask *out)
{
    const char *client = http_request_query(visit->request, "client");
    out->client = client_find(visit->site, client);
    out->state = http_request_query(visit->request, "state");
    out->challenge = http_request_query(visit->request, "challenge");
    return out->client != NULL && grant_code_good(out->state)
           && grant_challenge_good(out->challenge);
}

/* Where a login goes on to: what was asked waits in the store meanwhile. */
static const char next_start[] = "/sso?ask=";

#define NEXT_SIZE (sizeof next_start + GRANT_CODE_LENGTH)

bool
sso_next(const char *path)
{
    return path != NULL && strncmp(path, next_start, sizeof next_start - 1) == 0
           && grant_code_good(path + sizeof next_start - 1);
}

/* The client of what waits, in the site's own copy. */
static bool
ask_of(const struct visit *visit, const struct session *kept, struct ask *out)
{
    *out = (struct ask){client_find(visit->site, kept->surname),
                        kept->certificate, kept->csrf};
    return out->client != NULL;
}

void
sso_client(struct visit *visit, const char *next)
{
    struct session kept;
    struct ask ask;
    if (sso_next(next)
        && grant_look(visit, GRANT_ASK, next + sizeof next_start - 1, &kept)
               == BEID_OK
        && ask_of(visit, &kept, &ask)) {
        visit->client = ask.client;
    }
}

/* To the login, and from there back to here. */
static void
wait_for_login(struct visit *visit, const struct ask *ask)
{
    char code[SESSION_TOKEN_SIZE];
    char where[sizeof "/login?next=" + NEXT_SIZE];
    struct session kept = {.expires = visit->now + SESSION_OPEN_SECONDS};
    memcpy(kept.csrf, ask->challenge, GRANT_CHALLENGE_LENGTH + 1);
    memcpy(kept.certificate, ask->state, GRANT_CODE_LENGTH + 1);
    size_t len = strlen(ask->client);
    memcpy(kept.surname, ask->client, len + 1); /* see options.c */
    enum beid_err err = grant_put(visit, GRANT_ASK, &kept, code);
    if (err != BEID_OK) {
        site_show(visit, PAGE_ERROR, 503);
        return;
    }
    (void)snprintf(where, sizeof where, "/login?next=%s%s", next_start, code);
    answer_redirect(visit, where);
}

/* The code is bound to who asked, and to the browser that asked. */
static enum beid_err
code_make(struct visit *visit, const struct ask *ask,
          char code[SESSION_TOKEN_SIZE])
{
    struct session grant = visit->session;
    time_t lifetime = (time_t)visit->site->nonce_lifetime;
    grant.expires =
        visit->now + (lifetime < CODE_SECONDS ? lifetime : CODE_SECONDS);
    grant.verified_at = session_high(visit) ? visit->session.verified_at : 0;
    memcpy(grant.csrf, ask->challenge, GRANT_CHALLENGE_LENGTH + 1);
    enum beid_err err = grant_bind(ask->client, ask->state, grant.certificate);
    if (err == BEID_OK) {
        err = grant_put(visit, GRANT_LOGIN, &grant, code);
    }
    beid_wipe(&grant, sizeof grant);
    return err;
}

static void
send_back(struct visit *visit, const struct ask *ask)
{
    char code[SESSION_TOKEN_SIZE];
    char where[HTTP_LOCATION_MAX];
    enum beid_err err = code_make(visit, ask, code);
    if (err != BEID_OK) {
        BEID_LOG_ERROR("no code: %s", beid_err_text(err));
        site_show(visit, PAGE_ERROR, 503);
        return;
    }
    (void)snprintf(where, sizeof where, "%s/login/return?code=%s&state=%s",
                   ask->client, code, ask->state);
    audit_write(visit, "login handed on", ask->client, "");
    answer_redirect(visit, where);
}

/* What was asked before the login, which is over now. */
static void
go_on(struct visit *visit, const char *code)
{
    struct session kept;
    struct ask ask;
    char where[sizeof "/login?next=" + NEXT_SIZE];
    if (!visit->has_session || !visit->session.known) {
        (void)snprintf(where, sizeof where, "/login?next=%s%s", next_start,
                       code);
        answer_redirect(visit, where);
    } else if (grant_take(visit, GRANT_ASK, code, &kept) == BEID_OK
               && ask_of(visit, &kept, &ask)) {
        send_back(visit, &ask);
    } else {
        site_show(visit, PAGE_ERROR, 400);
    }
}

void
sso_start(struct visit *visit)
{
    struct ask ask;
    const char *code = http_request_query(visit->request, "ask");
    if (grant_code_good(code)) {
        go_on(visit, code);
    } else if (!ask_read(visit, &ask)) {
        BEID_LOG_INFO("refused: sso_request");
        site_show(visit, PAGE_ERROR, 400);
    } else if (visit->has_session && visit->session.known) {
        send_back(visit, &ask);
    } else {
        wait_for_login(visit, &ask);
    }
}

/* The fields of a redemption. */
struct redemption {
    char client[ORIGIN_SIZE];
    char state[SESSION_TOKEN_SIZE];
    char code[SESSION_TOKEN_SIZE];
    char verifier[SESSION_TOKEN_SIZE];
};

static bool
field_read(const struct visit *visit, const char *name, char *out, size_t size)
{
    return answer_field(visit, name, out, size) != NULL;
}

static bool
redemption_read(const struct visit *visit, struct redemption *out)
{
    return field_read(visit, "client", out->client, sizeof out->client)
           && field_read(visit, "state", out->state, sizeof out->state)
           && field_read(visit, "code", out->code, sizeof out->code)
           && field_read(visit, "verifier", out->verifier, sizeof out->verifier)
           && grant_code_good(out->verifier);
}

/* Who has the code must also be who asked for it. */
static bool
redemption_good(const struct redemption *from, const struct session *grant)
{
    char bound[SESSION_HEX_SIZE];
    char challenge[SESSION_TOKEN_SIZE];
    return grant_bind(from->client, from->state, bound) == BEID_OK
           && grant_challenge(from->verifier, challenge) == BEID_OK
           && beid_secret_equal(beid_span_str(bound),
                                beid_span_str(grant->certificate))
           && beid_secret_equal(beid_span_str(challenge),
                                beid_span_str(grant->csrf));
}

/* Two municipalities cannot compare whom they know. */
static enum beid_err
subject_for(const struct site *site, const char *client, const char *subject,
            char out[SESSION_HEX_SIZE])
{
    char text[ORIGIN_SIZE + SESSION_HEX_SIZE];
    (void)snprintf(text, sizeof text, "%s\n%s", client, subject);
    return pseudonym_make(site->pseudonym_key, text, out);
}

static enum beid_err
ticket_make(struct visit *visit, const struct session *grant,
            char ticket[SESSION_TOKEN_SIZE])
{
    struct session panel = *grant;
    panel.expires = visit->now + PANEL_SECONDS;
    panel.verified_at = 0;
    panel.csrf[0] = '\0';
    panel.certificate[0] = '\0';
    enum beid_err err = grant_put(visit, GRANT_PANEL, &panel, ticket);
    beid_wipe(&panel, sizeof panel);
    return err;
}

static enum beid_err
identity_make(struct visit *visit, const char *client,
              const struct session *grant, struct identity *out)
{
    *out = (struct identity){.verified_at = grant->verified_at};
    memcpy(out->given_names, grant->given_names, sizeof out->given_names);
    memcpy(out->surname, grant->surname, sizeof out->surname);
    enum beid_err err =
        subject_for(visit->site, client, grant->subject, out->subject);
    return err == BEID_OK ? ticket_make(visit, grant, out->ticket) : err;
}

void
sso_redeem(struct visit *visit)
{
    struct redemption from;
    struct session grant;
    struct identity identity;
    if (!redemption_read(visit, &from)) {
        answer_error(visit, 400, "bad_request");
        return;
    }
    /* Taken first: a code that was shown to the wrong one is spent. */
    enum beid_err err = grant_take(visit, GRANT_LOGIN, from.code, &grant);
    if (err == BEID_OK && !redemption_good(&from, &grant)) {
        err = BEID_ERR_NOT_FOUND;
    }
    if (err == BEID_OK) {
        err = identity_make(visit, from.client, &grant, &identity);
    }
    if (err == BEID_OK) {
        visit->reply->status = 200;
        visit->reply->type = "application/json";
        err = identity_encode(&identity, &visit->reply->body);
        beid_wipe(&identity, sizeof identity);
    }
    beid_wipe(&grant, sizeof grant);
    if (err == BEID_ERR_NOT_FOUND) {
        BEID_LOG_INFO("refused: invalid_grant");
        answer_json(visit, 400, "error", "invalid_grant");
    } else if (err != BEID_OK) {
        beid_buf_reset(&visit->reply->body);
        answer_failure(visit, err);
    }
}

/* Has the ticket made the session that this frame has already? */
static bool
panel_again(const struct visit *visit, const char *ticket)
{
    char bound[SESSION_HEX_SIZE];
    return visit->has_session && visit->session.known
           && grant_bind("ticket", ticket, bound) == BEID_OK
           && beid_secret_equal(beid_span_str(bound),
                                beid_span_str(visit->session.certificate));
}

void
sso_panel(struct visit *visit)
{
    const char *ticket = http_request_query(visit->request, "ticket");
    struct session panel;
    if (!visit->framed) {
        answer_redirect(visit, "/profile");
        return;
    }
    if (ticket != NULL && panel_again(visit, ticket)) {
        answer_redirect(visit, "/profile");
        return;
    }
    enum beid_err err = ticket == NULL
                            ? BEID_ERR_NOT_FOUND
                            : grant_take(visit, GRANT_PANEL, ticket, &panel);
    if (err == BEID_OK) {
        err = grant_bind("ticket", ticket, panel.certificate);
    }
    if (err == BEID_OK) {
        visit->session = panel;
        err = session_begin(visit);
    }
    if (err == BEID_OK) {
        answer_redirect(visit, "/profile");
    } else {
        /* Nobody's panel, not that of who was here before. */
        bool over = session_end(visit) == BEID_OK;
        visit->has_session = false;
        site_show(visit, PAGE_FRAME_CLOSED,
                  over && err == BEID_ERR_NOT_FOUND ? 403 : 503);
    }
}

void
sso_logout(struct visit *visit)
{
    char where[HTTP_LOCATION_MAX];
    visit->client =
        client_find(visit->site, http_request_query(visit->request, "client"));
    if (visit->has_session && visit->session.known) {
        site_show(visit, PAGE_LOGOUT, 200);
        return;
    }
    (void)snprintf(where, sizeof where, "%s/",
                   visit->client == NULL ? "" : visit->client);
    answer_redirect(visit, where);
}
