/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "portal_dir.h"

#include <beid/log.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".conf"
#define NAME_BYTES_MAX 128U
#define FILES_MAX 64U

/* Who must own what is read, and who else may not write it. */
struct rule {
    uid_t owner;
    mode_t forbidden;
    bool development;
};

/* One directory: its descriptor and the sorted names of its portal files. */
struct listing {
    int fd;
    char *names[FILES_MAX];
    size_t count;
};

static bool
trusted(const struct stat *st, const struct rule *rule)
{
    return st->st_uid == rule->owner && (st->st_mode & rule->forbidden) == 0;
}

static bool
portal_name(const char *name)
{
    size_t len = strlen(name);
    size_t suffix = strlen(SUFFIX);
    return name[0] != '.' && len > suffix
           && strcmp(name + len - suffix, SUFFIX) == 0;
}

/* Front takes text alone, and the log should not be written by a name. */
static bool
plain_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~') {
            return false;
        }
    }
    return strlen(name) <= NAME_BYTES_MAX;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
listing_clear(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        free(listing->names[i]);
    }
    listing->count = 0;
    if (listing->fd >= 0) {
        (void)close(listing->fd);
        listing->fd = -1;
    }
}

static enum beid_err
read_names(DIR *dir, struct listing *listing)
{
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, own stream */
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            break;
        }
        if (!portal_name(entry->d_name)) {
            continue;
        }
        if (!plain_name(entry->d_name)) {
            BEID_LOG_WARN("a portal file is ignored: its name is too long or "
                          "not plain ASCII");
            continue;
        }
        if (listing->count == FILES_MAX) {
            return BEID_ERR_LIMIT;
        }
        listing->names[listing->count] = strdup(entry->d_name);
        if (listing->names[listing->count] == NULL) {
            return BEID_ERR_MEMORY;
        }
        listing->count++;
    }
    qsort(listing->names, listing->count, sizeof listing->names[0], by_name);
    return BEID_OK;
}

/* Opens and checks a directory, lists its portal files. */
static enum beid_err
listing_open(const char *path, const struct rule *rule, struct listing *out)
{
    struct stat st;
    *out = (struct listing){.fd = -1};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return BEID_ERR_NOT_FOUND;
    }
    if (fstat(fd, &st) != 0 || !trusted(&st, rule)) {
        (void)close(fd);
        return BEID_ERR_DENIED;
    }
    out->fd = fd;
    int walk = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = walk < 0 ? NULL : fdopendir(walk);
    if (dir == NULL) {
        if (walk >= 0) {
            (void)close(walk);
        }
        listing_clear(out);
        return BEID_ERR_IO;
    }
    enum beid_err err = read_names(dir, out);
    (void)closedir(dir);
    if (err != BEID_OK) {
        listing_clear(out);
    }
    return err;
}

static bool
masked(int dir, const char *name)
{
    static const char nowhere[] = "/dev/null";
    char target[sizeof nowhere + 1];
    ssize_t len = readlinkat(dir, name, target, sizeof target);
    return len == (ssize_t)strlen(nowhere)
           && memcmp(target, nowhere, strlen(nowhere)) == 0;
}

/* Opens, checks and hands over one file; a bad one is only warned about. */
static enum beid_err
visit(const struct listing *listing, const char *name, const struct rule *rule,
      beid_portal_file_fn *each, void *user)
{
    struct stat st;
    if (masked(listing->fd, name)) {
        BEID_LOG_INFO("portal file %s is masked", name);
        return BEID_OK;
    }
    int fd = openat(listing->fd, name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        BEID_LOG_WARN("portal file %s ignored: it cannot be opened", name);
        return BEID_OK;
    }
    enum beid_err err = BEID_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !trusted(&st, rule)) {
        BEID_LOG_WARN("portal file %s ignored: wrong owner, or writable by "
                      "others, or not a file",
                      name);
    } else {
        err = each(name, rule->development, fd, user);
    }
    (void)close(fd);
    return err;
}

static bool
has(const struct listing *listing, const char *name)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (strcmp(listing->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* A directory that is absent is normal; one that is not trusted is not. */
static enum beid_err
system_listing(const char *path, const struct rule *rule, struct listing *out)
{
    enum beid_err err = listing_open(path, rule, out);
    if (err == BEID_ERR_DENIED) {
        BEID_LOG_WARN("directory %s ignored: not root's alone", path);
        return BEID_OK;
    }
    return err == BEID_ERR_NOT_FOUND ? BEID_OK : err;
}

enum beid_err
beid_portal_dir_system(const char *vendor, const char *admin,
                       beid_portal_file_fn *each, void *user)
{
    const struct rule rule = {.owner = 0, .forbidden = S_IWGRP | S_IWOTH};
    struct listing ours = {.fd = -1};
    struct listing theirs = {.fd = -1};
    enum beid_err err = system_listing(admin, &rule, &ours);
    if (err == BEID_OK) {
        err = system_listing(vendor, &rule, &theirs);
    }
    for (size_t i = 0; err == BEID_OK && i < ours.count; i++) {
        err = visit(&ours, ours.names[i], &rule, each, user);
    }
    for (size_t i = 0; err == BEID_OK && i < theirs.count; i++) {
        if (!has(&ours, theirs.names[i])) {
            err = visit(&theirs, theirs.names[i], &rule, each, user);
        }
    }
    listing_clear(&ours);
    listing_clear(&theirs);
    return err;
}

enum beid_err
beid_portal_dir_user(const char *path, beid_portal_file_fn *each, void *user)
{
    const struct rule rule = {
        .owner = getuid(), .forbidden = S_IWOTH, .development = true};
    struct listing listing;
    enum beid_err err = listing_open(path, &rule, &listing);
    for (size_t i = 0; err == BEID_OK && i < listing.count; i++) {
        err = visit(&listing, listing.names[i], &rule, each, user);
    }
    listing_clear(&listing);
    return err;
}
