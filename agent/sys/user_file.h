/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_USER_FILE_H
#define BEID_SYS_USER_FILE_H

#include <beid/bytes.h>
#include <beid/err.h>

/* The base directories of the user (XDG Base Directory Specification). */
enum beid_user_base {
    BEID_USER_CONFIG, /* XDG_CONFIG_HOME, normally ~/.config */
    BEID_USER_STATE /* XDG_STATE_HOME, normally ~/.local/state */
};

#define BEID_USER_PATH_MAX 2048U

/*
 * Appends the path of a file below a base directory. BEID_ERR_NOT_FOUND when
 * the environment names neither it nor a home, as an absolute path.
 */
enum beid_err beid_user_path(enum beid_user_base base, const char *name,
                             struct beid_buf *out) BEID_NODISCARD;

/*
 * Appends what a regular file of this user holds. BEID_ERR_NOT_FOUND when
 * there is none, BEID_ERR_DENIED when it belongs to another or others may
 * write it, BEID_ERR_LIMIT when it does not fit, BEID_ERR_IO.
 */
enum beid_err beid_user_read(const char *path,
                             struct beid_buf *out) BEID_NODISCARD;

/*
 * Puts a file in place of the one at path, whole or not at all, for this user
 * alone; missing folders are made. BEID_ERR_IO.
 */
enum beid_err beid_user_write(const char *path,
                              struct beid_span text) BEID_NODISCARD;

/* Makes the folders above path, for this user alone. BEID_ERR_IO. */
enum beid_err beid_user_folders(const char *path) BEID_NODISCARD;

#endif
