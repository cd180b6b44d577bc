/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "citizen.h"

#include "session.h"
#include "typed.h"

#include <beid/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE 24U
#define NOTICE_COLUMNS 5U
#define STATEMENT_COLUMNS 4U
#define FACT_COLUMNS 4U
#define NOTICE_SECONDS ((time_t)366 * 86400)
/* So many statements, and reports without an answer, may somebody have. */
#define STATEMENT_ROOM 1000U
#define REPORT_ROOM 20U
/* As long as somebody is a citizen. */
#define EVER ((time_t)1 << 40)

static const struct fact facts[] = {{"birth", "family_birth"},
                                    {"card_number", "family_card"},
                                    {"family", "family_members"},
                                    {"descent", "family_descent"},
                                    {"address", "home_address"},
                                    {"property", "home_property"},
                                    {"cadastral", "home_cadastral"},
                                    {"epc", "home_epc"},
                                    {"work", "work_now"},
                                    {"allowance", "benefits_allowance"},
                                    {"tax", "benefits_tax"},
                                    {"school", "school_now"},
                                    {"diploma", "school_diploma"}};

#define FACTS (sizeof facts / sizeof facts[0])

/* A notice's fields. */
enum {
    NOTICE_TITLE, /* key of its text */
    NOTICE_ABOUT, /* field, or empty */
    NOTICE_VALUE, /* what it is now, or empty */
    NOTICE_FIELDS
};

struct citizen {
    const struct person *person;
    bool has_contact;
    bool ebox;
    struct entry contact;
    struct entry corrections[CORRECTIONS_MAX];
    size_t correction_count;
    struct entry notices[NOTICES_MAX];
    size_t notice_count;
    struct entry seen[SEEN_MAX];
    size_t seen_count;
    struct entry statements[STATEMENTS_MAX];
    size_t statement_count;
    char fresh[NUMBER_SIZE]; /* to read; empty for none */
    char todo[NUMBER_SIZE];
    char both[NUMBER_SIZE];
    char notice_dates[NOTICES_MAX][DATE_SIZE];
    char statement_dates[STATEMENTS_MAX][DATE_SIZE];
    struct text notice_rows[NOTICES_MAX * NOTICE_COLUMNS];
    struct text statement_rows[STATEMENTS_MAX * STATEMENT_COLUMNS];
    struct text fact_rows[FACTS * FACT_COLUMNS];
};

const struct fact *
citizen_fact(const char *field)
{
    for (size_t i = 0; i < FACTS; i++) {
        if (strcmp(facts[i].field, field) == 0) {
            return &facts[i];
        }
    }
    return NULL;
}

static bool
was_seen(const struct citizen *citizen, const char *name)
{
    for (size_t i = 0; i < citizen->seen_count; i++) {
        if (strcmp(citizen->seen[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
has_message(const struct visit *visit, const char *field)
{
    return people_field(&visit->site->people, visit->citizen->person, field)[0]
           != '\0';
}

/* The task that the people file knows ends with a signed choice. */
static bool
has_task(const struct visit *visit)
{
    return has_message(visit, "task") && !visit->citizen->has_contact;
}

static void
number_put(char out[NUMBER_SIZE], size_t number)
{
    out[0] = '\0';
    if (number > 0) {
        (void)snprintf(out, NUMBER_SIZE, "%zu", number);
    }
}

/* What the bell rings for. */
static void
count_new(const struct visit *visit)
{
    struct citizen *citizen = visit->citizen;
    size_t fresh =
        has_message(visit, "message") && !was_seen(citizen, "message") ? 1 : 0;
    if (citizen->ebox && has_message(visit, "ebox")
        && !was_seen(citizen, "ebox")) {
        fresh++;
    }
    for (size_t i = 0; i < citizen->notice_count; i++) {
        fresh += was_seen(citizen, citizen->notices[i].name) ? 0 : 1;
    }
    size_t todo = has_task(visit) ? 1 : 0;
    number_put(citizen->fresh, fresh);
    number_put(citizen->todo, todo);
    number_put(citizen->both, fresh + todo);
}

static void
list(const struct visit *visit, enum archive_kind kind, struct entry *out,
     size_t max, size_t *count)
{
    const struct entry_key key = {visit->session.subject, kind, ""};
    if (archive_list(visit->site->archive, &key, visit->now, out, max, count)
        != BEID_OK) {
        BEID_LOG_ERROR("what is kept of a citizen cannot be read");
    }
}

void
citizen_load(struct visit *visit)
{
    struct entry ebox;
    if (!visit->has_session || !visit->session.known) {
        return;
    }
    struct citizen *citizen = calloc(1, sizeof *citizen);
    if (citizen == NULL) {
        return;
    }
    visit->citizen = citizen;
    const char *subject = visit->session.subject;
    const struct entry_key contact = {subject, ARCHIVE_CONTACT, ""};
    const struct entry_key link = {subject, ARCHIVE_EBOX, ""};
    struct archive *archive = visit->site->archive;
    citizen->person = people_by_subject(&visit->site->people, subject);
    citizen->has_contact =
        archive_get(archive, &contact, visit->now, &citizen->contact)
        == BEID_OK;
    citizen->ebox = archive_get(archive, &link, visit->now, &ebox) == BEID_OK;
    if (citizen->ebox) {
        entry_clear(&ebox);
    }
    list(visit, ARCHIVE_CORRECTION, citizen->corrections, CORRECTIONS_MAX,
         &citizen->correction_count);
    list(visit, ARCHIVE_NOTICE, citizen->notices, NOTICES_MAX,
         &citizen->notice_count);
    list(visit, ARCHIVE_SEEN, citizen->seen, SEEN_MAX, &citizen->seen_count);
    if (strcmp(visit->request->path, "/verklaringen") == 0
        && session_high(visit)) {
        list(visit, ARCHIVE_STATEMENT, citizen->statements, STATEMENTS_MAX,
             &citizen->statement_count);
    }
    count_new(visit);
}

static void
clear_all(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        entry_clear(&entries[i]);
    }
}

void
citizen_free(struct citizen **citizen)
{
    struct citizen *gone = *citizen;
    if (gone != NULL) {
        if (gone->has_contact) {
            entry_clear(&gone->contact);
        }
        clear_all(gone->corrections, gone->correction_count);
        clear_all(gone->notices, gone->notice_count);
        clear_all(gone->seen, gone->seen_count);
        clear_all(gone->statements, gone->statement_count);
        free(gone);
        *citizen = NULL;
    }
}

const char *
citizen_field(const struct visit *visit, const char *field)
{
    static const char *const chosen[] = {[CONTACT_CALL_NAME] = "call_name",
                                         [CONTACT_PHONE] = "phone",
                                         [CONTACT_EMAIL] = "email",
                                         [CONTACT_REACH] = "reach"};
    const struct citizen *citizen = visit->citizen;
    if (citizen == NULL) {
        return "";
    }
    for (size_t i = 0; citizen->has_contact && i < WISH_VALUES; i++) {
        if (strcmp(chosen[i], field) == 0) {
            return citizen->contact.fields[i];
        }
    }
    for (size_t i = 0; i < citizen->correction_count; i++) {
        if (strcmp(citizen->corrections[i].name, field) == 0) {
            return citizen->corrections[i].fields[0];
        }
    }
    return people_field(&visit->site->people, citizen->person, field);
}

enum beid_err
citizen_tell(struct visit *visit, const struct message *message)
{
    const struct entry_key key = {message->subject, ARCHIVE_NOTICE,
                                  message->id};
    const char *fields[NOTICE_FIELDS] = {message->title, message->about,
                                         message->value};
    return archive_put(visit->site->archive, &key, fields, NOTICE_FIELDS,
                       visit->now, visit->now + NOTICE_SECONDS);
}

static enum beid_err
count_of(const struct visit *visit, enum archive_kind kind, size_t *count)
{
    const struct entry_key key = {visit->session.subject, kind, ""};
    return archive_count(visit->site->archive, &key, visit->now, count);
}

enum beid_err
citizen_room(const struct visit *visit, enum wish_id wish)
{
    size_t kept = 0;
    size_t waiting = 0;
    enum beid_err err = count_of(visit, ARCHIVE_STATEMENT, &kept);
    if (err == BEID_OK && wish == WISH_REPORT) {
        err = count_of(visit, ARCHIVE_REPORTED, &waiting);
    }
    if (err == BEID_OK && (kept >= STATEMENT_ROOM || waiting >= REPORT_ROOM)) {
        err = BEID_ERR_LIMIT;
    }
    return err;
}

/* The report waits for the source of the data, under the statement's id. */
static enum beid_err
report_pass_on(struct visit *visit, const char *const *values, const char *id)
{
    const char *subject = visit->session.subject;
    const struct entry_key key = {"", ARCHIVE_REPORT, id};
    const struct entry_key waits = {subject, ARCHIVE_REPORTED, id};
    const char *fields[] = {subject, values[REPORT_FIELD], values[REPORT_NOW],
                            values[REPORT_RIGHT]};
    enum beid_err err = archive_put(visit->site->archive, &key, fields, 4,
                                    visit->now, visit->now + NOTICE_SECONDS);
    return err == BEID_OK ? archive_put(visit->site->archive, &waits,
                                        &values[REPORT_FIELD], 1, visit->now,
                                        visit->now + NOTICE_SECONDS)
                          : err;
}

enum beid_err
citizen_answered(struct visit *visit, const char *subject, const char *id)
{
    const struct entry_key waits = {subject, ARCHIVE_REPORTED, id};
    struct entry gone;
    enum beid_err err =
        archive_take(visit->site->archive, &waits, visit->now, &gone);
    if (err == BEID_OK) {
        entry_clear(&gone);
    }
    return err == BEID_ERR_NOT_FOUND ? BEID_OK : err;
}

enum beid_err
citizen_follow(struct visit *visit, enum wish_id wish,
               const char *const *values, const char *id)
{
    const char *subject = visit->session.subject;
    struct archive *archive = visit->site->archive;
    const struct entry_key contact = {subject, ARCHIVE_CONTACT, ""};
    const struct entry_key link = {subject, ARCHIVE_EBOX, ""};
    struct message message = {
        .subject = subject, .id = id, .about = "", .value = ""};
    enum beid_err err = BEID_ERR_ARGUMENT;
    switch (wish) {
    case WISH_CONTACT:
        message.title = "notice_contact";
        err = archive_put(archive, &contact, values, WISH_VALUES, visit->now,
                          EVER);
        break;
    case WISH_REPORT:
        message.title = "notice_reported";
        message.about = values[REPORT_FIELD];
        err = report_pass_on(visit, values, id);
        break;
    case WISH_EBOX:
        message.title = "notice_ebox";
        err = archive_put(archive, &link, &id, 1, visit->now, EVER);
        break;
    case WISHES:
        break;
    }
    return err == BEID_OK ? citizen_tell(visit, &message) : err;
}

static void
mark_seen(struct visit *visit, const char *name)
{
    const struct entry_key key = {visit->session.subject, ARCHIVE_SEEN, name};
    const char *nothing = "";
    if (!was_seen(visit->citizen, name)
        && archive_put(visit->site->archive, &key, &nothing, 1, visit->now,
                       visit->now + NOTICE_SECONDS)
               != BEID_OK) {
        BEID_LOG_WARN("a message that was read stays new");
    }
}

void
citizen_seen(struct visit *visit)
{
    const struct citizen *citizen = visit->citizen;
    if (citizen == NULL || citizen->fresh[0] == '\0') {
        return;
    }
    mark_seen(visit, "message");
    if (citizen->ebox) {
        mark_seen(visit, "ebox");
    }
    for (size_t i = 0; i < citizen->notice_count; i++) {
        mark_seen(visit, citizen->notices[i].name);
    }
}

static const char *
title_of(const struct texts *texts, const char *key)
{
    const char *title = key[0] == '\0' ? "" : texts_find(texts, key);
    return title == NULL ? "" : title;
}

static void
fill_notices(const struct visit *visit, const struct texts *texts)
{
    struct citizen *citizen = visit->citizen;
    for (size_t i = 0; i < citizen->notice_count; i++) {
        const struct entry *notice = &citizen->notices[i];
        struct text *row = &citizen->notice_rows[i * NOTICE_COLUMNS];
        const struct fact *fact = citizen_fact(notice->fields[NOTICE_ABOUT]);
        date_text(notice->created, citizen->notice_dates[i]);
        row[0] = (struct text){"n_title",
                               title_of(texts, notice->fields[NOTICE_TITLE])};
        row[1] = (struct text){
            "n_about", fact == NULL ? "" : title_of(texts, fact->title)};
        row[2] = (struct text){"n_value", notice->fields[NOTICE_VALUE]};
        row[3] = (struct text){"n_date", citizen->notice_dates[i]};
        row[4] = (struct text){"n_new",
                               was_seen(citizen, notice->name) ? "" : "yes"};
    }
}

static void
fill_statements(const struct visit *visit, const struct texts *texts)
{
    struct citizen *citizen = visit->citizen;
    for (size_t i = 0; i < citizen->statement_count; i++) {
        const struct entry *entry = &citizen->statements[i];
        struct text *row = &citizen->statement_rows[i * STATEMENT_COLUMNS];
        enum wish_id id = wish_find(entry->fields[STATEMENT_KIND]);
        date_text(entry->created, citizen->statement_dates[i]);
        row[0] = (struct text){"s_id", entry->name};
        row[1] = (struct text){
            "s_title",
            id == WISHES ? "" : title_of(texts, wish_kinds[id].title)};
        row[2] = (struct text){"s_date", citizen->statement_dates[i]};
        row[3] = (struct text){"s_text", entry->fields[STATEMENT_TEXT]};
    }
}

static void
fill_facts(const struct visit *visit, const struct texts *texts)
{
    const char *typed = typed_value(visit, "field");
    const char *about =
        typed == NULL ? http_request_query(visit->request, "about") : typed;
    for (size_t i = 0; i < FACTS; i++) {
        struct text *row = &visit->citizen->fact_rows[i * FACT_COLUMNS];
        bool chosen = about != NULL && strcmp(about, facts[i].field) == 0;
        row[0] = (struct text){"f_field", facts[i].field};
        row[1] = (struct text){"f_title", title_of(texts, facts[i].title)};
        row[2] = (struct text){"f_chosen", chosen ? "yes" : ""};
        row[3] = (struct text){"f_value", citizen_field(visit, facts[i].field)};
    }
}

static const char *
when(bool yes)
{
    return yes ? "yes" : "";
}

/* Is this the value of a query parameter? */
static bool
asked(const struct visit *visit, const char *name, const char *value)
{
    const char *got = http_request_query(visit->request, name);
    return got != NULL && strcmp(got, value) == 0;
}

void
citizen_fill(const struct visit *visit, struct text *values, size_t *count,
             struct list lists[CITIZEN_LISTS])
{
    const struct citizen *c = visit->citizen;
    const struct texts *texts = &visit->site->texts[visit->language];
    const char *reach = typed_field(visit, "reach");
    const struct text own[CITIZEN_VALUES] = {
        {"bell_both", c == NULL ? "" : c->both},
        {"bell_fresh", c == NULL ? "" : c->fresh},
        {"bell_todo", c == NULL ? "" : c->todo},
        {"task_open", when(c != NULL && has_task(visit))},
        {"message_new", when(c != NULL && !was_seen(c, "message"))},
        {"ebox_new", when(c != NULL && !was_seen(c, "ebox"))},
        {"ebox_linked", when(c != NULL && c->ebox)},
        {"reach_is_email", when(strcmp(reach, "email") == 0)},
        {"reach_is_phone", when(strcmp(reach, "phone") == 0)},
        {"reach_is_both", when(strcmp(reach, "both") == 0)},
        {"reach_is_post", when(strcmp(reach, "post") == 0)},
        {"signed", when(asked(visit, "done", "signed"))},
        {"wrong_name", when(asked(visit, "wrong", "name"))},
        {"wrong_phone", when(asked(visit, "wrong", "phone"))},
        {"wrong_email", when(asked(visit, "wrong", "email"))},
        {"wrong_field", when(asked(visit, "wrong", "field"))},
        {"wrong_right", when(asked(visit, "wrong", "right"))},
        {"wrong_reach", when(asked(visit, "wrong", "reach"))},
        {"wrong_full", when(asked(visit, "wrong", "full"))},
        {"wrong_many", when(asked(visit, "wrong", "many"))}};
    memcpy(values + *count, own, sizeof own);
    *count += CITIZEN_VALUES;
    lists[0] = (struct list){.key = "notices", .columns = NOTICE_COLUMNS};
    lists[1] = (struct list){.key = "statements", .columns = STATEMENT_COLUMNS};
    lists[2] = (struct list){.key = "facts", .columns = FACT_COLUMNS};
    if (c != NULL) {
        fill_notices(visit, texts);
        fill_statements(visit, texts);
        fill_facts(visit, texts);
        lists[0].rows = c->notice_rows;
        lists[0].count = c->notice_count;
        lists[1].rows = c->statement_rows;
        lists[1].count = c->statement_count;
        lists[2].rows = c->fact_rows;
        lists[2].count = FACTS;
    }
}
