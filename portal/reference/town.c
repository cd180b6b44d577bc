/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "town.h"

#include "answer.h"
#include "grant.h"
#include "login.h"
#include "session.h"
#include "town_link.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <stdio.h>
#include <string.h>

/* A login at the portal may take its time: people look for their card. */
#define RETURN_SECONDS 900

/* Where one may be while logging in, and the same with the panel open. */
static const struct {
    const char *path;
    const char *panel;
} places[] = {{"/", "/#open-panel"}, {"/afspraak", "/afspraak#open-panel"}};

static size_t
place_index(const struct visit *visit)
{
    const char *next = http_request_query(visit->request, "next");
    size_t i = sizeof places / sizeof places[0];
    while (i > 0 && (next == NULL || strcmp(places[i - 1].path, next) != 0)) {
        i--;
    }
    return i == 0 ? 0 : i - 1;
}

static void
show_home(struct visit *visit)
{
    site_show(visit, PAGE_TOWN_HOME, 200);
}

static void
show_service(struct visit *visit)
{
    site_show(visit, PAGE_TOWN_SERVICE, 200);
}

/* Nobody but our own page begins a login, and a person clicks there. */
static bool
asked_here(const struct visit *visit)
{
    const char *from = http_request_header(visit->request, "Sec-Fetch-Site");
    return from == NULL || strcmp(from, "same-origin") == 0;
}

/* back: one of the places, where one is afterwards. */
static enum beid_err
login_begin(struct visit *visit, const char *back,
            char where[HTTP_LOCATION_MAX])
{
    struct nonce verifier = {.until = visit->now + RETURN_SECONDS};
    (void)snprintf(verifier.about, sizeof verifier.about, "%s", back);
    char challenge[SESSION_TOKEN_SIZE];
    char state[SESSION_TOKEN_SIZE];
    enum beid_err err = BEID_OK;
    if (!visit->has_session) {
        visit->session =
            (struct session){.expires = visit->now + RETURN_SECONDS};
        err = session_begin(visit);
    }
    if (err == BEID_OK) {
        err = session_random_hex(verifier.value);
    }
    if (err == BEID_OK) {
        err = grant_challenge(verifier.value, challenge);
    }
    if (err == BEID_OK) {
        err = grant_state(verifier.value, state);
    }
    if (err == BEID_OK) {
        err = store_put_nonce(visit->site->store, visit->key, visit->now,
                              NONCE_RETURN, &verifier);
    }
    const char *lang = site_language_chosen(visit);
    (void)snprintf(where, HTTP_LOCATION_MAX,
                   "%s/sso?client=%s&state=%s&challenge=%s%s%s",
                   visit->site->portal, visit->site->origin, state, challenge,
                   lang[0] == '\0' ? "" : "&lang=", lang);
    beid_wipe(&verifier, sizeof verifier);
    return err;
}

static void
ask_portal(struct visit *visit, const char *back)
{
    char where[HTTP_LOCATION_MAX];
    enum beid_err err = login_begin(visit, back, where);
    if (err == BEID_OK) {
        answer_redirect(visit, where);
    } else {
        site_show(visit, PAGE_ERROR, err == BEID_ERR_BUSY ? 429 : 503);
    }
}

static void
login_start(struct visit *visit)
{
    const char *back = places[place_index(visit)].path;
    if (!asked_here(visit) || (visit->has_session && visit->session.known)) {
        answer_redirect(visit, back);
    } else {
        ask_portal(visit, back);
    }
}

/*
 * The panel's time is over, and ours is not: the portal gives another ticket,
 * and asks for nothing while one is logged in there.
 */
static void
panel_renew(struct visit *visit)
{
    size_t place = place_index(visit);
    if (asked_here(visit) && visit->has_session && visit->session.known) {
        ask_portal(visit, places[place].panel);
    } else {
        answer_redirect(visit, places[place].path);
    }
}

/* The session that follows, with the ticket in the certificate's place. */
static enum beid_err
login_take(struct visit *visit, const struct identity *identity)
{
    struct holder holder = {.certificate = ""};
    memcpy(holder.subject, identity->subject, sizeof holder.subject);
    memcpy(holder.given_names, identity->given_names,
           sizeof holder.given_names);
    memcpy(holder.surname, identity->surname, sizeof holder.surname);
    memcpy(holder.certificate, identity->ticket, sizeof identity->ticket);
    enum beid_err err = session_raise(visit, &holder, identity->verified_at);
    beid_wipe(&holder, sizeof holder);
    return err;
}

/*
 * Only the panel is opened again while somebody is logged in here. When it is
 * another person who is logged in at the portal, nobody is from now on: whoever
 * sits here learns it, and chooses.
 */
static enum beid_err
same_person(struct visit *visit, const struct identity *identity)
{
    if (!visit->session.known
        || beid_secret_equal(beid_span_str(identity->subject),
                             beid_span_str(visit->session.subject))) {
        return BEID_OK;
    }
    enum beid_err err = session_end(visit);
    visit->other_person = err == BEID_OK;
    return err == BEID_OK ? BEID_ERR_DENIED : err;
}

/* Is this the state of the login that this browser began? */
static bool
state_good(const struct nonce *verifier, const char *state)
{
    char expected[SESSION_TOKEN_SIZE];
    return grant_code_good(state)
           && grant_state(verifier->value, expected) == BEID_OK
           && beid_secret_equal(beid_span_str(state), beid_span_str(expected));
}

static enum beid_err
login_return(struct visit *visit, const char *code, const char *state,
             char back[NONCE_ABOUT_SIZE])
{
    struct nonce verifier;
    struct identity identity;
    if (!visit->has_session || !grant_code_good(code)) {
        return BEID_ERR_DENIED;
    }
    enum beid_err err = store_take_nonce(visit->site->store, visit->key,
                                         visit->now, NONCE_RETURN, &verifier);
    if (err != BEID_OK) {
        return err;
    }
    err = state_good(&verifier, state)
              ? town_redeem(visit->site, code, state, verifier.value, &identity)
              : BEID_ERR_DENIED;
    if (err == BEID_OK) {
        err = same_person(visit, &identity);
        if (err == BEID_OK) {
            err = login_take(visit, &identity);
        }
        memcpy(back, verifier.about, NONCE_ABOUT_SIZE);
        beid_wipe(&identity, sizeof identity);
    }
    beid_wipe(&verifier, sizeof verifier);
    return err;
}

static void
login_finish(struct visit *visit)
{
    char back[NONCE_ABOUT_SIZE] = "";
    enum beid_err err =
        login_return(visit, http_request_query(visit->request, "code"),
                     http_request_query(visit->request, "state"), back);
    if (err == BEID_OK) {
        BEID_LOG_INFO("login by the portal");
        answer_redirect(visit, back[0] == '\0' ? places[0].path : back);
        return;
    }
    BEID_LOG_INFO("no login: %s", beid_err_text(err));
    site_show(visit, PAGE_TOWN_FAILED, err == BEID_ERR_IO ? 503 : 400);
}

/* The portal asks then whether to log out there, too. */
static void
logout(struct visit *visit)
{
    char where[HTTP_LOCATION_MAX];
    bool known = visit->has_session && visit->session.known;
    login_end(visit);
    if (known && visit->reply->status == 303) {
        const char *lang = site_language_chosen(visit);
        (void)snprintf(where, sizeof where, "%s/logout?client=%s%s%s",
                       visit->site->portal, visit->site->origin,
                       lang[0] == '\0' ? "" : "&lang=", lang);
        answer_redirect(visit, where);
    }
}

static const struct route town_routes[] = {
    {"GET", "/", show_home},
    {"GET", "/afspraak", show_service},
    {"GET", "/login", login_start},
    {"GET", "/login/return", login_finish},
    {"GET", "/panel", panel_renew},
    {"POST", "/logout", logout},
    {NULL, NULL, NULL},
};

void
town_handle(void *user, const struct http_request *request,
            struct http_reply *reply)
{
    struct visit visit = {
        .site = user, .request = request, .reply = reply, .now = time(NULL)};
    site_visit(&visit, town_routes);
}
