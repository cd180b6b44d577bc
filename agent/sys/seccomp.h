/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_SECCOMP_H
#define BEID_SYS_SECCOMP_H

#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>

/* Which list of system calls a process is left with. */
enum beid_calls {
    BEID_CALLS_FRONT,
    BEID_CALLS_WORKER
};

/* Can this process take a filter? */
bool beid_seccomp_available(void);

/*
 * Leaves all threads of this process with the calls of the list. Opening or
 * looking up a file by path is answered with EACCES, because libraries try
 * that in passing, and so are a few that they can do without; any other call
 * ends the process (SIGSYS). BEID_ERR_IO: the
 * kernel refused, BEID_ERR_MEMORY.
 */
enum beid_err beid_seccomp_enter(enum beid_calls calls) BEID_NODISCARD;

/* How many calls a list allows, for the figures and the tests. */
size_t beid_seccomp_count(enum beid_calls calls);

#endif
