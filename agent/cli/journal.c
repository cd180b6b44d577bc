/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "journal/store.h"
#include "json_say.h"
#include "say.h"

#include <string.h>
#include <time.h>

#define INDENT 2U
#define FIELD_ROOM (JOURNAL_FIELD_MAX + 1)

static const struct cli_option journal_options[] = {
    {"json", NULL, BEID_TEXT_CLI_JSON}, {NULL, NULL, BEID_TEXT_CLI_HELP}};

#define OPTION_JSON 0

static const struct {
    const char *word;
    enum beid_text_id text;
} kinds[] = {
    {"authenticate", BEID_TEXT_JOURNAL_AUTHENTICATE},
    {"access", BEID_TEXT_JOURNAL_ACCESS},
    {"statement", BEID_TEXT_JOURNAL_STATEMENT},
    {"signing-certificate", BEID_TEXT_JOURNAL_CERTIFICATE},
    {"sign", BEID_TEXT_JOURNAL_SIGN},
};

static const struct {
    const char *word;
    enum journal_damage damage;
    enum beid_text_id text;
} damages[] = {
    {"none", JOURNAL_WHOLE, BEID_TEXT_JOURNAL_WHOLE},
    {"line-changed", JOURNAL_LINE_CHANGED, BEID_TEXT_JOURNAL_LINE_CHANGED},
    {"lines-gone", JOURNAL_LINES_GONE, BEID_TEXT_JOURNAL_LINES_GONE},
    {"file-wrong", JOURNAL_FILE_WRONG, BEID_TEXT_JOURNAL_FILE_WRONG},
    {"head-gone", JOURNAL_HEAD_GONE, BEID_TEXT_JOURNAL_HEAD_GONE},
    {"end-wrong", JOURNAL_END_WRONG, BEID_TEXT_JOURNAL_END_WRONG},
    {"start-wrong", JOURNAL_START_WRONG, BEID_TEXT_JOURNAL_START_WRONG},
};

/* Where entries go while the journal is read. */
struct showing {
    enum beid_lang lang;
    struct json_say *json; /* NULL: as text */
};

static const char *
copy(struct beid_span field, char room[FIELD_ROOM])
{
    size_t len = field.len < FIELD_ROOM ? field.len : FIELD_ROOM - 1;
    if (len > 0) {
        memcpy(room, field.ptr, len);
    }
    room[len] = '\0';
    return room;
}

static enum beid_text_id
kind_text(struct beid_span kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (beid_span_same(kind, beid_span_str(kinds[i].word))) {
            return kinds[i].text;
        }
    }
    return BEID_TEXT_JOURNAL_OTHER;
}

static void
show_time(int64_t seconds, char out[32])
{
    struct tm parts;
    time_t when = (time_t)seconds;
    out[0] = '\0';
    if (localtime_r(&when, &parts) != NULL) {
        (void)strftime(out, 32, "%Y-%m-%d %H:%M", &parts);
    }
}

static void
show_entry(const struct journal_entry *entry, void *user)
{
    const struct showing *showing = user;
    char when[32];
    char origin[FIELD_ROOM];
    char outcome[FIELD_ROOM];
    char left[FIELD_ROOM];
    char resource[FIELD_ROOM];
    show_time(entry->time, when);
    const struct say_word words[] = {
        {"time", when},
        {"origin", copy(entry->origin, origin)},
        {"outcome", copy(entry->outcome, outcome)},
        {"left", copy(entry->left, left)},
        {"resource", copy(entry->resource, resource)},
        {NULL, NULL}};
    say_text(stdout, 0, showing->lang, BEID_TEXT_JOURNAL_LINE, words);
    say_text(stdout, INDENT, showing->lang, kind_text(entry->kind), words);
    if (entry->resource.len > 0) {
        say_text(stdout, INDENT, showing->lang, BEID_TEXT_JOURNAL_RESOURCE,
                 words);
    }
    say_text(stdout, INDENT, showing->lang,
             entry->left.len > 0 ? BEID_TEXT_JOURNAL_LEFT
                                 : BEID_TEXT_JOURNAL_NOTHING_LEFT,
             words);
}

static void
json_field(struct json_say *json, const char *key, struct beid_span value)
{
    if (value.len == 0) {
        json_say_null(json, key);
    } else {
        json_say_text(json, key, value);
    }
}

static void
json_entry(const struct journal_entry *entry, void *user)
{
    const struct showing *showing = user;
    struct json_say *json = showing->json;
    char when[32] = "";
    struct tm parts;
    time_t seconds = (time_t)entry->time;
    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    json_say_open(json, NULL, '{');
    json_say_number(json, "number", entry->number);
    json_say_text(json, "time", beid_span_str(when));
    json_field(json, "origin", entry->origin);
    json_field(json, "kind", entry->kind);
    json_field(json, "resource", entry->resource);
    json_field(json, "shownSha256", entry->shown);
    json_field(json, "outcome", entry->outcome);
    json_field(json, "left", entry->left);
    json_field(json, "hash", entry->hash);
    json_say_close(json, '}');
}

static void
json_report(struct json_say *json, const struct journal_report *report)
{
    json_say_number(json, "lines", report->lines);
    json_say_number(json, "missed", report->missed);
    json_say_flag(json, "whole", report->damage == JOURNAL_WHOLE);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        if (damages[i].damage == report->damage) {
            json_say_text(json, "damage", beid_span_str(damages[i].word));
        }
    }
    json_say_number(json, "file", report->file);
    json_say_number(json, "line", report->line);
}

static void
say_report(FILE *to, enum beid_lang lang, const struct journal_report *report)
{
    char lines[24];
    char missed[24];
    char file[24] = "journal";
    char line[24];
    (void)snprintf(lines, sizeof lines, "%llu",
                   (unsigned long long)report->lines);
    (void)snprintf(missed, sizeof missed, "%llu",
                   (unsigned long long)report->missed);
    (void)snprintf(line, sizeof line, "%u", report->line);
    if (report->file > 0) {
        (void)snprintf(file, sizeof file, "journal.%u", report->file);
    }
    const struct say_word words[] = {{"lines", lines},
                                     {"missed", missed},
                                     {"file", file},
                                     {"line", line},
                                     {NULL, NULL}};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        if (damages[i].damage == report->damage) {
            say_text(to, 0, lang, damages[i].text, words);
        }
    }
    if (report->missed > 0) {
        say_text(to, 0, lang, BEID_TEXT_JOURNAL_MISSED, words);
    }
}

static int
fail(enum beid_lang lang, enum beid_err err)
{
    if (err == BEID_ERR_NOT_FOUND) {
        say_text(stdout, 0, lang, BEID_TEXT_JOURNAL_NONE, NULL);
        return CLI_DONE;
    }
    say_error(lang, BEID_TEXT_JOURNAL_UNREADABLE, NULL);
    return CLI_FAILED;
}

/* `journal show --json` and `journal verify --json`. */
static int
tell_json(bool entries)
{
    struct json_say json;
    struct showing showing = {.json = &json};
    struct journal_report report = {.damage = JOURNAL_WHOLE};
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    if (entries) {
        json_say_open(&json, "entries", '[');
    }
    enum beid_err err =
        journal_read(entries ? json_entry : NULL, NULL, &showing, &report);
    if (entries) {
        json_say_close(&json, ']');
    }
    json_report(&json, &report);
    json_say_close(&json, '}');
    int printed = json_say_print(&json);
    bool good = (err == BEID_OK || err == BEID_ERR_NOT_FOUND)
                && report.damage == JOURNAL_WHOLE;
    return good ? printed : CLI_FAILED;
}

static int
show(const struct cli_call *call)
{
    struct showing showing = {.lang = call->lang};
    struct journal_report report;
    if (call->values[OPTION_JSON] != NULL) {
        return tell_json(true);
    }
    enum beid_err err = journal_read(show_entry, NULL, &showing, &report);
    if (err != BEID_OK) {
        return fail(call->lang, err);
    }
    if (report.damage == JOURNAL_WHOLE) {
        return CLI_DONE;
    }
    say_report(stderr, call->lang, &report);
    return CLI_FAILED;
}

static int
verify(const struct cli_call *call)
{
    struct journal_report report;
    if (call->values[OPTION_JSON] != NULL) {
        return tell_json(false);
    }
    enum beid_err err = journal_read(NULL, NULL, NULL, &report);
    if (err != BEID_OK) {
        return fail(call->lang, err);
    }
    say_report(stdout, call->lang, &report);
    return report.damage == JOURNAL_WHOLE ? CLI_DONE : CLI_FAILED;
}

static void
print_file(struct beid_span text, void *user)
{
    bool *good = user;
    *good = *good && fwrite(text.ptr, 1, text.len, stdout) == text.len;
}

static int export(const struct cli_call *call)
{
    bool good = true;
    struct journal_report report;
    enum beid_err err = journal_read(NULL, print_file, &good, &report);
    if (err != BEID_OK) {
        return fail(call->lang, err);
    }
    return good && fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

static int
erase(const struct cli_call *call)
{
    enum beid_err err = journal_erase();
    if (err == BEID_ERR_NOT_FOUND) {
        return fail(call->lang, err);
    }
    if (err != BEID_OK) {
        say_error(call->lang, BEID_TEXT_CLI_CANNOT_WRITE, NULL);
        return CLI_FAILED;
    }
    say_text(stdout, 0, call->lang, BEID_TEXT_JOURNAL_ERASED, NULL);
    return CLI_DONE;
}

static int
journal_run(const struct cli_call *call)
{
    static const struct {
        const char *name;
        int (*run)(const struct cli_call *call);
    } actions[] = {{"show", show},
                   {"verify", verify},
                   {"export", export},
                   {"erase", erase}};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(call->operands[0], actions[i].name) == 0) {
            return actions[i].run(call);
        }
    }
    return cli_wrong(call);
}

const struct cli_command journal_command = {
    .name = "journal",
    .usage = "show | verify | export | erase",
    .summary = BEID_TEXT_CLI_JOURNAL,
    .options = journal_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = journal_run,
};
