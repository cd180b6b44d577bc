/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sign_file.h"

#include "say.h"
#include "sys/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define OWN_FDS "/proc/self/fd"
#define PIECE 65536U
#define LARGE (64L * 1024 * 1024) /* from here on it is told how far it is */
#define TEXT_MAX 256U

static void
show_progress(const struct sign_file *file, enum beid_lang lang, int *shown)
{
    struct beid_buf text;
    char number[16];
    int percent = (int)(file->size * 100U / (uint64_t)file->before.st_size);
    if (file->before.st_size < LARGE || percent == *shown
        || isatty(STDERR_FILENO) != 1) {
        return;
    }
    *shown = percent;
    (void)snprintf(number, sizeof number, "%d", percent < 100 ? percent : 100);
    const struct say_word words[] = {{"percent", number}, {NULL, NULL}};
    beid_buf_init(&text, TEXT_MAX);
    say_fill(&text, lang, BEID_TEXT_SIGN_PROGRESS, words);
    const char *line = beid_buf_cstr(&text);
    (void)fprintf(stderr, "\r%s%s", line != NULL ? line : "",
                  percent >= 100 ? "\n" : "");
    beid_buf_clear(&text);
}

static enum beid_err
hash(struct sign_file *file, struct digest *digest, enum beid_lang lang)
{
    static uint8_t piece[PIECE];
    int shown = -1;
    for (;;) {
        ssize_t got = read(file->fd, piece, sizeof piece);
        if (got < 0 && errno != EINTR) {
            return BEID_ERR_IO;
        }
        if (got == 0) {
            return digest_end(digest, file->sha256, file->sha384);
        }
        size_t len = got > 0 ? (size_t)got : 0;
        enum beid_err err = digest_put(digest, beid_span_of(piece, len));
        if (err != BEID_OK) {
            return err;
        }
        file->size += len;
        show_progress(file, lang, &shown);
    }
}

enum beid_err
sign_file_read(struct sign_file *file, const char *path, enum beid_lang lang)
{
    struct digest *digest = NULL;
    *file = (struct sign_file){
        .path = path,
        .fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (file->fd < 0 || fstat(file->fd, &file->before) != 0
        || !S_ISREG(file->before.st_mode)) {
        return BEID_ERR_IO;
    }
    enum beid_err err = digest_new(&digest);
    if (err == BEID_OK) {
        err = hash(file, digest, lang);
    }
    digest_free(&digest);
    return err;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
sign_file_same(const struct sign_file *file)
{
    const struct stat *before = &file->before;
    struct stat now;
    struct stat there;
    return fstat(file->fd, &now) == 0 && stat(file->path, &there) == 0
           && there.st_dev == now.st_dev && there.st_ino == now.st_ino
           && (uint64_t)now.st_size == file->size
           && same_time(&now.st_mtim, &before->st_mtim)
           && same_time(&now.st_ctim, &before->st_ctim);
}

void
sign_file_close(struct sign_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
        file->fd = -1;
    }
}

/* A file of the folder that path is in; -1 where that cannot be. */
static int
open_nameless(const char *path, mode_t mode)
{
    char *folder = NULL;
    const char *slash = strrchr(path, '/');
    if (access(OWN_FDS, X_OK) != 0
        || asprintf(&folder, "%.*s",
                    slash == NULL ? 1 : (int)(slash - path + 1),
                    slash == NULL ? "." : path)
               < 0) {
        return -1;
    }
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    free(folder);
    return fd;
}

enum beid_err
sign_output_open(struct sign_output *output, const char *path, bool replace,
                 mode_t mode)
{
    struct stat there;
    *output = (struct sign_output){.path = path, .fd = -1, .replace = replace};
    if (lstat(path, &there) == 0) {
        if (!replace) {
            return BEID_ERR_STATE;
        }
        if (!S_ISREG(there.st_mode)) {
            return BEID_ERR_IO;
        }
    }
    output->fd = open_nameless(path, mode);
    if (output->fd >= 0) {
        /* Our umask is stricter than the one that mode is made from. */
        return fchmod(output->fd, mode) == 0 ? BEID_OK : BEID_ERR_IO;
    }
    if (asprintf(&output->fresh, "%s.XXXXXX", path) < 0) {
        output->fresh = NULL;
        return BEID_ERR_MEMORY;
    }
    output->fd = mkostemp(output->fresh, O_CLOEXEC);
    return output->fd >= 0 && fchmod(output->fd, mode) == 0 ? BEID_OK
                                                            : BEID_ERR_IO;
}

static int
link_nameless(int fd, const char *name)
{
    char own[sizeof OWN_FDS + 16];
    (void)snprintf(own, sizeof own, "%s/%d", OWN_FDS, fd);
    return linkat(AT_FDCWD, own, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* To replace another it needs a name of its own first. */
static enum beid_err
name_nameless(struct sign_output *output)
{
    unsigned int number = 0;
    if (!output->replace) {
        if (link_nameless(output->fd, output->path) == 0) {
            return BEID_OK;
        }
        return errno == EEXIST ? BEID_ERR_STATE : BEID_ERR_IO;
    }
    do {
        free(output->fresh);
        output->fresh = NULL;
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number
            || asprintf(&output->fresh, "%s.%08x", output->path, number) < 0) {
            output->fresh = NULL;
            return BEID_ERR_MEMORY;
        }
    } while (link_nameless(output->fd, output->fresh) != 0 && errno == EEXIST);
    return rename(output->fresh, output->path) == 0 ? BEID_OK : BEID_ERR_IO;
}

/* Not over one that came meanwhile, even where the file system helps less. */
static enum beid_err
give_name(const struct sign_output *output)
{
    unsigned int flags = output->replace ? 0 : RENAME_NOREPLACE;
    int done =
        renameat2(AT_FDCWD, output->fresh, AT_FDCWD, output->path, flags);
    if (done != 0 && flags != 0 && (errno == EINVAL || errno == ENOSYS)) {
        done = link(output->fresh, output->path);
    }
    if (done == 0) {
        return BEID_OK;
    }
    return errno == EEXIST ? BEID_ERR_STATE : BEID_ERR_IO;
}

enum beid_err
sign_output_write(struct sign_output *output, struct beid_span bytes)
{
    enum beid_err err = beid_whole_write(output->fd, bytes);
    if (err != BEID_OK) {
        return err;
    }
    return output->fresh != NULL ? give_name(output) : name_nameless(output);
}

void
sign_output_close(struct sign_output *output)
{
    if (output->fd >= 0) {
        (void)close(output->fd);
        if (output->fresh != NULL) {
            (void)unlink(output->fresh); /* that alone, if it has it yet */
        }
        output->fd = -1;
    }
    free(output->fresh);
    output->fresh = NULL;
}
