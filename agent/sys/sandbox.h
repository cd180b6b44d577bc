/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_SANDBOX_H
#define BEID_SYS_SANDBOX_H

#include "seccomp.h"

#include <beid/err.h>

#include <stdbool.h>

/*
 * The walls around front and the card worker (design.md §3, threats §5.4):
 * Landlock, then seccomp. A layer that this kernel or container lacks is said
 * in the log; one that is there and fails is BEID_ERR_IO: do not go on.
 */

/* What this machine offers. */
struct beid_sandbox_layers {
    int landlock_abi; /* 0: no Landlock */
    bool seccomp;
    bool built_for; /* false: a sanitizer build, which needs its freedom */
};

void beid_sandbox_available(struct beid_sandbox_layers *out);

/*
 * No more files by path, nor Unix sockets but those below the directory that
 * sockets is open on (-1: none; see landlock.h for what holds from which kernel
 * on). For the calling thread and what it makes later, so before the first
 * thread; after the last library was loaded.
 */
enum beid_err beid_sandbox_files(const char *process,
                                 int sockets) BEID_NODISCARD;

/* No more system calls but those of the list; for all threads. */
enum beid_err beid_sandbox_calls(const char *process,
                                 enum beid_calls calls) BEID_NODISCARD;

#endif
