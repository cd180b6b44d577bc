/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SITE_H
#define BEID_PORTAL_SITE_H

#include "archive.h"
#include "http.h"
#include "page.h"
#include "people.h"
#include "pseudonym.h"
#include "request.h"
#include "store.h"

#include <beid/verify.h>

#include <stdbool.h>

#define LANGUAGES 4U
#define ASSETS 12U

/* How many municipalities may send people here. */
#define TOWNS_MAX 8U

/* The pages of the web folder that are templates. */
enum page_id {
    PART_HEAD, /* taken in by several pages */
    PART_LANGUAGES,
    PART_HELP,
    PART_CEREMONY,
    PART_PAGES, /* to what is older and newer in a list */
    PARTS,
    PAGE_LAYOUT = PARTS,
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
    PAGE_REPORT,
    PAGE_STATEMENTS,
    PAGE_SIGN,
    PAGE_FEEDBACK,
    PAGE_PAPER_FILE, /* whole, not inside the layout */
    PAGE_PHOTO_1, /* pictures of the invented people */
    PAGE_PHOTO_2,
    PAGE_PHOTO_3,
    PAGE_ERROR,
    PAGE_LOGOUT,
    PAGE_LOGOUT_FAILED,
    PAGE_FRAME, /* the layout inside a municipality's page */
    PAGE_FRAME_FULL,
    PAGE_FRAME_CLOSED,
    PAGE_TOWN, /* the layout of a municipality's site */
    PAGE_TOWN_HOME,
    PAGE_TOWN_SERVICE,
    PAGE_TOWN_FAILED,
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

/* Which of the site's headers a reply carries; see policy.c. */
enum policy {
    POLICY_PAGE,
    POLICY_PANEL,
    POLICIES
};

/*
 * Everything the portal works with; read-only once it serves, because many
 * threads read it: what changes has locks of its own.
 */
struct site {
    const char *origin; /* https://host[:port] */
    /* Origins that may send people here to log in, and show the panel. */
    const char *towns[TOWNS_MAX];
    size_t town_count;
    /* Set when this is a municipality's site: who logs its people in. */
    const char *portal;
    const char *portal_ca; /* a file with the CA of its certificate, or NULL */
    bool secure; /* https: cookies are Secure */
    unsigned nonce_lifetime; /* seconds */
    unsigned max_age; /* seconds that a card counts for the high level */
    int audit_fd; /* or -1 */
    uint8_t pseudonym_key[PSEUDONYM_KEY_SIZE];
    struct request_key *request_key; /* NULL: no step-up */
    struct people people;
    struct store *store;
    struct archive *archive;
    struct beid_buf source_file;
    const char *source_key; /* in it; NULL: no source may ask */
    const char *names[LANGUAGES]; /* of this portal, at the agent */
    enum revocation revocation;
    struct beid_verify *verifiers[VERIFIERS];
    struct beid_buf pages[PAGES];
    struct beid_buf assets[ASSETS];
    struct texts texts[LANGUAGES];
    struct beid_buf csp[POLICIES];
    struct http_field fields[POLICIES][HTTP_FIELDS];
};

struct section;
struct citizen;

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
    bool language_chosen; /* by the visitor, here */
    bool store_away; /* nobody knows whose session it is */
    bool has_session;
    uint8_t key[SESSION_KEY_SIZE];
    struct session session;
    const struct section *section; /* that is shown, or NULL */
    bool framed; /* inside a municipality's page: the panel */
    const char *client; /* the municipality that a login is for, or NULL */
    bool other_person; /* somebody else is logged in at the portal */
    struct citizen *citizen; /* of the session, or NULL */
    const char *const *typed_names; /* of the fields typed, or NULL */
    struct entry typed; /* what was typed, see typed.h */
    const char *words; /* that are to be signed, or NULL */
    const char *wish_title; /* key of what they are about */
    const char *wish_path; /* where they can be changed */
    bool wish_again; /* a report about the same waits for its answer */
};

/* What answers a method on a path; tables end with NULL. */
struct route {
    const char *method;
    const char *path;
    void (*handler)(struct visit *visit);
};

extern const char *const site_languages[LANGUAGES];

/* What the visitor chose here, or "": it goes along to the portal. */
const char *site_language_chosen(const struct visit *visit);

/* What the parts are called in pages. */
extern const char *const site_parts[PARTS];

/* Renders a page inside the layout; PAGE_PAPER_FILE comes by itself. */
void site_show(struct visit *visit, enum page_id page, unsigned status);

/* Where a login may go on to, of what was asked (may be NULL), or "". */
const char *site_next(const char *next);

/*
 * Reads templates, texts and assets of the web folder and the SDK's folder.
 * Says in *missing which file was the trouble.
 */
enum beid_err site_load(struct site *site, const char *www, const char *sdk,
                        const char **missing) BEID_NODISCARD;
void site_clear(struct site *site);

/* Finds session and language and lets one of the routes answer. */
void site_visit(struct visit *visit, const struct route *table);

/* The handler for http_start(); user is the site. */
http_handler site_handle;

#endif
