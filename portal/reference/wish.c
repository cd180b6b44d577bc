/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "wish.h"

#include "answer.h"
#include "archive.h"
#include "citizen.h"
#include "plain.h"
#include "section.h"
#include "session.h"
#include "typed.h"

#include <beid/secret.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 48U
#define CALL_NAME_MAX 60U
#define EMAIL_MAX 100U
#define DRAFT_BYTES 22U

const struct wish_kind wish_kinds[WISHES] = {
    [WISH_CONTACT] = {"contact", "/contact", "/contact?" TYPED_QUERY,
                      "/contact?done=signed", "contact_sign"},
    [WISH_REPORT] = {"report", "/terugmelding", "/terugmelding?" TYPED_QUERY,
                     "/terugmelding?done=signed", "report_title"},
    [WISH_EBOX] = {"ebox", "/meldingen", "/meldingen", "/meldingen?done=signed",
                   "ebox_link"}};

enum wish_id
wish_find(const char *name)
{
    size_t i = 0;
    while (i < WISHES
           && (name == NULL || strcmp(wish_kinds[i].name, name) != 0)) {
        i++;
    }
    return (enum wish_id)i;
}

/* A field as one line of shown text. */
static bool
take_line(const struct visit *visit, const char *name, char *out, size_t size)
{
    return answer_field(visit, name, out, size) != NULL
           && plain_line(out) == BEID_OK;
}

/* Another word than these is not taken. */
static const struct {
    const char *name;
    const char *key;
} reaches[] = {{"email", "reach_email"},
               {"phone", "reach_phone"},
               {"both", "reach_both"},
               {"post", "reach_post"}};

/* The key of a word, or NULL. */
static const char *
reach_key(const char *name)
{
    for (size_t i = 0; i < sizeof reaches / sizeof reaches[0]; i++) {
        if (strcmp(reaches[i].name, name) == 0) {
            return reaches[i].key;
        }
    }
    return NULL;
}

static const char *
take_contact(const struct visit *visit, struct wish *out)
{
    char *reach = out->values[CONTACT_REACH];
    char *phone = out->values[CONTACT_PHONE];
    char *email = out->values[CONTACT_EMAIL];
    if (!take_line(visit, "call_name", out->values[CONTACT_CALL_NAME],
                   CALL_NAME_MAX + 1)) {
        return "/contact?wrong=name";
    }
    if (!take_line(visit, "reach", reach, WISH_VALUE_SIZE)
        || reach_key(reach) == NULL) {
        return "/contact?wrong=reach";
    }
    bool by_phone = strcmp(reach, "phone") == 0 || strcmp(reach, "both") == 0;
    bool by_email = strcmp(reach, "email") == 0 || strcmp(reach, "both") == 0;
    if (!take_line(visit, "phone", phone, WISH_VALUE_SIZE)
        || (by_phone && phone[0] == '\0')
        || (phone[0] != '\0' && !plain_phone(phone))) {
        return "/contact?wrong=phone";
    }
    if (!take_line(visit, "email", email, EMAIL_MAX + 1)
        || (by_email && email[0] == '\0')
        || (email[0] != '\0' && !plain_email(email))) {
        return "/contact?wrong=email";
    }
    return NULL;
}

/* What a datum is now. */
static bool
take_now(const struct visit *visit, const char *field,
         char out[WISH_VALUE_SIZE])
{
    int len = snprintf(out, WISH_VALUE_SIZE, "%s", citizen_field(visit, field));
    return len >= 0 && (size_t)len < WISH_VALUE_SIZE
           && plain_line(out) == BEID_OK;
}

static const char *
take_report(const struct visit *visit, struct wish *out)
{
    char *field = out->values[REPORT_FIELD];
    if (!take_line(visit, "field", field, WISH_VALUE_SIZE)
        || citizen_fact(field) == NULL) {
        return "/terugmelding?wrong=field";
    }
    if (!take_line(visit, "right", out->values[REPORT_RIGHT], WISH_VALUE_SIZE)
        || out->values[REPORT_RIGHT][0] == '\0') {
        return "/terugmelding?wrong=right";
    }
    return take_now(visit, field, out->values[REPORT_NOW])
               ? NULL
               : "/terugmelding?wrong=field";
}

bool
wish_wants_card(const struct visit *visit, enum wish_id id)
{
    return section_find(wish_kinds[id].path)->high && !session_high(visit);
}

bool
wish_stale(const struct visit *visit, const struct wish *wish)
{
    char now[WISH_VALUE_SIZE];
    return wish->id == WISH_REPORT
           && (!take_now(visit, wish->values[REPORT_FIELD], now)
               || strcmp(now, wish->values[REPORT_NOW]) != 0);
}

const char *
wish_take(const struct visit *visit, enum wish_id id, struct wish *out)
{
    *out = (struct wish){.id = id};
    if (id == WISH_CONTACT) {
        return take_contact(visit, out);
    }
    return id == WISH_REPORT ? take_report(visit, out) : NULL;
}

/* The text of a key, or a sign that a language file lacks it. */
static const char *
say(const struct texts *texts, const char *key)
{
    const char *text = key == NULL ? NULL : texts_find(texts, key);
    return text == NULL ? "?" : text;
}

enum beid_err
wish_say(const struct site *site, const struct wish *wish, size_t language,
         struct beid_buf *out)
{
    const struct texts *texts = &site->texts[language];
    const char *values[WISH_VALUES];
    for (size_t i = 0; i < WISH_VALUES; i++) {
        values[i] = wish->values[i][0] == '\0' ? say(texts, "say_none")
                                               : wish->values[i];
    }
    switch (wish->id) {
    case WISH_CONTACT:
        values[CONTACT_REACH] =
            say(texts, reach_key(wish->values[CONTACT_REACH]));
        plain_fill(out, say(texts, "say_contact"), values, WISH_VALUES);
        break;
    case WISH_REPORT:
        values[REPORT_FIELD] =
            say(texts, citizen_fact(wish->values[REPORT_FIELD])->title);
        plain_fill(out, say(texts, "say_report"), values, WISH_VALUES);
        break;
    case WISH_EBOX:
        plain_fill(out, say(texts, "say_ebox"), values, 0);
        break;
    case WISHES:
        return BEID_ERR_ARGUMENT;
    }
    if (beid_buf_cstr(out) == NULL) {
        return BEID_ERR_LIMIT;
    }
    /* Two values may meet at a blank: what is signed has single ones. */
    return plain_line((char *)out->ptr);
}

void
wish_name(const struct visit *visit, char out[ARCHIVE_NAME_SIZE])
{
    pseudonym_hex(visit->key, DRAFT_BYTES, out);
}

static struct entry_key
wish_key(const struct visit *visit, char name[ARCHIVE_NAME_SIZE])
{
    wish_name(visit, name);
    return (struct entry_key){visit->session.subject, ARCHIVE_WISH, name};
}

enum beid_err
wish_load(const struct visit *visit, struct wish *out)
{
    char name[ARCHIVE_NAME_SIZE];
    const struct entry_key key = wish_key(visit, name);
    struct entry entry;
    enum beid_err err =
        archive_get(visit->site->archive, &key, visit->now, &entry);
    if (err != BEID_OK) {
        return err;
    }
    out->id = wish_find(entry.fields[0]);
    if (out->id == WISHES) {
        err = BEID_ERR_FORMAT;
    }
    for (size_t i = 0; i < WISH_VALUES; i++) {
        (void)snprintf(out->values[i], WISH_VALUE_SIZE, "%s",
                       entry.fields[i + 1]);
    }
    entry_clear(&entry);
    return err;
}

static bool
is_wish(const struct entry *entry, enum wish_id id, const char *const *values)
{
    bool same = strcmp(entry->fields[0], wish_kinds[id].name) == 0;
    for (size_t i = 0; i < WISH_VALUES; i++) {
        same = same && strcmp(entry->fields[i + 1], values[i]) == 0;
    }
    return same;
}

void
wish_forget(const struct visit *visit, enum wish_id id,
            const char *const *values)
{
    char name[ARCHIVE_NAME_SIZE];
    const struct entry_key key = wish_key(visit, name);
    struct archive *archive = visit->site->archive;
    struct entry entry;
    if (archive_get(archive, &key, visit->now, &entry) != BEID_OK) {
        return;
    }
    bool same = is_wish(&entry, id, values);
    entry_clear(&entry);
    if (same && archive_take(archive, &key, visit->now, &entry) == BEID_OK) {
        entry_clear(&entry);
        typed_forget(visit, id);
    }
}

static enum beid_err
wish_keep(const struct visit *visit, const struct wish *wish)
{
    char name[ARCHIVE_NAME_SIZE];
    const struct entry_key key = wish_key(visit, name);
    const char *fields[WISH_VALUES + 1] = {wish_kinds[wish->id].name};
    for (size_t i = 0; i < WISH_VALUES; i++) {
        fields[i + 1] = wish->values[i];
    }
    return archive_put(visit->site->archive, &key, fields, WISH_VALUES + 1,
                       visit->now, visit->now + WISH_SECONDS);
}

/* Keeps the wish, and where one goes on: back when something is wrong. */
static enum beid_err
wish_next(struct visit *visit, enum wish_id id, struct wish *wish,
          char where[PATH_SIZE])
{
    const char *wrong = wish_take(visit, id, wish);
    if (wrong != NULL) {
        (void)snprintf(where, PATH_SIZE, "%s", wrong);
        return BEID_OK;
    }
    enum beid_err err = citizen_room(visit, id);
    if (err == BEID_ERR_LIMIT) {
        /* Nobody signs what could not be kept. */
        (void)snprintf(where, PATH_SIZE, "%s?wrong=full", wish_kinds[id].path);
        return BEID_OK;
    }
    (void)snprintf(where, PATH_SIZE, "/ondertekenen");
    return err == BEID_OK ? wish_keep(visit, wish) : err;
}

static void
post(struct visit *visit, enum wish_id id)
{
    char where[PATH_SIZE];
    const char *path = wish_kinds[id].path;
    if (!answer_form(visit)) {
        return;
    }
    /* The page itself asks for the login that it wants. */
    if (!visit->session.known) {
        answer_redirect(visit, path);
        return;
    }
    enum beid_err err = typed_keep(visit, id);
    if (err != BEID_OK) {
        answer_trouble(visit, err);
        return;
    }
    /* Or for the card, and shows then what was typed. */
    if (wish_wants_card(visit, id)) {
        answer_redirect(visit, wish_kinds[id].change);
        return;
    }
    struct wish *wish = calloc(1, sizeof *wish);
    if (wish == NULL) {
        answer_trouble(visit, BEID_ERR_MEMORY);
        return;
    }
    err = wish_next(visit, id, wish, where);
    if (err == BEID_OK) {
        answer_redirect(visit, where);
    } else {
        answer_trouble(visit, err);
    }
    beid_wipe(wish, sizeof *wish);
    free(wish);
}

void
wish_post_contact(struct visit *visit)
{
    post(visit, WISH_CONTACT);
}

void
wish_post_report(struct visit *visit)
{
    post(visit, WISH_REPORT);
}

void
wish_post_ebox(struct visit *visit)
{
    post(visit, WISH_EBOX);
}

void
wish_show(struct visit *visit)
{
    struct beid_buf words;
    if (!visit->has_session || !visit->session.known) {
        answer_redirect(visit, "/login");
        return;
    }
    struct wish *wish = calloc(1, sizeof *wish);
    beid_buf_init(&words, WISH_TEXT_MAX + 1);
    if (wish == NULL || wish_load(visit, wish) != BEID_OK
        || wish_say(visit->site, wish, visit->language, &words) != BEID_OK) {
        answer_redirect(visit, "/profile");
    } else if (wish_wants_card(visit, wish->id)) {
        /* The form asks for the card, and shows then what was typed. */
        answer_redirect(visit, wish_kinds[wish->id].change);
    } else if (wish_stale(visit, wish)) {
        answer_redirect(visit, "/terugmelding?wrong=changed");
    } else {
        visit->words = (const char *)words.ptr;
        visit->wish_title = wish_kinds[wish->id].title;
        visit->wish_path = wish_kinds[wish->id].change;
        visit->wish_again = wish->id == WISH_REPORT
                            && citizen_waits(visit, wish->values[REPORT_FIELD]);
        site_show(visit, PAGE_SIGN, 200);
        visit->words = NULL;
    }
    beid_buf_clear(&words);
    if (wish != NULL) {
        beid_wipe(wish, sizeof *wish);
        free(wish);
    }
}
