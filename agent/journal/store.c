/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include "place.h"
#include "sys/lines.h"
#include "sys/user_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRIVATE 0600
#define FIRST_LINE_MAX 128U

const char *
journal_path(struct beid_buf *path, const char *suffix)
{
    beid_buf_reset(path);
    if (beid_user_path(BEID_USER_STATE, JOURNAL_FILE, path) != BEID_OK) {
        return NULL;
    }
    beid_buf_put_str(path, suffix);
    return beid_buf_cstr(path);
}

const char *
journal_path_old(struct beid_buf *path, unsigned int number)
{
    char suffix[16];
    (void)snprintf(suffix, sizeof suffix, ".%u", number);
    return journal_path(path, number == 0 ? "" : suffix);
}

static int
open_private(const char *suffix, int flags)
{
    struct beid_buf path;
    struct stat st;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    const char *name = journal_path(&path, suffix);
    int fd = name == NULL
                 ? -1
                 : open(name, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, PRIVATE);
    beid_buf_clear(&path);
    if (fd >= 0
        && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)
            || st.st_uid != getuid())) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The number in the first line of an older file; 0 when there is none. */
static uint64_t
first_number(unsigned int file)
{
    char suffix[16];
    uint8_t text[FIRST_LINE_MAX];
    uint8_t chain[JOURNAL_HASH_LEN];
    struct beid_span line;
    uint64_t number = 0;
    (void)snprintf(suffix, sizeof suffix, ".%u", file);
    int fd = open_private(suffix, 0);
    ssize_t got = fd < 0 ? 0 : pread(fd, text, sizeof text, 0);
    if (fd >= 0) {
        (void)close(fd);
    }
    struct beid_span rest = beid_span_of(text, got > 0 ? (size_t)got : 0);
    if (!beid_lines_take(&rest, &line)
        || journal_first_get(line, &number, chain) != BEID_OK) {
        return 0;
    }
    return number;
}

/* ".6" becomes ".7" and so on; what was ".7" is gone. */
static enum beid_err
move_files(void)
{
    struct beid_buf from;
    struct beid_buf to;
    enum beid_err err = BEID_OK;
    beid_buf_init(&from, BEID_USER_PATH_MAX);
    beid_buf_init(&to, BEID_USER_PATH_MAX);
    for (unsigned int i = JOURNAL_FILES_MAX - 1; i > 0 && err == BEID_OK; i--) {
        const char *old = journal_path_old(&from, i - 1);
        const char *fresh = journal_path_old(&to, i);
        if (old == NULL || fresh == NULL
            || (rename(old, fresh) != 0 && errno != ENOENT)) {
            err = BEID_ERR_IO;
        }
    }
    beid_buf_clear(&from);
    beid_buf_clear(&to);
    return err;
}

/* An empty file gets its first line. */
static enum beid_err
begin_file(int file, const struct journal_head *head)
{
    struct stat st;
    struct beid_buf line;
    if (fstat(file, &st) != 0) {
        return BEID_ERR_IO;
    }
    if (st.st_size > 0) {
        return BEID_OK;
    }
    beid_buf_init(&line, FIRST_LINE_MAX);
    enum beid_err err = journal_first_put(&line, head->count + 1, head->hash);
    if (err == BEID_OK
        && write(file, line.ptr, line.len) != (ssize_t)line.len) {
        (void)!ftruncate(file, 0);
        err = BEID_ERR_IO;
    }
    beid_buf_clear(&line);
    return err;
}

/* A full file is put aside when nobody else holds it. */
static enum beid_err
rotate(struct journal *journal, int lock)
{
    struct stat st;
    struct journal_head head;
    if (fstat(journal->file, &st) != 0) {
        return BEID_ERR_IO;
    }
    if (st.st_size < (off_t)JOURNAL_FILE_MAX
        || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        return BEID_OK;
    }
    /*
     * The head first: when this ends in between, the next start goes on. The
     * file to be the last is the oldest then, ".7" or not. This one is mended
     * while it can still be written to.
     */
    journal_head_read(journal->head, &head);
    journal_mend(journal, &head);
    uint64_t next = first_number(JOURNAL_FILES_MAX - 2);
    head.oldest = next != 0 ? next : head.oldest;
    enum beid_err err = journal_head_write(journal->head, &head);
    if (err == BEID_OK) {
        err = move_files();
    }
    if (err == BEID_OK) {
        (void)close(journal->file);
        journal->file = open_private("", O_CREAT | O_APPEND);
        err = journal->file < 0 ? BEID_ERR_IO : BEID_OK;
    }
    return err;
}

static enum beid_err
prepare(struct journal *journal, int lock)
{
    struct journal_head head;
    struct stat st;
    enum beid_err err = journal_lock(journal->head);
    if (err != BEID_OK) {
        return err;
    }
    err = rotate(journal, lock);
    journal_head_read(journal->head, &head);
    if (err == BEID_OK) {
        err = begin_file(journal->file, &head);
    }
    if (err == BEID_OK && fstat(journal->head, &st) == 0 && st.st_size == 0) {
        err = journal_head_write(journal->head, &head);
    }
    journal_unlock(journal->head);
    return err;
}

static enum beid_err
make_folders(void)
{
    struct beid_buf path;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    const char *name = journal_path(&path, "");
    enum beid_err err =
        name == NULL ? BEID_ERR_NOT_FOUND : beid_user_folders(name);
    beid_buf_clear(&path);
    return err;
}

enum beid_err
journal_open(struct journal *out, int *lock)
{
    struct journal journal = {.file = -1, .head = -1};
    *out = journal;
    *lock = -1;
    enum beid_err err = make_folders();
    if (err != BEID_OK) {
        return err;
    }
    int held = open_private(".lock", O_CREAT);
    journal.head = open_private(".head", O_CREAT);
    journal.file = open_private("", O_CREAT | O_APPEND);
    err = held < 0 || journal.head < 0 || journal.file < 0 ? BEID_ERR_IO
                                                           : BEID_OK;
    if (err == BEID_OK) {
        err = prepare(&journal, held);
    }
    if (err == BEID_OK && flock(held, LOCK_SH | LOCK_NB) != 0) {
        err = BEID_ERR_IO;
    }
    if (err != BEID_OK) {
        journal_close(&journal, &held);
        return err;
    }
    *out = journal;
    *lock = held;
    return BEID_OK;
}

static void
drop(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

void
journal_close(struct journal *journal, int *lock)
{
    drop(&journal->file);
    drop(&journal->head);
    drop(lock);
}

/* The nearest folder above it that exists, and whether a file can be made. */
static bool
can_be_made(char *path)
{
    for (char *slash = strrchr(path, '/'); slash != NULL && slash != path;
         slash = strrchr(path, '/')) {
        *slash = '\0';
        if (access(path, F_OK) == 0) {
            struct stat st;
            return stat(path, &st) == 0 && S_ISDIR(st.st_mode)
                   && access(path, W_OK | X_OK) == 0;
        }
        if (errno != ENOENT) {
            return false;
        }
    }
    return false;
}

bool
journal_usable(void)
{
    struct beid_buf path;
    struct journal journal;
    char text[BEID_USER_PATH_MAX];
    int lock = -1;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    const char *name = journal_path(&path, "");
    bool usable = name != NULL && snprintf(text, sizeof text, "%s", name) > 0;
    if (usable && access(text, F_OK) == 0) {
        usable = journal_open(&journal, &lock) == BEID_OK;
        if (usable) {
            journal_close(&journal, &lock);
        }
    } else if (usable) {
        usable = errno == ENOENT && can_be_made(text);
    }
    beid_buf_clear(&path);
    return usable;
}

static enum beid_err
remove_old(void)
{
    struct beid_buf path;
    enum beid_err err = BEID_OK;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    for (unsigned int i = 1; i < JOURNAL_FILES_MAX; i++) {
        const char *name = journal_path_old(&path, i);
        if (name == NULL || (unlink(name) != 0 && errno != ENOENT)) {
            err = BEID_ERR_IO;
        }
    }
    beid_buf_clear(&path);
    return err;
}

enum beid_err
journal_erase(void)
{
    struct journal_head head;
    int fd = open_private(".head", 0);
    int file = open_private("", O_APPEND);
    enum beid_err err =
        fd < 0 || file < 0 ? BEID_ERR_NOT_FOUND : journal_lock(fd);
    if (err == BEID_OK) {
        journal_head_read(fd, &head);
        head.oldest = head.count + 1;
        head.missed = 0;
        err = remove_old();
        if (err == BEID_OK && ftruncate(file, 0) != 0) {
            err = BEID_ERR_IO;
        }
        if (err == BEID_OK) {
            err = begin_file(file, &head);
        }
        if (err == BEID_OK) {
            err = journal_head_write(fd, &head);
        }
        journal_unlock(fd);
    }
    drop(&fd);
    drop(&file);
    return err;
}
