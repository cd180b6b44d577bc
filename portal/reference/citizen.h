/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_CITIZEN_H
#define BEID_PORTAL_CITIZEN_H

#include "archive.h"
#include "site.h"
#include "wish.h"

/* So much of a list stands on one page. */
#define LIST_PAGE 20U
#define CORRECTIONS_MAX 16U
/* So many reports without an answer may somebody have. */
#define WAITING_MAX 20U
#define NOTICE_SECONDS ((time_t)366 * 86400)

/* A notice's fields. */
enum {
    NOTICE_TITLE, /* key of its text */
    NOTICE_ABOUT, /* field, or empty */
    NOTICE_VALUE, /* what it is now, or empty */
    NOTICE_FIELDS
};

/* The fields of a kept statement. */
enum {
    STATEMENT_KIND,
    STATEMENT_LANGUAGE,
    STATEMENT_TEXT,
    STATEMENT_SIGNATURE, /* base64 of the CMS */
    STATEMENT_REQUEST,
    STATEMENT_FIELDS
};

/* What an administration knows, and a citizen can say to be wrong. */
struct fact {
    const char *field; /* in the people file */
    const char *title; /* key of its title */
};

/* The fact of this name, or NULL. */
const struct fact *citizen_fact(const char *field);

/*
 * Everything about the citizen of this session that pages show: what the
 * people file knows, what was signed and what was corrected since, and what
 * there is to read and to do.
 */
struct citizen;

/* Reads it once per request; NULL in visit->citizen when nobody logged in. */
void citizen_load(struct visit *visit);
void citizen_free(struct citizen **citizen);

/* What is true of a field now; "" when nothing is known. */
const char *citizen_field(const struct visit *visit, const char *field);

/*
 * Does what was signed, and may do it again. values are the wish's, id is the
 * statement's.
 */
enum beid_err citizen_follow(struct visit *visit, enum wish_id wish,
                             const char *const *values,
                             const char *id) BEID_NODISCARD;

/*
 * Is there room for one more statement of this kind? Asked before anybody
 * signs: BEID_ERR_LIMIT when the citizen has as many as the portal keeps, or
 * as many reports that wait for an answer.
 */
enum beid_err citizen_room(const struct visit *visit,
                           enum wish_id wish) BEID_NODISCARD;

/*
 * Leaves a passive message for somebody, under the id of what it is about: the
 * same message comes once. title is the key of a text, about the name of a fact
 * or "".
 */
struct message {
    const char *subject;
    const char *id;
    const char *title;
    const char *about;
    const char *value;
};
enum beid_err citizen_tell(struct visit *visit,
                           const struct message *message) BEID_NODISCARD;

/* The report of this id, of this person, has its answer. */
enum beid_err citizen_answered(struct visit *visit, const char *subject,
                               const char *id) BEID_NODISCARD;

/*
 * Does a report about this fact wait for its answer? Only the pages about reports
 * know.
 */
bool citizen_waits(const struct visit *visit, const char *field);

/* What was shown in the messages is no longer new. */
void citizen_seen(struct visit *visit);

#define CITIZEN_VALUES 26U
#define CITIZEN_LISTS 4U

/*
 * Adds what templates show of a citizen, and the lists; all are there, empty,
 * when nobody is known. Borrowed from the visit.
 */
void citizen_fill(const struct visit *visit, struct text *values, size_t *count,
                  struct list lists[CITIZEN_LISTS]);

#endif
