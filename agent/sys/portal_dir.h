/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_PORTAL_DIR_H
#define BEID_SYS_PORTAL_DIR_H

#include <beid/err.h>

#include <stdbool.h>

/*
 * Receives one portal file that passed the checks: its name, and an open
 * descriptor that is closed after the call. An error ends the walk.
 */
typedef enum beid_err beid_portal_file_fn(const char *name, bool development,
                                          int fd, void *user);

/*
 * Opens every NAME.conf of the vendor and the administrator's directory
 * (design §4 "Portals"): a name in admin hides the same name in vendor, a
 * link to /dev/null there masks it. Directory and file must belong to root
 * and be writable by root only; others are passed over with a warning, as is
 * a directory that does not exist, silently.
 */
enum beid_err beid_portal_dir_system(const char *vendor, const char *admin,
                                     beid_portal_file_fn *each,
                                     void *user) BEID_NODISCARD;

/*
 * The same for the directory of --portals: it and its files belong to the
 * user and are not writable by others. BEID_ERR_NOT_FOUND when it cannot be
 * opened, BEID_ERR_DENIED when it belongs to another.
 */
enum beid_err beid_portal_dir_user(const char *path, beid_portal_file_fn *each,
                                   void *user) BEID_NODISCARD;

#endif
