/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <beid/secret.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdio.h>
#include <string.h>

#define RANDOM_SIZE 32
#define HEX_BYTES 22
#define TOKEN_LENGTH (SESSION_TOKEN_SIZE - 1)

/*
 * The prefix makes browsers insist on Secure, Path=/ and no Domain; plain
 * http, for development on this machine, cannot have it.
 */
static const char *
cookie_name(const struct visit *visit)
{
    static const char *const names[] = {"__Host-portal", "__Host-panel",
                                        "__Host-town"};
    size_t which = visit->framed ? 1 : 0;
    if (visit->site->portal != NULL) {
        which = 2;
    }
    return names[which] + (visit->site->secure ? 0 : strlen("__Host-"));
}

/* The value of the visitor's session cookie, 44 characters, or NULL. */
static const char *
cookie_value(const struct visit *visit)
{
    const char *value = http_request_cookie(visit->request, cookie_name(visit));
    return value != NULL && strlen(value) == TOKEN_LENGTH ? value : NULL;
}

/* The name is part of it: what one cookie opens, no other one does. */
static enum beid_err
key_of(const struct visit *visit, const char *id, uint8_t out[SESSION_KEY_SIZE])
{
    char text[32 + SESSION_TOKEN_SIZE];
    int len = snprintf(text, sizeof text, "%s=%.*s", cookie_name(visit),
                       (int)TOKEN_LENGTH, id);
    bool good =
        len > 0 && (size_t)len < sizeof text
        && EVP_Digest(text, (size_t)len, out, NULL, EVP_sha256(), NULL) == 1;
    beid_wipe(text, sizeof text);
    return good ? BEID_OK : BEID_ERR_INTERNAL;
}

void
session_find(struct visit *visit)
{
    const char *id = cookie_value(visit);
    if (id == NULL || key_of(visit, id, visit->key) != BEID_OK) {
        return;
    }
    enum beid_err err =
        store_load(visit->site->store, visit->key, visit->now, &visit->session);
    visit->has_session = err == BEID_OK;
    visit->store_away = err != BEID_OK && err != BEID_ERR_NOT_FOUND;
}

enum beid_err
session_random(char out[SESSION_TOKEN_SIZE])
{
    uint8_t bytes[RANDOM_SIZE];
    if (RAND_bytes(bytes, RANDOM_SIZE) != 1) {
        return BEID_ERR_INTERNAL;
    }
    (void)EVP_EncodeBlock((unsigned char *)out, bytes, RANDOM_SIZE);
    beid_wipe(bytes, sizeof bytes);
    return BEID_OK;
}

enum beid_err
session_random_hex(char out[SESSION_TOKEN_SIZE])
{
    uint8_t bytes[HEX_BYTES];
    if (RAND_bytes(bytes, HEX_BYTES) != 1) {
        return BEID_ERR_INTERNAL;
    }
    pseudonym_hex(bytes, sizeof bytes, out);
    return BEID_OK;
}

/* An empty id takes the cookie away. */
static void
cookie_set(struct visit *visit, const char *id)
{
    /* In a frame it is another one for each site around the frame. */
    const char *same_site =
        visit->framed && visit->site->secure ? "None; Partitioned" : "Lax";
    (void)snprintf(visit->reply->cookies[0], HTTP_COOKIE_MAX,
                   "%s=%s; Path=/; HttpOnly; SameSite=%s%s%s",
                   cookie_name(visit), id, same_site,
                   visit->site->secure ? "; Secure" : "",
                   id[0] == '\0' ? "; Max-Age=0" : "");
}

enum beid_err
session_begin(struct visit *visit)
{
    char id[SESSION_TOKEN_SIZE];
    uint8_t key[SESSION_KEY_SIZE];
    struct session before;
    enum beid_err err = session_random(id);
    if (err == BEID_OK) {
        err = session_random_hex(visit->session.csrf);
    }
    if (err == BEID_OK) {
        err = key_of(visit, id, key);
    }
    if (err == BEID_OK && visit->has_session) {
        /* Who logged out meanwhile, in another tab, stays logged out. */
        err = store_take(visit->site->store, visit->key, visit->now, &before);
        beid_wipe(&before, sizeof before);
    }
    if (err == BEID_OK) {
        visit->has_session = false;
        err =
            store_create(visit->site->store, key, &visit->session, visit->now);
    }
    if (err == BEID_OK) {
        memcpy(visit->key, key, sizeof key);
        visit->has_session = true;
        cookie_set(visit, id);
    }
    beid_wipe(id, sizeof id);
    return err;
}

enum beid_err
session_open(struct visit *visit)
{
    if (visit->has_session) {
        return BEID_OK;
    }
    visit->session =
        (struct session){.expires = visit->now + SESSION_OPEN_SECONDS};
    return session_begin(visit);
}

enum beid_err
session_raise(struct visit *visit, const struct holder *holder,
              time_t verified_at)
{
    struct session *session = &visit->session;
    *session = (struct session){.known = true,
                                .verified_at = verified_at,
                                .expires = visit->now + SESSION_KNOWN_SECONDS};
    memcpy(session->subject, holder->subject, sizeof session->subject);
    memcpy(session->certificate, holder->certificate,
           sizeof session->certificate);
    memcpy(session->given_names, holder->given_names,
           sizeof session->given_names);
    memcpy(session->surname, holder->surname, sizeof session->surname);
    enum beid_err err = session_begin(visit);
    if (err != BEID_OK) {
        /* Nobody's page then: this person has no session yet. */
        visit->has_session = false;
        *session = (struct session){.known = false};
    }
    return err;
}

bool
session_high(const struct visit *visit)
{
    time_t at = visit->session.verified_at;
    return visit->has_session && visit->session.known && at != 0
           && visit->now >= at
           && visit->now - at < (time_t)visit->site->max_age;
}

enum beid_err
session_end(struct visit *visit)
{
    if (visit->has_session) {
        enum beid_err err = store_remove(visit->site->store, visit->key);
        if (err != BEID_OK) {
            return err;
        }
        visit->has_session = false;
    }
    cookie_set(visit, "");
    return BEID_OK;
}

bool
session_csrf(const struct visit *visit, const char *token)
{
    return token != NULL && visit->has_session
           && beid_secret_equal(beid_span_str(token),
                                beid_span_str(visit->session.csrf));
}
