/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "feedback.h"

#include "answer.h"
#include "archive.h"
#include "plain.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEEDBACK_SECONDS ((time_t)366 * 86400)
#define FEEDBACK_PER_SESSION 3U
#define FEEDBACK_HEX 40

static const struct entry_key all = {"", ARCHIVE_FEEDBACK, ""};

void
feedback_show(struct visit *visit)
{
    if (session_open(visit) != BEID_OK) {
        site_show(visit, PAGE_ERROR, 503);
    } else {
        site_show(visit, PAGE_FEEDBACK, 200);
    }
}

/*
 * A free place for what this session writes. It tells nobody whose session it
 * was: an opinion needs no name. BEID_ERR_BUSY when there is none left.
 */
static enum beid_err
place_find(const struct visit *visit, char name[ARCHIVE_NAME_SIZE])
{
    char text[sizeof "feedback " + SESSION_HEX_SIZE];
    char hex[SESSION_HEX_SIZE];
    char writer[PSEUDONYM_SIZE];
    pseudonym_hex(visit->key, SESSION_KEY_SIZE, hex);
    (void)snprintf(text, sizeof text, "feedback %s", hex);
    enum beid_err err =
        pseudonym_make(visit->site->pseudonym_key, text, writer);
    for (unsigned i = 0; err == BEID_OK && i < FEEDBACK_PER_SESSION; i++) {
        const struct entry_key key = {"", ARCHIVE_FEEDBACK, name};
        struct entry there;
        (void)snprintf(name, ARCHIVE_NAME_SIZE, "%.*s-%u", FEEDBACK_HEX, writer,
                       i);
        err = archive_get(visit->site->archive, &key, visit->now, &there);
        if (err == BEID_ERR_NOT_FOUND) {
            return BEID_OK;
        }
        if (err == BEID_OK) {
            entry_clear(&there);
        }
    }
    return err == BEID_OK ? BEID_ERR_BUSY : err;
}

void
feedback_post(struct visit *visit)
{
    char text[FEEDBACK_SIZE];
    char name[ARCHIVE_NAME_SIZE];
    const char *fields[] = {text};
    if (!answer_form(visit)) {
        return;
    }
    if (answer_field(visit, "text", text, sizeof text) == NULL
        || plain_line(text) != BEID_OK || text[0] == '\0') {
        answer_redirect(visit, "/feedback?wrong=right");
        return;
    }
    enum beid_err err = place_find(visit, name);
    if (err == BEID_OK) {
        const struct entry_key key = {"", ARCHIVE_FEEDBACK, name};
        err = archive_put(visit->site->archive, &key, fields, 1, visit->now,
                          visit->now + FEEDBACK_SECONDS);
    }
    if (err == BEID_OK) {
        answer_redirect(visit, "/feedback?done=signed");
    } else if (err == BEID_ERR_BUSY) {
        answer_redirect(visit, "/feedback?wrong=many");
    } else {
        answer_trouble(visit, err);
    }
}

static void
print_entry(const struct entry *entry)
{
    (void)printf("{\"time\":%lld,\"text\":\"", (long long)entry->created);
    for (const char *at = entry->fields[0]; *at != '\0'; at++) {
        (void)printf("%s%c", *at == '"' || *at == '\\' ? "\\" : "", *at);
    }
    (void)puts("\"}");
}

enum beid_err
feedback_print(struct archive *archive, time_t now)
{
    struct entry *entries = calloc(ARCHIVE_FEEDBACK_MAX, sizeof *entries);
    size_t count = 0;
    if (entries == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err =
        archive_list(archive, &all, now, entries, ARCHIVE_FEEDBACK_MAX, &count);
    for (size_t i = 0; i < count; i++) {
        print_entry(&entries[i]);
        entry_clear(&entries[i]);
    }
    free(entries);
    return err;
}
