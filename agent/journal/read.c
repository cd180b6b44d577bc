/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "place.h"
#include "store.h"
#include "sys/lines.h"
#include "sys/user_file.h"

#include <string.h>

/* A file grows past its size until the agent is started again. */
#define READ_MAX ((size_t)64U * 1024U * 1024U)

struct reading {
    journal_entry_fn *each;
    journal_text_fn *text;
    void *user;
    struct journal_report *report;
    bool begun; /* a file was read */
    uint64_t first; /* number that the oldest file begins with */
    uint64_t next; /* number of the next line */
    uint8_t chain[JOURNAL_HASH_LEN];
};

static void
damage(struct reading *reading, enum journal_damage what, unsigned int file,
       unsigned int line)
{
    struct journal_report *report = reading->report;
    if (report->damage == JOURNAL_WHOLE) {
        report->damage = what;
        report->file = file;
        report->line = line;
    }
}

static void
read_line(struct reading *reading, struct beid_span line, unsigned int file,
          unsigned int number)
{
    struct journal_entry entry;
    enum beid_err err = journal_line_get(line, reading->chain, &entry);
    if (err == BEID_ERR_FORMAT || err == BEID_ERR_INTERNAL) {
        damage(reading, JOURNAL_LINE_CHANGED, file, number);
        return;
    }
    if (entry.number != reading->next) {
        damage(reading, JOURNAL_LINES_GONE, file, number);
    } else if (err != BEID_OK) {
        damage(reading, JOURNAL_LINE_CHANGED, file, number);
    }
    reading->next = entry.number + 1;
    reading->report->lines++;
    if (reading->each != NULL) {
        reading->each(&entry, reading->user);
    }
}

static void
read_first(struct reading *reading, struct beid_span line, unsigned int file)
{
    uint8_t chain[JOURNAL_HASH_LEN];
    static const uint8_t nothing[JOURNAL_HASH_LEN] = {0};
    uint64_t number = 0;
    if (journal_first_get(line, &number, chain) != BEID_OK) {
        damage(reading, JOURNAL_LINE_CHANGED, file, 1);
        return;
    }
    bool wrong = reading->begun
                     ? number != reading->next
                           || memcmp(chain, reading->chain, sizeof chain) != 0
                     : number == 1 && memcmp(chain, nothing, sizeof chain) != 0;
    if (wrong) {
        damage(reading, JOURNAL_FILE_WRONG, file, 1);
    }
    if (!reading->begun) {
        reading->first = number;
    }
    reading->begun = true;
    reading->next = number;
    memcpy(reading->chain, chain, sizeof chain);
}

static void
read_text(struct reading *reading, struct beid_span text, unsigned int file)
{
    struct beid_span line;
    unsigned int number = 0;
    if (text.len == 0 || text.ptr[text.len - 1] != '\n') {
        damage(reading, JOURNAL_LINE_CHANGED, file, 0);
    }
    while (beid_lines_take(&text, &line)) {
        number++;
        if (number == 1) {
            read_first(reading, line, file);
        } else {
            read_line(reading, line, file, number);
        }
    }
}

static enum beid_err
read_file(struct reading *reading, unsigned int file, struct beid_buf *text)
{
    struct beid_buf path;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    beid_buf_reset(text);
    const char *name = journal_path_old(&path, file);
    enum beid_err err =
        name == NULL ? BEID_ERR_NOT_FOUND : beid_user_read(name, text);
    beid_buf_clear(&path);
    if (err != BEID_OK) {
        return err;
    }
    if (reading->text != NULL) {
        reading->text(beid_buf_span(text), reading->user);
    }
    read_text(reading, beid_buf_span(text), file);
    return BEID_OK;
}

static enum beid_err
check_head(struct reading *reading, struct beid_buf *text)
{
    struct beid_buf path;
    struct journal_head head;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    beid_buf_reset(text);
    const char *name = journal_path(&path, ".head");
    enum beid_err err =
        name == NULL ? BEID_ERR_NOT_FOUND : beid_user_read(name, text);
    beid_buf_clear(&path);
    if (err == BEID_ERR_NOT_FOUND && !reading->begun) {
        return err; /* there is no journal at all */
    }
    if (err != BEID_OK
        || journal_head_get(beid_buf_span(text), &head) != BEID_OK) {
        damage(reading, JOURNAL_HEAD_GONE, 0, 0);
        return BEID_OK;
    }
    reading->report->missed = head.missed;
    if (reading->begun ? reading->first != head.oldest : head.count != 0) {
        damage(reading, JOURNAL_START_WRONG, 0, 0);
    }
    if (reading->begun
        && (reading->next != head.count + 1
            || memcmp(reading->chain, head.hash, sizeof head.hash) != 0)) {
        damage(reading, JOURNAL_END_WRONG, 0, 0);
    }
    return BEID_OK;
}

enum beid_err
journal_read(journal_entry_fn *each, journal_text_fn *text, void *user,
             struct journal_report *out)
{
    struct journal_report report = {.damage = JOURNAL_WHOLE};
    struct reading reading = {
        .each = each, .text = text, .user = user, .report = &report};
    struct beid_buf content;
    beid_buf_init(&content, READ_MAX);
    enum beid_err err = BEID_OK;
    for (unsigned int i = JOURNAL_FILES_MAX; i > 0 && err == BEID_OK; i--) {
        err = read_file(&reading, i - 1, &content);
        err = err == BEID_ERR_NOT_FOUND ? BEID_OK : err;
    }
    if (err == BEID_OK) {
        err = check_head(&reading, &content);
    }
    beid_buf_clear(&content);
    if (err == BEID_OK) {
        *out = report;
    }
    return err;
}
