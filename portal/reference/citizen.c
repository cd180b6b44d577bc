/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "citizen.h"

#include "answer.h"
#include "session.h"
#include "typed.h"

#include <beid/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE 24U
#define NOTICE_COLUMNS 5U
#define STATEMENT_COLUMNS 5U
#define FACT_COLUMNS 4U
#define WAITING_COLUMNS 2U

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

struct citizen {
    const struct person *person;
    bool has_contact;
    bool ebox;
    struct entry contact;
    struct entry corrections[CORRECTIONS_MAX];
    size_t correction_count;
    struct entry notices[ARCHIVE_NOTICE_MAX];
    size_t notice_count;
    struct entry seen[ARCHIVE_SEEN_MAX];
    size_t seen_count;
    struct entry statements[LIST_PAGE];
    size_t statement_count;
    struct entry waiting[WAITING_MAX];
    size_t waiting_count;
    size_t page; /* of the list that this page of the portal has; from 0 */
    char page_newer[NUMBER_SIZE]; /* empty for none */
    char page_at[NUMBER_SIZE];
    char page_older[NUMBER_SIZE];
    char page_last[NUMBER_SIZE];
    char fresh[NUMBER_SIZE]; /* to read; empty for none */
    char todo[NUMBER_SIZE];
    char both[NUMBER_SIZE];
    char notice_dates[LIST_PAGE][DATE_SIZE];
    char statement_dates[LIST_PAGE][DATE_SIZE];
    char waiting_dates[WAITING_MAX][DATE_SIZE];
    struct text notice_rows[LIST_PAGE * NOTICE_COLUMNS];
    struct text statement_rows[LIST_PAGE * STATEMENT_COLUMNS];
    struct text waiting_rows[WAITING_MAX * WAITING_COLUMNS];
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
list(const struct visit *visit, enum archive_kind kind, struct range range,
     struct entry *out, size_t *count)
{
    const struct entry_key key = {visit->session.subject, kind, ""};
    if (archive_list(visit->site->archive, &key, visit->now, range, out, count)
        != BEID_OK) {
        BEID_LOG_ERROR("what is kept of a citizen cannot be read");
    }
}

/* The page that was asked for, or the last there is. */
static void
page_choose(const struct visit *visit, size_t entries)
{
    struct citizen *citizen = visit->citizen;
    size_t last = entries == 0 ? 1 : (entries - 1) / LIST_PAGE + 1;
    size_t number = answer_page(visit);
    if (number > last) {
        number = last;
    }
    citizen->page = number - 1;
    number_put(citizen->page_newer, number - 1);
    if (last > 1) {
        number_put(citizen->page_at, number);
        number_put(citizen->page_last, last);
    }
    if (number < last) {
        number_put(citizen->page_older, number + 1);
    }
}

/* One page of them; what is older is on the next one. */
static void
load_statements(struct visit *visit)
{
    struct citizen *citizen = visit->citizen;
    const struct entry_key key = {visit->session.subject, ARCHIVE_STATEMENT,
                                  ""};
    size_t count = 0;
    if (archive_count(visit->site->archive, &key, visit->now, &count)
        != BEID_OK) {
        BEID_LOG_ERROR("what is kept of a citizen cannot be counted");
    }
    page_choose(visit, count);
    list(visit, ARCHIVE_STATEMENT,
         (struct range){citizen->page * LIST_PAGE, LIST_PAGE},
         citizen->statements, &citizen->statement_count);
}

/* What only one page of the portal shows. */
static void
load_page(struct visit *visit)
{
    struct citizen *citizen = visit->citizen;
    const char *path = visit->request->path;
    if (strcmp(path, "/verklaringen") == 0 && session_high(visit)) {
        load_statements(visit);
    } else if (strcmp(path, "/meldingen") == 0) {
        page_choose(visit, citizen->notice_count);
    } else if (strcmp(path, "/terugmelding") == 0
               || strcmp(path, "/ondertekenen") == 0) {
        list(visit, ARCHIVE_REPORTED, (struct range){.max = WAITING_MAX},
             citizen->waiting, &citizen->waiting_count);
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
    list(visit, ARCHIVE_CORRECTION, (struct range){.max = CORRECTIONS_MAX},
         citizen->corrections, &citizen->correction_count);
    list(visit, ARCHIVE_NOTICE, (struct range){.max = ARCHIVE_NOTICE_MAX},
         citizen->notices, &citizen->notice_count);
    list(visit, ARCHIVE_SEEN, (struct range){.max = ARCHIVE_SEEN_MAX},
         citizen->seen, &citizen->seen_count);
    load_page(visit);
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
        clear_all(gone->waiting, gone->waiting_count);
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

bool
citizen_waits(const struct visit *visit, const char *field)
{
    const struct citizen *citizen = visit->citizen;
    for (size_t i = 0; citizen != NULL && i < citizen->waiting_count; i++) {
        if (strcmp(citizen->waiting[i].fields[0], field) == 0) {
            return true;
        }
    }
    return false;
}

/* The notices that this page shows. */
static struct range
notices_shown(const struct citizen *citizen)
{
    size_t skip = citizen->page * LIST_PAGE;
    size_t left =
        skip < citizen->notice_count ? citizen->notice_count - skip : 0;
    return (struct range){skip, left < LIST_PAGE ? left : LIST_PAGE};
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
    struct range shown = notices_shown(citizen);
    for (size_t i = 0; i < shown.max; i++) {
        mark_seen(visit, citizen->notices[shown.skip + i].name);
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
    struct range shown = notices_shown(citizen);
    for (size_t i = 0; i < shown.max; i++) {
        const struct entry *notice = &citizen->notices[shown.skip + i];
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
        row[4] = (struct text){"s_lang", entry->fields[STATEMENT_LANGUAGE]};
    }
}

static void
fill_waiting(const struct visit *visit, const struct texts *texts)
{
    struct citizen *citizen = visit->citizen;
    for (size_t i = 0; i < citizen->waiting_count; i++) {
        const struct entry *entry = &citizen->waiting[i];
        struct text *row = &citizen->waiting_rows[i * WAITING_COLUMNS];
        const struct fact *fact = citizen_fact(entry->fields[0]);
        date_text(entry->created, citizen->waiting_dates[i]);
        row[0] = (struct text){
            "w_title", fact == NULL ? "" : title_of(texts, fact->title)};
        row[1] = (struct text){"w_date", citizen->waiting_dates[i]};
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
        {"wrong_many", when(asked(visit, "wrong", "many"))},
        {"wrong_changed", when(asked(visit, "wrong", "changed"))},
        {"reports_wait", when(c != NULL && c->waiting_count > 0)},
        {"page_newer", c == NULL ? "" : c->page_newer},
        {"page_at", c == NULL ? "" : c->page_at},
        {"page_older", c == NULL ? "" : c->page_older},
        {"page_last", c == NULL ? "" : c->page_last}};
    memcpy(values + *count, own, sizeof own);
    *count += CITIZEN_VALUES;
    lists[0] = (struct list){.key = "notices", .columns = NOTICE_COLUMNS};
    lists[1] = (struct list){.key = "statements", .columns = STATEMENT_COLUMNS};
    lists[2] = (struct list){.key = "facts", .columns = FACT_COLUMNS};
    lists[3] = (struct list){.key = "waiting", .columns = WAITING_COLUMNS};
    if (c != NULL) {
        fill_notices(visit, texts);
        fill_statements(visit, texts);
        fill_facts(visit, texts);
        fill_waiting(visit, texts);
        lists[0].rows = c->notice_rows;
        lists[0].count = notices_shown(c).max;
        lists[1].rows = c->statement_rows;
        lists[1].count = c->statement_count;
        lists[2].rows = c->fact_rows;
        lists[2].count = FACTS;
        lists[3].rows = c->waiting_rows;
        lists[3].count = c->waiting_count;
    }
}
