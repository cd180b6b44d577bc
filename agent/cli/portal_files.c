/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "portal_files.h"

#include "policy/restriction.h"
#include "sys/portal_dir.h"
#include "sys/user_file.h"
#include "sys/whole.h"

#include <beid/log.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".conf"

static enum beid_err
keep(struct portal_files *files, const char *name,
     const struct policy_portal *portal)
{
    if (files->count == PORTAL_FILES_MAX) {
        return BEID_ERR_LIMIT;
    }
    size_t len = strlen(name) - strlen(SUFFIX);
    char *stem = strndup(name, len);
    if (stem == NULL) {
        return BEID_ERR_MEMORY;
    }
    files->file[files->count++] = (struct portal_file){
        .name = stem,
        .portal = *portal,
        .blocked = policy_restriction_blocks(beid_buf_span(&files->restriction),
                                             beid_span_str(name))
                   || files->unreadable};
    return BEID_OK;
}

static enum beid_err
take_file(const char *name, bool development, int fd, void *user)
{
    struct portal_files *files = user;
    struct policy_portal portal = {.development = development};
    struct beid_buf text;
    unsigned int line = 0;
    beid_buf_init(&text, POLICY_PORTAL_FILE_MAX);
    enum beid_err err = beid_whole_read(fd, &text);
    if (err == BEID_OK) {
        err = policy_portal_parse(beid_buf_span(&text), &portal, &line);
    }
    if (err == BEID_OK && !policy_portal_complete(&portal)) {
        err = BEID_ERR_FORMAT;
    }
    beid_buf_clear(&text);
    if (err == BEID_OK) {
        err = keep(files, name, &portal);
    } else if (err != BEID_ERR_MEMORY) {
        BEID_LOG_WARN("portal file %s is not valid, line %u", name, line);
        policy_portal_clear(&portal);
        return BEID_OK;
    }
    if (err != BEID_OK) {
        policy_portal_clear(&portal);
    }
    return err;
}

enum beid_err
portal_files_restriction(struct beid_buf *path)
{
    return beid_user_path(BEID_USER_CONFIG, POLICY_RESTRICTION_FILE, path);
}

static void
read_restriction(struct portal_files *files)
{
    struct beid_buf path;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    enum beid_err err = portal_files_restriction(&path);
    const char *name = err == BEID_OK ? beid_buf_cstr(&path) : NULL;
    if (name != NULL) {
        err = beid_user_read(name, &files->restriction);
    }
    files->unreadable = err != BEID_OK && err != BEID_ERR_NOT_FOUND;
    if (policy_restriction_check(beid_buf_span(&files->restriction),
                                 &files->bad_line)
        == BEID_OK) {
        files->bad_line = 0;
    }
    beid_buf_clear(&path);
}

enum beid_err
portal_files_read(struct portal_files *files, const char *user_dir)
{
    memset(files, 0, sizeof *files);
    beid_buf_init(&files->restriction, POLICY_RESTRICTION_MAX);
    read_restriction(files);
    enum beid_err err = beid_portal_dir_system(
        BEID_PORTALS_VENDOR, BEID_PORTALS_ADMIN, take_file, files);
    if (err == BEID_OK && user_dir != NULL) {
        err = beid_portal_dir_user(user_dir, take_file, files);
    }
    return err;
}

void
portal_files_clear(struct portal_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->file[i].name);
        policy_portal_clear(&files->file[i].portal);
    }
    files->count = 0;
    beid_buf_clear(&files->restriction);
}

const struct portal_file *
portal_files_find(const struct portal_files *files, const char *name)
{
    size_t len = strlen(name);
    size_t suffix = strlen(SUFFIX);
    if (len > suffix && strcmp(name + len - suffix, SUFFIX) == 0) {
        len -= suffix;
    }
    for (size_t i = 0; i < files->count; i++) {
        if (beid_span_same(beid_span_str(files->file[i].name),
                           beid_span_of(name, len))) {
            return &files->file[i];
        }
    }
    return NULL;
}
