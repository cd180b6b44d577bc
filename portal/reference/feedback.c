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
 * Keeps what this session writes in the first place that is free, and takes it
 * in the same moment: two at once lose nothing. The place tells nobody whose
 * session it was: an opinion needs no name. BEID_ERR_BUSY when none is left.
 */
static enum beid_err
keep(const struct visit *visit, const char *words)
{
    char name[ARCHIVE_NAME_SIZE];
    char text[sizeof "feedback " + SESSION_HEX_SIZE];
    char hex[SESSION_HEX_SIZE];
    char writer[PSEUDONYM_SIZE];
    pseudonym_hex(visit->key, SESSION_KEY_SIZE, hex);
    (void)snprintf(text, sizeof text, "feedback %s", hex);
    enum beid_err err =
        pseudonym_make(visit->site->pseudonym_key, text, writer);
    if (err != BEID_OK) {
        return err;
    }
    err = BEID_ERR_BUSY;
    for (unsigned i = 0; err == BEID_ERR_BUSY && i < FEEDBACK_PER_SESSION;
         i++) {
        const struct entry_key key = {"", ARCHIVE_FEEDBACK, name};
        (void)snprintf(name, sizeof name, "%.*s-%u", FEEDBACK_HEX, writer, i);
        err = archive_add(visit->site->archive, &key, &words, 1, visit->now,
                          visit->now + FEEDBACK_SECONDS);
    }
    return err;
}

void
feedback_post(struct visit *visit)
{
    char text[FEEDBACK_SIZE];
    if (!answer_form(visit)) {
        return;
    }
    if (answer_field(visit, "text", text, sizeof text) == NULL
        || plain_line(text) != BEID_OK || text[0] == '\0') {
        answer_redirect(visit, "/feedback?wrong=right");
        return;
    }
    enum beid_err err = keep(visit, text);
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
    enum beid_err err = archive_list(
        archive, &all, now, (struct range){.max = ARCHIVE_FEEDBACK_MAX},
        entries, &count);
    for (size_t i = 0; i < count; i++) {
        print_entry(&entries[i]);
        entry_clear(&entries[i]);
    }
    free(entries);
    return err;
}
