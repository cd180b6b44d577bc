/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_WISH_H
#define BEID_PORTAL_WISH_H

#include "site.h"

/* How long a wish waits for its signature, in seconds. */
#define WISH_SECONDS 1800

#define WISH_VALUES 4U
#define WISH_VALUE_SIZE 801U
/* The agent shows no more characters than this; bytes are never fewer. */
#define WISH_TEXT_MAX 2000U

/* What a citizen may declare with the signature key of the card. */
enum wish_id {
    WISH_CONTACT,
    WISH_REPORT,
    WISH_EBOX,
    WISHES
};

struct wish_kind {
    const char *name; /* in forms and in the audit trail */
    const char *path; /* the section it belongs to */
    const char *change; /* where it can be changed before that */
    const char *done; /* where one goes on once it is signed */
    const char *title; /* key of its title */
};

extern const struct wish_kind wish_kinds[WISHES];

/* A wish before it is signed; the values are one line of shown text each. */
struct wish {
    enum wish_id id;
    char values[WISH_VALUES][WISH_VALUE_SIZE];
};

/* Values of WISH_CONTACT, and those of WISH_REPORT. */
enum {
    CONTACT_CALL_NAME,
    CONTACT_PHONE,
    CONTACT_EMAIL,
    CONTACT_REACH
};
enum {
    REPORT_FIELD,
    REPORT_NOW,
    REPORT_RIGHT
};

/* The kind of this name; WISHES when there is none, or name is NULL. */
enum wish_id wish_find(const char *name);

/*
 * Reads the posted form of a wish of this kind. What is wrong in it: NULL for
 * nothing, else the static path of the form with the field to look at again.
 */
const char *wish_take(const struct visit *visit, enum wish_id id,
                      struct wish *out);

/* Appends the citizen's words in a language; what is signed holds them. */
enum beid_err wish_say(const struct site *site, const struct wish *wish,
                       size_t language, struct beid_buf *out) BEID_NODISCARD;

/* POST of a form: keeps the wish for this session, and shows what it says. */
void wish_post_contact(struct visit *visit);
void wish_post_report(struct visit *visit);
void wish_post_ebox(struct visit *visit);

/* GET: the wish of this session in words, and the button that signs it. */
void wish_show(struct visit *visit);

/* A name for this session, which tells nothing of its cookie. */
void wish_name(const struct visit *visit, char out[ARCHIVE_NAME_SIZE]);

/* The wish of this session; BEID_ERR_NOT_FOUND when there is none. */
enum beid_err wish_load(const struct visit *visit,
                        struct wish *out) BEID_NODISCARD;

/*
 * Belongs it to a section that wants the card, and was none used lately? What it
 * says is then no more for this session than the section itself.
 */
bool wish_wants_card(const struct visit *visit, enum wish_id id);

/* Has the datum that it reports changed since it was written? */
bool wish_stale(const struct visit *visit, const struct wish *wish);

/* Once this was signed; a wish that was written since stays. */
void wish_forget(const struct visit *visit, enum wish_id id,
                 const char *const *values);

#endif
