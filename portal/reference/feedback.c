/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "feedback.h"

#include "answer.h"
#include "archive.h"
#include "plain.h"
#include "session.h"

#include <beid/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEEDBACK_SECONDS ((time_t)366 * 86400)

static const struct archive_key all = {"", ARCHIVE_FEEDBACK, ""};

void
feedback_show(struct visit *visit)
{
    if (session_open(visit) != BEID_OK) {
        site_show(visit, PAGE_ERROR, 503);
    } else {
        site_show(visit, PAGE_FEEDBACK, 200);
    }
}

void
feedback_post(struct visit *visit)
{
    char csrf[SESSION_TOKEN_SIZE];
    char text[FEEDBACK_SIZE];
    char name[SESSION_TOKEN_SIZE];
    const char *fields[] = {text};
    if (!answer_ours(visit, answer_field(visit, "csrf", csrf, sizeof csrf))) {
        answer_error(visit, 403, "session_unknown");
        return;
    }
    if (answer_field(visit, "text", text, sizeof text) == NULL
        || plain_line(text) != BEID_OK || text[0] == '\0') {
        answer_redirect(visit, "/feedback?wrong=right");
        return;
    }
    /* Not under a pseudonym: an opinion needs no name. */
    enum beid_err err = session_random_hex(name);
    if (err == BEID_OK) {
        const struct archive_key key = {"", ARCHIVE_FEEDBACK, name};
        err = archive_put(visit->site->archive, &key, fields, 1, visit->now,
                          visit->now + FEEDBACK_SECONDS);
    }
    if (err == BEID_OK) {
        answer_redirect(visit, "/feedback?done=signed");
    } else {
        BEID_LOG_WARN("feedback is lost: %s", beid_err_text(err));
        site_show(visit, PAGE_ERROR, 503);
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
    struct entry *entries = calloc(ARCHIVE_MAX, sizeof *entries);
    size_t count = 0;
    if (entries == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err =
        archive_list(archive, &all, now, entries, ARCHIVE_MAX, &count);
    for (size_t i = 0; i < count; i++) {
        print_entry(&entries[i]);
        entry_clear(&entries[i]);
    }
    free(entries);
    return err;
}
