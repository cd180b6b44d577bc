/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "answer.h"
#include "archive.h"
#include "audit.h"
#include "citizen.h"
#include "plain.h"
#include "session.h"

#include <beid/secret.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPORTS_MAX 50U
#define CORRECTION_SECONDS ((time_t)1 << 40)
/* A correction that was cut off keeps others waiting no longer than this. */
#define CORRECTING_SECONDS 60

/* A report's fields, as citizen_follow() keeps them. */
enum {
    SOURCE_SUBJECT,
    SOURCE_FIELD,
    SOURCE_NOW,
    SOURCE_RIGHT
};

static bool
allowed(struct visit *visit)
{
    static const char scheme[] = "Bearer ";
    const char *got = http_request_header(visit->request, "Authorization");
    const char *key = visit->site->source_key;
    if (key == NULL || got == NULL
        || strncmp(got, scheme, sizeof scheme - 1) != 0
        || !beid_secret_equal(beid_span_str(got + sizeof scheme - 1),
                              beid_span_str(key))) {
        answer_error(visit, 403, "session_unknown");
        return false;
    }
    return true;
}

/* ,"name":"value"; the value is one line of shown text. */
static void
put_member(struct beid_buf *out, const char *before, const char *name,
           const char *value)
{
    beid_buf_put_str(out, before);
    beid_buf_put_str(out, name);
    beid_buf_put_str(out, "\":\"");
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            beid_buf_put_u8(out, '\\');
        }
        beid_buf_put_u8(out, (uint8_t)*value);
    }
    beid_buf_put_u8(out, '"');
}

static void
put_reports(struct visit *visit, const struct entry *reports, size_t count)
{
    size_t shown = count < REPORTS_MAX ? count : REPORTS_MAX;
    struct beid_buf *out = &visit->reply->body;
    visit->reply->status = 200;
    visit->reply->type = "application/json";
    beid_buf_put_str(out, "{\"reports\":[");
    for (size_t i = 0; i < shown; i++) {
        put_member(out, i == 0 ? "{\"" : ",{\"", "id", reports[i].name);
        put_member(out, ",\"", "field", reports[i].fields[SOURCE_FIELD]);
        put_member(out, ",\"", "now", reports[i].fields[SOURCE_NOW]);
        put_member(out, ",\"", "right", reports[i].fields[SOURCE_RIGHT]);
        beid_buf_put_str(out, "}");
    }
    beid_buf_put_str(out, "],\"more\":");
    beid_buf_put_str(out, count > shown ? "true}\n" : "false}\n");
}

void
source_reports(struct visit *visit)
{
    const struct entry_key key = {"", ARCHIVE_REPORT, ""};
    size_t count = 0;
    if (!allowed(visit)) {
        return;
    }
    /* One more than is shown: is there another page? */
    const struct range range = {(answer_page(visit) - 1) * REPORTS_MAX,
                                REPORTS_MAX + 1};
    struct entry *reports = calloc(range.max, sizeof *reports);
    if (reports == NULL
        || archive_list(visit->site->archive, &key, visit->now, range, reports,
                        &count)
               != BEID_OK) {
        answer_error(visit, 500, "internal");
    } else {
        put_reports(visit, reports, count);
    }
    /* Those before the one that failed as well. */
    for (size_t i = 0; i < count; i++) {
        entry_clear(&reports[i]);
    }
    free(reports);
}

/*
 * The datum first, then the news of it, and the report is done last: what is
 * interrupted can be sent again.
 */
static enum beid_err
correct(struct visit *visit, const struct entry *report, const char *value)
{
    char id[ARCHIVE_NAME_SIZE + 1];
    const char *subject = report->fields[SOURCE_SUBJECT];
    const struct entry_key key = {subject, ARCHIVE_CORRECTION,
                                  report->fields[SOURCE_FIELD]};
    const struct entry_key done = {"", ARCHIVE_REPORT, report->name};
    const struct message message = {subject, id, "notice_corrected", key.name,
                                    value};
    struct entry gone;
    (void)snprintf(id, sizeof id, "r%s", report->name);
    enum beid_err err =
        archive_put(visit->site->archive, &key, &value, 1, visit->now,
                    visit->now + CORRECTION_SECONDS);
    if (err == BEID_OK) {
        err = citizen_tell(visit, &message);
    }
    if (err == BEID_OK) {
        err = citizen_answered(visit, subject, report->name);
    }
    if (err == BEID_OK) {
        err = archive_take(visit->site->archive, &done, visit->now, &gone);
    }
    if (err == BEID_OK) {
        entry_clear(&gone);
    }
    return err;
}

/*
 * Whose time ran out meanwhile finds nothing, or what somebody else came to do,
 * and leaves that alone.
 */
static void
release(struct visit *visit, const struct entry_key *alone, const char *mark)
{
    struct archive *archive = visit->site->archive;
    struct entry entry;
    if (archive_get(archive, alone, time(NULL), &entry) != BEID_OK) {
        return;
    }
    bool own = strcmp(entry.fields[0], mark) == 0;
    entry_clear(&entry);
    if (own && archive_take(archive, alone, visit->now, &entry) == BEID_OK) {
        entry_clear(&entry);
    }
}

/*
 * One correction of a datum at a time: what the citizen reads of each is what
 * was true after it. The report is looked at again once nobody else is at it.
 * BEID_ERR_BUSY when somebody is, BEID_ERR_NOT_FOUND when it has its answer.
 */
static enum beid_err
correct_alone(struct visit *visit, const struct entry *seen, const char *value)
{
    struct archive *archive = visit->site->archive;
    const struct entry_key alone = {seen->fields[SOURCE_SUBJECT],
                                    ARCHIVE_CORRECTING,
                                    seen->fields[SOURCE_FIELD]};
    const struct entry_key key = {"", ARCHIVE_REPORT, seen->name};
    char mark[SESSION_TOKEN_SIZE];
    const char *field = mark;
    struct entry entry;
    enum beid_err err = session_random_hex(mark);
    if (err == BEID_OK) {
        err = archive_add(archive, &alone, &field, 1, visit->now,
                          visit->now + CORRECTING_SECONDS);
    }
    if (err != BEID_OK) {
        return err;
    }
    err = archive_get(archive, &key, visit->now, &entry);
    if (err == BEID_OK) {
        err = correct(visit, &entry, value);
        entry_clear(&entry);
    }
    release(visit, &alone, mark);
    return err;
}

void
source_correction(struct visit *visit)
{
    char id[ARCHIVE_NAME_SIZE];
    char value[WISH_VALUE_SIZE];
    struct entry report;
    if (!allowed(visit)) {
        return;
    }
    if (answer_field(visit, "id", id, sizeof id) == NULL
        || answer_field(visit, "value", value, sizeof value) == NULL
        || plain_line(value) != BEID_OK || value[0] == '\0') {
        answer_error(visit, 400, "bad_request");
        return;
    }
    const struct entry_key key = {"", ARCHIVE_REPORT, id};
    enum beid_err err =
        archive_get(visit->site->archive, &key, visit->now, &report);
    if (err == BEID_OK) {
        err = correct_alone(visit, &report, value);
        entry_clear(&report);
    }
    if (err == BEID_OK) {
        audit_write(visit, "corrected", "by the source", id);
        answer_json(visit, 200, "corrected", id);
    } else if (err == BEID_ERR_NOT_FOUND) {
        answer_error(visit, 404, "bad_request");
    } else if (err == BEID_ERR_BUSY) {
        answer_error(visit, 409, "busy");
    } else {
        answer_failure(visit, err);
    }
}
