/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "answer.h"
#include "audit.h"
#include "citizen.h"
#include "feedback.h"
#include "login.h"
#include "section.h"
#include "session.h"
#include "source.h"
#include "sso.h"
#include "statement.h"
#include "step_up.h"
#include "wish.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>

const char *const site_languages[LANGUAGES] = {"nl", "fr", "de", "en"};

const char *const site_parts[PARTS] = {[PART_HEAD] = "head",
                                       [PART_LANGUAGES] = "languages",
                                       [PART_HELP] = "help",
                                       [PART_CEREMONY] = "ceremony",
                                       [PART_PAGES] = "pages"};

static const char *const page_files[PAGES] = {
    [PART_HEAD] = "part_head.html",
    [PART_LANGUAGES] = "part_languages.html",
    [PART_HELP] = "part_help.html",
    [PART_CEREMONY] = "part_ceremony.html",
    [PART_PAGES] = "part_pages.html",
    [PAGE_LAYOUT] = "layout.html",
    [PAGE_INDEX] = "index.html",
    [PAGE_LOGIN] = "login.html",
    [PAGE_PROFILE] = "profile.html",
    [PAGE_STEP_UP] = "step_up.html",
    [PAGE_MESSAGES] = "messages.html",
    [PAGE_FAMILY] = "family.html",
    [PAGE_HOME] = "home.html",
    [PAGE_WORK] = "work.html",
    [PAGE_BENEFITS] = "benefits.html",
    [PAGE_SCHOOL] = "school.html",
    [PAGE_PAPERS] = "papers.html",
    [PAGE_CONTACT] = "contact.html",
    [PAGE_ERROR] = "error.html",
    [PAGE_LOGOUT] = "logout.html",
    [PAGE_LOGOUT_FAILED] = "logout_failed.html",
    [PAGE_REPORT] = "report.html",
    [PAGE_STATEMENTS] = "statements.html",
    [PAGE_SIGN] = "sign.html",
    [PAGE_FEEDBACK] = "feedback.html",
    [PAGE_PAPER_FILE] = "paper_file.html",
    [PAGE_PHOTO_1] = "photo-1.svg",
    [PAGE_PHOTO_2] = "photo-2.svg",
    [PAGE_PHOTO_3] = "photo-3.svg",
    [PAGE_FRAME] = "frame.html",
    [PAGE_FRAME_FULL] = "frame_full.html",
    [PAGE_FRAME_CLOSED] = "frame_closed.html",
    [PAGE_TOWN] = "town.html",
    [PAGE_TOWN_HOME] = "town_home.html",
    [PAGE_TOWN_SERVICE] = "town_service.html",
    [PAGE_TOWN_FAILED] = "town_failed.html"};

/* Files that are served as they are. */
static const struct {
    const char *path;
    const char *file;
    const char *type;
    bool sdk;
} asset_files[ASSETS] = {
    {"/style.css", "style.css", "text/css; charset=utf-8", false},
    {"/town.css", "town.css", "text/css; charset=utf-8", false},
    {"/town.js", "town.js", "text/javascript; charset=utf-8", false},
    {"/login.js", "login.js", "text/javascript; charset=utf-8", false},
    {"/site.js", "site.js", "text/javascript; charset=utf-8", false},
    {"/favicon.svg", "favicon.svg", "image/svg+xml", false},
    {"/sdk/beid-agent.js", "beid-agent.js", "text/javascript; charset=utf-8",
     true},
    {"/sdk/agent.js", "agent.js", "text/javascript; charset=utf-8", true},
    {"/sdk/errors.js", "errors.js", "text/javascript; charset=utf-8", true},
    {"/sdk/events.js", "events.js", "text/javascript; charset=utf-8", true},
    {"/sdk/permission.js", "permission.js", "text/javascript; charset=utf-8",
     true},
    {"/sdk/reference.js", "reference.js", "text/javascript; charset=utf-8",
     true}};

enum beid_err
site_load(struct site *site, const char *www, const char *sdk,
          const char **missing)
{
    enum beid_err err = BEID_OK;
    for (size_t i = 0; err == BEID_OK && i < PAGES; i++) {
        *missing = page_files[i];
        err = file_load(www, page_files[i], &site->pages[i]);
    }
    for (size_t i = 0; err == BEID_OK && i < ASSETS; i++) {
        *missing = asset_files[i].file;
        err = file_load(asset_files[i].sdk ? sdk : www, asset_files[i].file,
                        &site->assets[i]);
    }
    for (size_t i = 0; err == BEID_OK && i < LANGUAGES; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "text/%s.txt", site_languages[i]);
        *missing = site_languages[i];
        err = texts_load(www, name, &site->texts[i]);
    }
    return err;
}

void
site_clear(struct site *site)
{
    for (size_t i = 0; i < PAGES; i++) {
        beid_buf_clear(&site->pages[i]);
    }
    for (size_t i = 0; i < ASSETS; i++) {
        beid_buf_clear(&site->assets[i]);
    }
    for (size_t i = 0; i < LANGUAGES; i++) {
        texts_clear(&site->texts[i]);
    }
    for (size_t i = 0; i < POLICIES; i++) {
        beid_buf_clear(&site->csp[i]);
    }
}

/* The index of a language, or LANGUAGES when we do not speak it. */
static size_t
language_index(const char *name)
{
    size_t i = 0;
    while (i < LANGUAGES
           && (name == NULL || strncmp(name, site_languages[i], 2) != 0)) {
        i++;
    }
    return i;
}

/* ?lang= decides and is remembered; else the cookie; else Dutch. */
static void
language_choose(struct visit *visit)
{
    const char *attributes = visit->site->secure ? "; Secure" : "";
    size_t asked = language_index(http_request_query(visit->request, "lang"));
    if (asked < LANGUAGES) {
        visit->language = asked;
        visit->language_chosen = true;
        (void)snprintf(
            visit->reply->cookies[1], HTTP_COOKIE_MAX,
            "lang=%s; Path=/; SameSite=%s; Max-Age=31536000%s",
            site_languages[asked],
            visit->framed && visit->site->secure ? "None; Partitioned" : "Lax",
            attributes);
        return;
    }
    asked = language_index(http_request_cookie(visit->request, "lang"));
    visit->language_chosen = asked < LANGUAGES;
    visit->language = visit->language_chosen ? asked : 0;
}

const char *
site_language_chosen(const struct visit *visit)
{
    return visit->language_chosen ? site_languages[visit->language] : "";
}

/* The store is away: a script reads the word, a person the page. */
static void
site_unavailable(struct visit *visit)
{
    if (http_request_header(visit->request, "X-CSRF-Token") != NULL) {
        answer_error(visit, 503, "portal_unavailable");
    } else if (strcmp(visit->request->path, "/logout") == 0
               && strcmp(visit->request->method, "POST") == 0) {
        site_show(visit, PAGE_LOGOUT_FAILED, 503);
    } else {
        site_show(visit, PAGE_ERROR, 503);
    }
}

static void
show_index(struct visit *visit)
{
    site_show(visit, PAGE_INDEX, 200);
}

static void
show_login(struct visit *visit)
{
    const char *next = site_next(http_request_query(visit->request, "next"));
    if (visit->has_session && visit->session.known) {
        answer_redirect(visit, next[0] == '\0' ? "/profile" : next);
        return;
    }
    sso_client(visit, next);
    if (session_open(visit) != BEID_OK) {
        site_show(visit, PAGE_ERROR, 503);
        return;
    }
    site_show(visit, PAGE_LOGIN, 200);
}

static void
show_profile(struct visit *visit)
{
    if (visit->has_session && visit->session.known) {
        site_show(visit, PAGE_PROFILE, 200);
    } else {
        answer_redirect(visit, "/login");
    }
}

/* A picture of an invented person. */
static void
show_photo(struct visit *visit)
{
    const char *which = citizen_field(visit, "photo");
    struct beid_buf *pages = visit->site->pages;
    if (which[0] < '1' || which[0] > '3') {
        site_show(visit, PAGE_ERROR, 404);
        return;
    }
    visit->reply->status = 200;
    visit->reply->type = "image/svg+xml";
    beid_buf_put(&visit->reply->body,
                 beid_buf_span(&pages[PAGE_PHOTO_1 + (which[0] - '1')]));
}

/* The certificate as a file; the section asks for the card. */
static void
show_paper(struct visit *visit)
{
    if (!session_high(visit)) {
        answer_redirect(visit, "/attesten");
        return;
    }
    (void)snprintf(visit->reply->disposition, HTTP_DISPOSITION_MAX,
                   "attachment; filename=\"gezinssamenstelling.html\"");
    audit_write(visit, "downloaded", "/attesten", "");
    site_show(visit, PAGE_PAPER_FILE, 200);
}

static const struct route routes[] = {
    {"GET", "/", show_index},
    {"GET", "/login", show_login},
    {"POST", "/login/nonce", login_nonce},
    {"POST", "/login/token", login_token},
    {"POST", "/login/other", login_other},
    {"POST", "/step-up/request", step_up_request},
    {"POST", "/step-up/token", step_up_token},
    {"GET", "/panel", sso_panel},
    {"GET", "/sso", sso_start},
    {"POST", "/sso/redeem", sso_redeem},
    {"GET", "/profile", show_profile},
    {"GET", "/logout", sso_logout},
    {"POST", "/logout", login_end},
    {"GET", "/ondertekenen", wish_show},
    {"POST", "/contact", wish_post_contact},
    {"POST", "/terugmelding", wish_post_report},
    {"POST", "/ebox", wish_post_ebox},
    {"POST", "/statement/request", statement_request},
    {"POST", "/statement/answer", statement_answer},
    {"GET", "/contact/foto", show_photo},
    {"GET", "/attesten/gezinssamenstelling", show_paper},
    {"GET", "/feedback", feedback_show},
    {"POST", "/feedback", feedback_post},
    {"GET", "/source/reports", source_reports},
    {"POST", "/source/correction", source_correction},
    {NULL, NULL, NULL},
};

/* What a frame of a municipality's page may have, sections besides. */
static const struct route frame_routes[] = {
    {"GET", "/panel", sso_panel},
    {"GET", "/profile", show_profile},
    {NULL, NULL, NULL},
};

/* A file of the web folder, if the path is one. */
static bool
serve_asset(struct visit *visit)
{
    for (size_t i = 0; i < ASSETS; i++) {
        if (strcmp(visit->request->path, asset_files[i].path) == 0) {
            visit->reply->status = 200;
            visit->reply->type = asset_files[i].type;
            visit->reply->cache = "no-cache";
            beid_buf_put(&visit->reply->body,
                         beid_buf_span(&visit->site->assets[i]));
            return true;
        }
    }
    return false;
}

static const struct route *
route_find(const struct route *routes_of_site, const char *path,
           const char *method)
{
    for (const struct route *at = routes_of_site; at->path != NULL; at++) {
        if (strcmp(path, at->path) == 0
            && (method == NULL || strcmp(method, at->method) == 0)) {
            return at;
        }
    }
    return NULL;
}

/* Takes the first table with the path; sections belong to the portal alone. */
static void
route(struct visit *visit, const struct route *table)
{
    const char *method = visit->request->method;
    const char *path = visit->request->path;
    if (strcmp(method, "HEAD") == 0) {
        method = "GET"; /* the server leaves the body out */
    }
    bool get = strcmp(method, "GET") == 0;
    const struct route *found = route_find(table, path, method);
    const struct section *section =
        visit->site->portal == NULL ? section_find(path) : NULL;
    if (found != NULL) {
        found->handler(visit);
    } else if (section != NULL && get) {
        section_show(visit, section);
    } else if (section != NULL || route_find(table, path, NULL) != NULL) {
        site_show(visit, PAGE_ERROR, 405);
    } else if (!get || (!serve_asset(visit) && !statement_download(visit))) {
        site_show(visit, PAGE_ERROR, 404);
    }
}

/* A frame shows the panel of the session that it has, or nothing. */
static void
route_frame(struct visit *visit)
{
    const char *path = visit->request->path;
    bool panel = strcmp(path, "/panel") == 0;
    bool mine = visit->has_session && visit->session.known
                && (section_find(path) != NULL
                    || route_find(frame_routes, path, NULL) != NULL);
    visit->reply->policy = POLICY_PANEL;
    if (strcmp(visit->request->method, "GET") == 0 && (panel || mine)) {
        citizen_load(visit);
        route(visit, frame_routes);
        citizen_free(&visit->citizen);
    } else {
        site_show(visit, PAGE_FRAME_CLOSED, 403);
    }
}

/* Is the page to be shown inside another one? Browsers say so. */
static bool
is_framed(const struct visit *visit)
{
    const char *where = http_request_header(visit->request, "Sec-Fetch-Dest");
    return visit->site->town_count > 0 && where != NULL
           && strcmp(where, "iframe") == 0;
}

void
site_visit(struct visit *visit, const struct route *table)
{
    visit->framed = is_framed(visit);
    language_choose(visit);
    session_find(visit);
    if (visit->store_away) {
        if (strcmp(visit->request->method, "GET") != 0 || !serve_asset(visit)) {
            site_unavailable(visit);
        }
    } else if (visit->framed) {
        route_frame(visit);
    } else {
        citizen_load(visit);
        route(visit, table);
        citizen_free(&visit->citizen);
    }
}

void
site_handle(void *user, const struct http_request *request,
            struct http_reply *reply)
{
    struct visit visit = {
        .site = user, .request = request, .reply = reply, .now = time(NULL)};
    site_visit(&visit, routes);
}
