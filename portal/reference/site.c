/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "answer.h"
#include "login.h"
#include "section.h"
#include "session.h"
#include "step_up.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>

/* threats.md and browsers: the page may call this origin and the agent. */
#define AGENT(port) " http://127.0.0.1:" port
#define AGENT_PORTS                                                            \
    AGENT("24880")                                                             \
    AGENT("24881")                                                             \
    AGENT("24882")                                                             \
    AGENT("24883")                                                             \
    AGENT("24884")                                                             \
    AGENT("24885")                                                             \
    AGENT("24886")                                                             \
    AGENT("24887")

const struct http_field site_fields[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
     "connect-src 'self'" AGENT_PORTS
     "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"Permissions-Policy",
     "loopback-network=(self), local-network-access=(self), camera=(), "
     "microphone=(), geolocation=(), payment=(), usb=()"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    /* "no-referrer" would turn the Origin of form posts into null. */
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {NULL, NULL}};

const char *const site_languages[LANGUAGES] = {"nl", "fr", "de", "en"};

static const char *const page_files[PAGES] = {
    [PAGE_LAYOUT] = "layout.html",   [PAGE_INDEX] = "index.html",
    [PAGE_LOGIN] = "login.html",     [PAGE_PROFILE] = "profile.html",
    [PAGE_STEP_UP] = "step_up.html", [PAGE_MESSAGES] = "messages.html",
    [PAGE_FAMILY] = "family.html",   [PAGE_HOME] = "home.html",
    [PAGE_WORK] = "work.html",       [PAGE_BENEFITS] = "benefits.html",
    [PAGE_SCHOOL] = "school.html",   [PAGE_PAPERS] = "papers.html",
    [PAGE_CONTACT] = "contact.html", [PAGE_ERROR] = "error.html"};

/* Files that are served as they are. */
static const struct {
    const char *path;
    const char *file;
    const char *type;
    bool sdk;
} asset_files[ASSETS] = {
    {"/style.css", "style.css", "text/css; charset=utf-8", false},
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
    size_t asked = language_index(http_request_query(visit->request, "lang"));
    const char *cookies = http_request_header(visit->request, "Cookie");
    const char *at = cookies == NULL ? NULL : strstr(cookies, "lang=");
    if (asked < LANGUAGES) {
        visit->language = asked;
        (void)snprintf(visit->reply->cookies[1], HTTP_COOKIE_MAX,
                       "lang=%s; Path=/; SameSite=Lax; Max-Age=31536000%s",
                       site_languages[asked],
                       visit->site->secure ? "; Secure" : "");
        return;
    }
    asked = at == NULL ? LANGUAGES : language_index(at + 5);
    visit->language = asked < LANGUAGES ? asked : 0;
}

/* What an administration knows; "p_" stands before it in templates. */
static const char *const person_fields[] = {
    "p_call_name", "p_birth",     "p_card_number", "p_family",  "p_descent",
    "p_address",   "p_property",  "p_cadastral",   "p_epc",     "p_epc_mean",
    "p_work",      "p_allowance", "p_tax",         "p_school",  "p_diploma",
    "p_phone",     "p_email",     "p_townhall",    "p_message", "p_task",
    "p_ebox"};

#define PERSON_FIELDS (sizeof person_fields / sizeof person_fields[0])
#define OWN_VALUES 27U

static void
time_text(time_t at, char out[32])
{
    struct tm parts;
    out[0] = '\0';
    if (at != 0 && gmtime_r(&at, &parts) != NULL) {
        (void)strftime(out, 32, "%Y-%m-%d %H:%M UTC", &parts);
    }
}

/* The people one may be without a card; their names only. */
static void
fill_people(const struct visit *visit, enum page_id page,
            struct text values[OWN_VALUES], size_t *count)
{
    static const char *const ids[] = {"other_1", "other_2", "other_3"};
    static const char *const names[] = {"other_1_name", "other_2_name",
                                        "other_3_name"};
    const struct people *people = &visit->site->people;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        bool there = page == PAGE_LOGIN && i < people->count;
        const struct person *person = there ? &people->items[i] : NULL;
        values[(*count)++] = (struct text){ids[i], there ? person->id : ""};
        values[(*count)++] =
            (struct text){names[i], people_field(people, person, "full_name")};
    }
}

static bool
checks_logins(const struct site *site)
{
    return site->revocation == REVOCATION_LOGIN
           || site->revocation == REVOCATION_REQUIRED;
}

void
site_show(struct visit *visit, enum page_id page, unsigned status)
{
    char verified_at[32];
    char max_age[16];
    const struct session *session = &visit->session;
    bool known = visit->has_session && session->known;
    const struct section *section = visit->section;
    const char *next = http_request_query(visit->request, "next");
    const struct section *wish = section_find(next);
    const struct person *person =
        known ? people_by_subject(&visit->site->people, session->subject)
              : NULL;
    time_text(known ? session->verified_at : 0, verified_at);
    (void)snprintf(max_age, sizeof max_age, "%u", visit->site->max_age / 60);
    const char *title =
        section == NULL
            ? ""
            : texts_find(&visit->site->texts[visit->language], section->title);
    struct text values[OWN_VALUES + PERSON_FIELDS + 1] = {
        {"lang", site_languages[visit->language]},
        {"path", page == PAGE_ERROR ? "/" : visit->request->path},
        {"in", known ? "yes" : ""},
        {"high", session_high(visit) ? "yes" : ""},
        {"csrf", visit->has_session ? session->csrf : ""},
        {"given_names", known ? session->given_names : ""},
        {"surname", known ? session->surname : ""},
        {"verified_at", verified_at},
        {"max_age", max_age},
        {"section_title", title},
        {"next", wish == NULL ? "" : wish->path},
        {"on_index", page == PAGE_INDEX ? "yes" : ""},
        {"on_login", page == PAGE_LOGIN ? "yes" : ""},
        {"on_profile", page == PAGE_PROFILE ? "yes" : ""},
        {"ceremony", page == PAGE_LOGIN || page == PAGE_STEP_UP ? "yes" : ""},
        {"checked_login", checks_logins(visit->site) ? "yes" : ""},
        {"checked_step_up",
         visit->site->revocation == REVOCATION_STEP_UP ? "yes" : ""},
        {"checked_never",
         visit->site->revocation == REVOCATION_OFF ? "yes" : ""},
        {"known_person", person != NULL ? "yes" : ""},
        {"not_found", status == 404 ? "yes" : ""}};
    size_t count = 20;
    fill_people(visit, page, values, &count);
    for (size_t i = 0; i < PERSON_FIELDS; i++) {
        values[count++] = (struct text){
            person_fields[i],
            people_field(&visit->site->people, person, person_fields[i] + 2)};
    }
    const struct filling filling = {values,
                                    &visit->site->texts[visit->language],
                                    beid_buf_span(&visit->site->pages[page])};
    visit->reply->status = status;
    visit->reply->type = "text/html; charset=utf-8";
    if (page_render(beid_buf_span(&visit->site->pages[PAGE_LAYOUT]), &filling,
                    &visit->reply->body)
        != BEID_OK) {
        BEID_LOG_ERROR("a page template has an unknown key");
        beid_buf_reset(&visit->reply->body);
        visit->reply->status = 500;
    }
}

/* The store is away: a script reads the word, a person the page. */
static void
site_unavailable(struct visit *visit)
{
    if (http_request_header(visit->request, "X-CSRF-Token") != NULL) {
        answer_error(visit, 503, "portal_unavailable");
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
    if (visit->has_session && visit->session.known) {
        answer_redirect(visit, "/profile");
        return;
    }
    if (!visit->has_session) {
        visit->session =
            (struct session){.expires = visit->now + SESSION_OPEN_SECONDS};
        if (session_begin(visit) != BEID_OK) {
            site_show(visit, PAGE_ERROR, 503);
            return;
        }
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

static const struct {
    const char *method;
    const char *path;
    void (*handler)(struct visit *visit);
} routes[] = {
    {"GET", "/", show_index},
    {"GET", "/login", show_login},
    {"POST", "/login/nonce", login_nonce},
    {"POST", "/login/token", login_token},
    {"POST", "/login/other", login_other},
    {"POST", "/step-up/request", step_up_request},
    {"POST", "/step-up/token", step_up_token},
    {"GET", "/profile", show_profile},
    {"POST", "/logout", login_end},
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

static void
route(struct visit *visit)
{
    const char *method = visit->request->method;
    bool known = false;
    if (strcmp(method, "HEAD") == 0) {
        method = "GET"; /* the server leaves the body out */
    }
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(visit->request->path, routes[i].path) != 0) {
            continue;
        }
        if (strcmp(method, routes[i].method) == 0) {
            routes[i].handler(visit);
            return;
        }
        known = true;
    }
    const struct section *section = section_find(visit->request->path);
    if (section != NULL && strcmp(method, "GET") == 0) {
        section_show(visit, section);
    } else if (known || section != NULL) {
        site_show(visit, PAGE_ERROR, 405);
    } else if (strcmp(method, "GET") != 0 || !serve_asset(visit)) {
        site_show(visit, PAGE_ERROR, 404);
    }
}

void
site_handle(void *user, const struct http_request *request,
            struct http_reply *reply)
{
    struct visit visit = {
        .site = user, .request = request, .reply = reply, .now = time(NULL)};
    language_choose(&visit);
    session_find(&visit);
    if (!visit.store_away) {
        route(&visit);
    } else if (strcmp(request->method, "GET") != 0 || !serve_asset(&visit)) {
        site_unavailable(&visit);
    }
}
