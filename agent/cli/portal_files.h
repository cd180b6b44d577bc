/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_PORTAL_FILES_H
#define BEID_CLI_PORTAL_FILES_H

#include "policy/portal_draft.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>

#define PORTAL_FILES_MAX 128U

/* A portal file that the agent would accept. */
struct portal_file {
    char *name; /* of the file, without ".conf" */
    struct policy_portal portal;
    bool blocked; /* by the citizen */
};

/* What the agent would read if it started now. */
struct portal_files {
    struct portal_file file[PORTAL_FILES_MAX];
    size_t count;
    struct beid_buf restriction; /* the citizen's file; empty: none */
    unsigned int bad_line; /* of it; 0: none */
    bool unreadable; /* it is there, but cannot be read */
};

/*
 * Reads the portal files of the system, those of user_dir unless that is
 * NULL, and the citizen's restrictions. Files that are not valid are passed
 * over with a line in the log. BEID_ERR_MEMORY, BEID_ERR_LIMIT, or why
 * user_dir cannot be read.
 */
enum beid_err portal_files_read(struct portal_files *files,
                                const char *user_dir) BEID_NODISCARD;
void portal_files_clear(struct portal_files *files);

/* By the name of its file, with or without ".conf"; NULL: none. */
const struct portal_file *portal_files_find(const struct portal_files *files,
                                            const char *name);

/* The path of the citizen's file, appended. */
enum beid_err portal_files_restriction(struct beid_buf *path) BEID_NODISCARD;

#endif
