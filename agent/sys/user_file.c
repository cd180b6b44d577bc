/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "user_file.h"

#include "whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRIVATE_DIR 0700
#define PRIVATE_FILE 0600

static const struct {
    const char *variable;
    const char *below_home;
} bases[] = {
    [BEID_USER_CONFIG] = {"XDG_CONFIG_HOME", "/.config"},
    [BEID_USER_STATE] = {"XDG_STATE_HOME", "/.local/state"},
};

enum beid_err
beid_user_path(enum beid_user_base base, const char *name, struct beid_buf *out)
{
    const char *folder = secure_getenv(bases[base].variable);
    const char *home = secure_getenv("HOME");
    /* The specification: a relative path is to be ignored. */
    if (folder != NULL && folder[0] == '/') {
        beid_buf_put_str(out, folder);
    } else if (home != NULL && home[0] == '/') {
        beid_buf_put_str(out, home);
        beid_buf_put_str(out, bases[base].below_home);
    } else {
        return BEID_ERR_NOT_FOUND;
    }
    beid_buf_put_u8(out, '/');
    beid_buf_put_str(out, name);
    return beid_buf_status(out);
}

enum beid_err
beid_user_read(const char *path, struct beid_buf *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? BEID_ERR_NOT_FOUND
                                                   : BEID_ERR_DENIED;
    }
    enum beid_err err = BEID_ERR_DENIED;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == getuid()
        && (st.st_mode & S_IWOTH) == 0) {
        err = beid_whole_read(fd, out);
    }
    (void)close(fd);
    return err;
}

enum beid_err
beid_user_folders(const char *path)
{
    char folder[BEID_USER_PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof folder) {
        return BEID_ERR_IO;
    }
    memcpy(folder, path, len + 1);
    for (char *at = strchr(folder + 1, '/'); at != NULL;
         at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(folder, PRIVATE_DIR) != 0 && errno != EEXIST) {
            return BEID_ERR_IO;
        }
        *at = '/';
    }
    return BEID_OK;
}

enum beid_err
beid_user_write(const char *path, struct beid_span text)
{
    struct beid_buf name;
    beid_buf_init(&name, BEID_USER_PATH_MAX);
    beid_buf_put_str(&name, path);
    beid_buf_put_str(&name, ".new");
    const char *fresh = beid_buf_cstr(&name);
    enum beid_err err = fresh == NULL ? BEID_ERR_IO : beid_user_folders(path);
    int fd = -1;
    if (err == BEID_OK) {
        (void)unlink(fresh);
        fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE_FILE);
        err = fd < 0 ? BEID_ERR_IO : beid_whole_write(fd, text);
    }
    if (fd >= 0 && close(fd) != 0) {
        err = BEID_ERR_IO;
    }
    if (err == BEID_OK && rename(fresh, path) != 0) {
        err = BEID_ERR_IO;
    }
    if (err != BEID_OK && fd >= 0) {
        (void)unlink(fresh);
    }
    beid_buf_clear(&name);
    return err;
}
