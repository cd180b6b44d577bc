/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "citizen.h"
#include "section.h"
#include "session.h"
#include "site.h"
#include "sso.h"
#include "typed.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>

/* What an administration knows; "p_" stands before it in templates. */
static const char *const person_fields[] = {
    "p_call_name", "p_birth",     "p_card_number", "p_family",  "p_descent",
    "p_address",   "p_property",  "p_cadastral",   "p_epc",     "p_epc_mean",
    "p_work",      "p_allowance", "p_tax",         "p_school",  "p_diploma",
    "p_phone",     "p_email",     "p_townhall",    "p_message", "p_task",
    "p_ebox"};

#define PERSON_FIELDS (sizeof person_fields / sizeof person_fields[0])
#define OWN_VALUES 48U

static const char *
when(bool yes)
{
    return yes ? "yes" : "";
}

/* What single sign-on shows. */
static void
fill_sso(const struct visit *visit, struct text values[OWN_VALUES],
         size_t *count)
{
    const struct site *site = visit->site;
    bool town = site->portal != NULL;
    values[(*count)++] = (struct text){"portal", town ? site->portal : ""};
    /* See login_take() of town.c. */
    values[(*count)++] = (struct text){
        "ticket", town && visit->has_session ? visit->session.certificate : ""};
    values[(*count)++] =
        (struct text){"client", visit->client == NULL ? "" : visit->client};
    values[(*count)++] =
        (struct text){"other_person", when(visit->other_person)};
    values[(*count)++] =
        (struct text){"lang_chosen", site_language_chosen(visit)};
}

static enum page_id
layout_of(const struct visit *visit)
{
    if (visit->framed) {
        return PAGE_FRAME;
    }
    return visit->site->portal != NULL ? PAGE_TOWN : PAGE_LAYOUT;
}

/* Where a login goes on to: a section, or what a municipality asked; or "". */
const char *
site_next(const char *next)
{
    return section_to(next) != NULL || sso_next(next) ? next : "";
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

/* Where this page is had again, in another language: not what was posted. */
static const char *
path_of(const struct visit *visit, enum page_id page)
{
    bool elsewhere = page == PAGE_ERROR || page == PAGE_FRAME_CLOSED
                     || page == PAGE_LOGOUT_FAILED;
    return elsewhere ? "/" : visit->request->path;
}

/* The same with what goes along, and that by itself. */
static void
fill_place(const struct visit *visit, enum page_id page,
           char place[SECTION_PLACE_SIZE], struct text values[OWN_VALUES],
           size_t *count)
{
    section_place(visit, place);
    const char *query = strchr(place, '?');
    values[(*count)++] =
        (struct text){"here", place[0] == '\0' ? path_of(visit, page) : place};
    values[(*count)++] = (struct text){"along", query == NULL ? "" : query + 1};
}

/* What forms begin with: what was typed before, or what is known. */
static void
fill_typed(const struct visit *visit, struct text values[OWN_VALUES],
           size_t *count)
{
    static const char *const keys[] = {"t_call_name", "t_phone", "t_email",
                                       "t_right"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        values[(*count)++] =
            (struct text){keys[i], typed_field(visit, keys[i] + 2)};
    }
}

/* The word of login.js for what this page begins, or "". */
static const char *
ceremony_of(enum page_id page)
{
    switch ((int)page) {
    case PAGE_LOGIN:
        return "login";
    case PAGE_STEP_UP:
        return "step-up";
    case PAGE_SIGN:
        return "statement";
    default:
        return "";
    }
}

/* The key of what a page without a section is called, or NULL. */
static const char *
own_title(enum page_id page, unsigned status)
{
    switch ((int)page) {
    case PAGE_LOGIN:
        return "login_title";
    case PAGE_PROFILE:
        return "profile_title";
    case PAGE_SIGN:
        return "sign_title";
    case PAGE_FEEDBACK:
        return "feedback_title";
    case PAGE_LOGOUT:
        return "logout_title";
    case PAGE_LOGOUT_FAILED:
        return "logout_failed";
    case PAGE_FRAME_CLOSED:
        return "frame_closed";
    case PAGE_TOWN_SERVICE:
        return "town_service";
    case PAGE_TOWN_FAILED:
        return "town_failed";
    case PAGE_ERROR:
        if (status == 404) {
            return "error_not_found";
        }
        return status == 403 ? "error_expired" : "error_other";
    default:
        return NULL;
    }
}

/* The page itself, and what pages share. */
static void
fill_parts(const struct site *site, enum page_id page,
           struct part parts[PARTS + 2])
{
    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = (struct part){site_parts[i], beid_buf_span(&site->pages[i])};
    }
    parts[PARTS] = (struct part){"page", beid_buf_span(&site->pages[page])};
    parts[PARTS + 1] = (struct part){.key = NULL};
}

/* The text of a key, or "" for none. */
static const char *
title_of(const struct visit *visit, const char *key)
{
    return key == NULL ? ""
                       : texts_find(&visit->site->texts[visit->language], key);
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
    char verified_at[DATE_SIZE];
    char today[DATE_SIZE];
    char max_age[16];
    char place[SECTION_PLACE_SIZE];
    const struct session *session = &visit->session;
    bool known = visit->has_session && session->known;
    const struct section *section = visit->section;
    const char *next = http_request_query(visit->request, "next");
    const struct person *person =
        known ? people_by_subject(&visit->site->people, session->subject)
              : NULL;
    date_text(known ? session->verified_at : 0, verified_at);
    (void)snprintf(max_age, sizeof max_age, "%u",
                   (visit->site->max_age + 59) / 60);
    date_text(visit->now, today);
    const char *title =
        title_of(visit, section == NULL ? NULL : section->title);
    const char *page_title = section == NULL || page == PAGE_ERROR
                                 ? title_of(visit, own_title(page, status))
                                 : title;
    struct list lists[CITIZEN_LISTS + 1] = {{.key = NULL}};
    struct text values[OWN_VALUES + PERSON_FIELDS + CITIZEN_VALUES + 1] = {
        {"lang", site_languages[visit->language]},
        {"path", path_of(visit, page)},
        {"in", when(known)},
        {"high", when(session_high(visit))},
        {"csrf", visit->has_session ? session->csrf : ""},
        {"given_names", known ? session->given_names : ""},
        {"surname", known ? session->surname : ""},
        {"verified_at", verified_at},
        {"max_age", max_age},
        {"section_title", title},
        {"page_title", page_title},
        {"next", site_next(next)},
        {"on_index", when(page == PAGE_INDEX)},
        {"on_login", when(page == PAGE_LOGIN)},
        {"on_step_up", when(page == PAGE_STEP_UP)},
        {"on_sign", when(page == PAGE_SIGN)},
        {"ceremony", ceremony_of(page)},
        {"framed", when(visit->framed)},
        {"words", visit->words},
        {"wish_title", title_of(visit, visit->wish_title)},
        {"wish_path", visit->wish_path},
        {"wish_again", when(visit->wish_again)},
        {"today", today},
        {"checked_login", when(checks_logins(visit->site))},
        {"checked_step_up",
         when(visit->site->revocation == REVOCATION_STEP_UP)},
        {"checked_never", when(visit->site->revocation == REVOCATION_OFF)},
        {"audited", when(visit->site->audit_fd >= 0)},
        {"known_person", when(person != NULL)},
        {"not_found", when(status == 404)},
        {"expired", when(status == 403)},
        {"failed", when(status != 403 && status != 404)}};
    size_t count = 31;
    fill_place(visit, page, place, values, &count);
    fill_typed(visit, values, &count);
    fill_people(visit, page, values, &count);
    fill_sso(visit, values, &count);
    for (size_t i = 0; i < PERSON_FIELDS; i++) {
        values[count++] = (struct text){
            person_fields[i], citizen_field(visit, person_fields[i] + 2)};
    }
    citizen_fill(visit, values, &count, lists);
    struct part parts[PARTS + 2];
    fill_parts(visit->site, page, parts);
    const struct filling filling = {
        values, lists, &visit->site->texts[visit->language], parts};
    visit->reply->status = status;
    visit->reply->type = "text/html; charset=utf-8";
    enum page_id outer = page == PAGE_PAPER_FILE ? page : layout_of(visit);
    if (page_render(beid_buf_span(&visit->site->pages[outer]), &filling,
                    &visit->reply->body)
        != BEID_OK) {
        BEID_LOG_ERROR("a page template has an unknown key");
        beid_buf_reset(&visit->reply->body);
        visit->reply->status = 500;
    }
}
