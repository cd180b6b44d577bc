/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "section.h"

#include "answer.h"
#include "audit.h"
#include "citizen.h"
#include "session.h"
#include "typed.h"

#include <stdio.h>
#include <string.h>

static const struct section sections[] = {
    {"/meldingen", "messages_title", PAGE_MESSAGES, false},
    {"/gezin", "family_title", PAGE_FAMILY, true},
    {"/woonst", "home_title", PAGE_HOME, false},
    {"/werk", "work_title", PAGE_WORK, false},
    {"/voordelen", "benefits_title", PAGE_BENEFITS, true},
    {"/onderwijs", "school_title", PAGE_SCHOOL, false},
    {"/attesten", "papers_title", PAGE_PAPERS, true},
    {"/contact", "contact_title", PAGE_CONTACT, false},
    {"/terugmelding", "report_title", PAGE_REPORT, true},
    {"/verklaringen", "statements_title", PAGE_STATEMENTS, true},
};

const struct section *
section_find(const char *path)
{
    for (size_t i = 0; path != NULL && i < sizeof sections / sizeof sections[0];
         i++) {
        if (strcmp(sections[i].path, path) == 0) {
            return &sections[i];
        }
    }
    return NULL;
}

static bool
is_form(const struct section *section)
{
    return section->page == PAGE_REPORT || section->page == PAGE_CONTACT;
}

/* What is wrong with a form, in the words with which wish.c comes back to it. */
static const struct {
    enum page_id page;
    const char *word;
} wrongs[] = {
    {PAGE_CONTACT, "name"},  {PAGE_CONTACT, "reach"}, {PAGE_CONTACT, "phone"},
    {PAGE_CONTACT, "email"}, {PAGE_CONTACT, "full"},  {PAGE_REPORT, "field"},
    {PAGE_REPORT, "right"},  {PAGE_REPORT, "full"},   {PAGE_REPORT, "changed"},
};

static bool
wrong_known(const struct section *section, const char *word)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        if (wrongs[i].page == section->page
            && strcmp(wrongs[i].word, word) == 0) {
            return true;
        }
    }
    return false;
}

/* Does this go along with the section's path? */
static bool
goes_along(const struct section *section, const char *query)
{
    static const char about[] = "about=";
    static const char wrong[] = "wrong=";
    if (strncmp(query, wrong, sizeof wrong - 1) == 0) {
        return wrong_known(section, query + sizeof wrong - 1);
    }
    if (section->page == PAGE_REPORT
        && strncmp(query, about, sizeof about - 1) == 0) {
        return citizen_fact(query + sizeof about - 1) != NULL;
    }
    return is_form(section) && strcmp(query, TYPED_QUERY) == 0;
}

const struct section *
section_to(const char *place)
{
    char path[SECTION_PLACE_SIZE];
    size_t len = place == NULL ? sizeof path : strlen(place);
    if (len >= sizeof path) {
        return NULL;
    }
    memcpy(path, place, len + 1);
    char *query = strchr(path, '?');
    if (query != NULL) {
        *query++ = '\0';
    }
    const struct section *section = section_find(path);
    bool known =
        section != NULL && (query == NULL || goes_along(section, query));
    return known ? section : NULL;
}

void
section_place(const struct visit *visit, char out[SECTION_PLACE_SIZE])
{
    const struct section *section = visit->section;
    const char *about = http_request_query(visit->request, "about");
    const char *wrong = http_request_query(visit->request, "wrong");
    const char *path = section == NULL ? "" : section->path;
    int len = -1;
    if (section != NULL && wrong != NULL && wrong_known(section, wrong)) {
        len = snprintf(out, SECTION_PLACE_SIZE, "%s?wrong=%s", path, wrong);
    } else if (section != NULL && is_form(section) && typed_wanted(visit)) {
        len = snprintf(out, SECTION_PLACE_SIZE, "%s?" TYPED_QUERY, path);
    } else if (section != NULL && about != NULL) {
        len = snprintf(out, SECTION_PLACE_SIZE, "%s?about=%s", path, about);
    }
    if (len < 0 || len >= (int)SECTION_PLACE_SIZE || section_to(out) == NULL) {
        (void)snprintf(out, SECTION_PLACE_SIZE, "%s", path);
    }
}

/* To the login, and from there to the section. */
static void
ask_login(struct visit *visit)
{
    char place[SECTION_PLACE_SIZE];
    char where[sizeof "/login?next=" + SECTION_PLACE_SIZE];
    section_place(visit, place);
    (void)snprintf(where, sizeof where, "/login?next=%s", place);
    answer_redirect(visit, where);
}

void
section_show(struct visit *visit, const struct section *section)
{
    struct http_reply *reply = visit->reply;
    visit->section = section;
    if (!visit->has_session || !visit->session.known) {
        ask_login(visit);
        return;
    }
    /* What is sensitive, or made of forms, has no place in a frame. */
    if (visit->framed && (section->high || section->page == PAGE_CONTACT)) {
        site_show(visit, PAGE_FRAME_FULL, 200);
        return;
    }
    if (section->high && !session_high(visit)) {
        (void)snprintf(
            reply->challenge, sizeof reply->challenge,
            "Bearer error=\"insufficient_user_authentication\", "
            "error_description=\"A more recent authentication is required\", "
            "acr_values=\"" ACR_CARD "\", max_age=\"%u\"",
            visit->site->max_age);
        site_show(visit, PAGE_STEP_UP, 401);
        return;
    }
    if (section->high) {
        audit_write(visit, "shown", section->path, "");
    }
    typed_find(visit, section->path);
    site_show(visit, section->page, 200);
    typed_clear(visit);
    if (section->page == PAGE_MESSAGES) {
        citizen_seen(visit);
    }
}
