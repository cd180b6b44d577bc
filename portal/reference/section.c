/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "section.h"

#include "answer.h"
#include "audit.h"
#include "citizen.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

#define SECTION(path, title, page, high)                                       \
    {                                                                          \
        path, "/login?next=" path, title, page, high                           \
    }

static const struct section sections[] = {
    SECTION("/meldingen", "messages_title", PAGE_MESSAGES, false),
    SECTION("/gezin", "family_title", PAGE_FAMILY, true),
    SECTION("/woonst", "home_title", PAGE_HOME, false),
    SECTION("/werk", "work_title", PAGE_WORK, false),
    SECTION("/voordelen", "benefits_title", PAGE_BENEFITS, true),
    SECTION("/onderwijs", "school_title", PAGE_SCHOOL, false),
    SECTION("/attesten", "papers_title", PAGE_PAPERS, true),
    SECTION("/contact", "contact_title", PAGE_CONTACT, false),
    SECTION("/terugmelding", "report_title", PAGE_REPORT, true),
    SECTION("/verklaringen", "statements_title", PAGE_STATEMENTS, true),
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

void
section_show(struct visit *visit, const struct section *section)
{
    struct http_reply *reply = visit->reply;
    if (!visit->has_session || !visit->session.known) {
        answer_redirect(visit, section->login);
        return;
    }
    visit->section = section;
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
    site_show(visit, section->page, 200);
    if (section->page == PAGE_MESSAGES) {
        citizen_seen(visit);
    }
}
