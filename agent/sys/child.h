/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_CHILD_H
#define BEID_SYS_CHILD_H

#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BEID_CHILD_FDS_MAX 4U

/* Sanitizer builds alone let their options through to every process. */
#if defined(__SANITIZE_ADDRESS__)
#define BEID_CHILD_KEEP_SANITIZER "ASAN_OPTIONS", "UBSAN_OPTIONS",
#else
#define BEID_CHILD_KEEP_SANITIZER
#endif

/* How a child process is started. */
struct beid_child_plan {
    const char *program; /* path */
    const char *const *argv; /* ends with NULL */
    const char *const *keep; /* variables it inherits; ends with NULL */
    int fds[BEID_CHILD_FDS_MAX]; /* become 3, 4, 5, 6; -1 ends the list */
    int stdio; /* becomes standard input and output; -1: as ours */
    bool own_group; /* out of the terminal's foreground group */
};

/*
 * Starts a program with exactly the descriptors of the plan beside the
 * standard ones, default signals, and killed when this process ends. The
 * child exits with 127 when the program cannot be started. BEID_ERR_IO when
 * no process can be made.
 */
enum beid_err beid_child_start(const struct beid_child_plan *plan,
                               pid_t *pid) BEID_NODISCARD;

#endif
