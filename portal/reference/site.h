/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SITE_H
#define BEID_PORTAL_SITE_H

#include "http.h"
#include "page.h"
#include "people.h"
#include "pseudonym.h"
#include "request.h"
#include "store.h"

#include <beid/verify.h>

#include <stdbool.h>

#define LANGUAGES 4U
#define ASSETS 10U

/* The pages of the web folder that are templates. */
enum page_id {
    PAGE_LAYOUT,
    PAGE_INDEX,
    PAGE_LOGIN,
    PAGE_PROFILE,
    PAGE_STEP_UP,
    PAGE_MESSAGES,
    PAGE_FAMILY,
    PAGE_HOME,
    PAGE_WORK,
    PAGE_BENEFITS,
    PAGE_SCHOOL,
    PAGE_PAPERS,
    PAGE_CONTACT,
    PAGE_ERROR,
    PAGES
};

/* Who judges: what a login needs is not what a step-up needs. */
enum verifier {
    VERIFY_LOGIN,
    VERIFY_STEP_UP, /* statements as well */
    VERIFIERS
};

/* When the issuer is asked about revocation; see --help. */
enum revocation {
    REVOCATION_LOGIN,
    REVOCATION_REQUIRED,
    REVOCATION_STEP_UP,
    REVOCATION_OFF,
    REVOCATIONS
};

/* Everything the portal works with; read-only after site_load(). */
struct site {
    const char *origin; /* https://host[:port] */
    bool secure; /* https: cookies are Secure */
    unsigned nonce_lifetime; /* seconds */
    unsigned max_age; /* seconds that a card counts for the high level */
    int audit_fd; /* or -1 */
    uint8_t pseudonym_key[PSEUDONYM_KEY_SIZE];
    struct request_key *request_key; /* NULL: no step-up */
    struct people people;
    struct store *store;
    enum revocation revocation;
    struct beid_verify *verifiers[VERIFIERS];
    struct beid_buf pages[PAGES];
    struct beid_buf assets[ASSETS];
    struct texts texts[LANGUAGES];
};

struct section;

/*
 * One request on its way through the site, with the session it belongs to.
 * Made by site_handle(), valid for that call.
 */
struct visit {
    struct site *site;
    const struct http_request *request;
    struct http_reply *reply;
    time_t now;
    size_t language;
    bool store_away; /* nobody knows whose session it is */
    bool has_session;
    uint8_t key[SESSION_KEY_SIZE];
    struct session session;
    const struct section *section; /* that is shown, or NULL */
};

extern const char *const site_languages[LANGUAGES];

/* Renders a page inside the layout. */
void site_show(struct visit *visit, enum page_id page, unsigned status);

/* The headers that every reply carries. */
extern const struct http_field site_fields[];

/*
 * Reads templates, texts and assets of the web folder and the SDK's folder.
 * Says in *missing which file was the trouble.
 */
enum beid_err site_load(struct site *site, const char *www, const char *sdk,
                        const char **missing) BEID_NODISCARD;
void site_clear(struct site *site);

/* The handler for http_start(); user is the site. */
http_handler site_handle;

#endif
