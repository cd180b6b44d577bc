/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"
#include "place.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_LEN ((size_t)2U * JOURNAL_LINE_MAX)

/* A head that cannot be read is taken for that of an empty journal. */
void
journal_head_read(int fd, struct journal_head *head)
{
    uint8_t text[JOURNAL_HEAD_LEN + 1];
    ssize_t got = pread(fd, text, sizeof text, 0);
    memset(head, 0, sizeof *head);
    head->oldest = 1;
    if (got > 0) {
        (void)!journal_head_get(beid_span_of(text, (size_t)got), head);
    }
}

/* In its place, so that it needs no room on the disk. */
enum beid_err
journal_head_write(int fd, const struct journal_head *head)
{
    struct beid_buf text;
    beid_buf_init(&text, JOURNAL_HEAD_LEN);
    enum beid_err err = journal_head_put(&text, head);
    if (err == BEID_OK
        && pwrite(fd, text.ptr, text.len, 0) != (ssize_t)text.len) {
        err = BEID_ERR_IO;
    }
    beid_buf_clear(&text);
    return err;
}

/* All of it or nothing: half a line would look like an edit. */
static enum beid_err
write_line(int fd, struct beid_span line)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return BEID_ERR_IO;
    }
    ssize_t put = write(fd, line.ptr, line.len);
    if (put == (ssize_t)line.len) {
        return BEID_OK;
    }
    if (put > 0 && ftruncate(fd, st.st_size) != 0) {
        return BEID_ERR_IO;
    }
    return BEID_ERR_IO;
}

/* Where in the text its last line begins. */
static size_t
last_line(struct beid_span text)
{
    size_t at = text.len > 0 ? text.len - 1 : 0;
    while (at > 0 && text.ptr[at - 1] != '\n') {
        at--;
    }
    return at;
}

void
journal_mend(const struct journal *journal, struct journal_head *head)
{
    static uint8_t tail[TAIL_LEN];
    struct journal_entry entry;
    struct stat st;
    uint8_t chain[JOURNAL_HASH_LEN];
    if (fstat(journal->file, &st) != 0 || st.st_size <= 0) {
        return;
    }
    off_t from =
        st.st_size > (off_t)TAIL_LEN ? st.st_size - (off_t)TAIL_LEN : 0;
    ssize_t got = pread(journal->file, tail, sizeof tail, from);
    struct beid_span text = beid_span_of(tail, got > 0 ? (size_t)got : 0);
    size_t start = last_line(text);
    if (text.len == 0 || (start == 0 && from > 0)) {
        return;
    }
    if (text.ptr[text.len - 1] != '\n') {
        if (start > 0 && ftruncate(journal->file, from + (off_t)start) == 0) {
            head->missed++;
        }
        return;
    }
    memcpy(chain, head->hash, sizeof chain);
    struct beid_span line =
        beid_span_of(text.ptr + start, text.len - start - 1);
    if (journal_line_get(line, chain, &entry) == BEID_OK
        && entry.number == head->count + 1) {
        head->count++;
        head->missed++;
        memcpy(head->hash, chain, sizeof head->hash);
    }
}

static enum beid_err
append(const struct journal *journal, const struct journal_entry *entry)
{
    struct journal_head head;
    struct beid_buf line;
    struct journal_entry numbered = *entry;
    journal_head_read(journal->head, &head);
    journal_mend(journal, &head);
    numbered.number = head.count + 1;
    beid_buf_init(&line, JOURNAL_LINE_MAX);
    uint8_t chain[JOURNAL_HASH_LEN];
    memcpy(chain, head.hash, sizeof chain);
    enum beid_err err = journal_line_put(&line, &numbered, chain);
    if (err == BEID_OK) {
        err = write_line(journal->file, beid_buf_span(&line));
    }
    beid_buf_clear(&line);
    if (err == BEID_OK) {
        head.count++;
        memcpy(head.hash, chain, sizeof chain);
    } else {
        head.missed++;
    }
    enum beid_err kept = journal_head_write(journal->head, &head);
    return err == BEID_OK ? kept : err;
}

enum beid_err
journal_lock(int head)
{
    while (flock(head, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return BEID_ERR_IO;
        }
    }
    return BEID_OK;
}

void
journal_unlock(int head)
{
    (void)flock(head, LOCK_UN);
}

enum beid_err
journal_append(const struct journal *journal, const struct journal_entry *entry)
{
    if (journal->file < 0) {
        return BEID_OK;
    }
    enum beid_err err = journal_lock(journal->head);
    if (err == BEID_OK) {
        err = append(journal, entry);
        journal_unlock(journal->head);
    }
    return err;
}
