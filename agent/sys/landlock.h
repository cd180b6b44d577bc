/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_LANDLOCK_H
#define BEID_SYS_LANDLOCK_H

#include <beid/err.h>

/* The ABI from which on Unix sockets that have a path are handled. */
#define BEID_LANDLOCK_SOCKETS 9

/* The Landlock ABI of this kernel; 0: it has none, or a container hides it. */
int beid_landlock_abi(void);

/*
 * Takes from the calling thread, and from threads and processes that it makes
 * later, every file access by path, binding and connecting TCP sockets (ABI
 * 4), abstract Unix sockets of others, and signals to others (ABI 6), Unix
 * sockets by path (BEID_LANDLOCK_SOCKETS) but those below the directory that
 * sockets is open on (O_PATH; -1: none at all), and binding and reaching UDP
 * sockets (ABI 10). What is open stays open. Before BEID_LANDLOCK_SOCKETS a
 * connection to a Unix socket by path stays possible. abi is
 * beid_landlock_abi(), not 0. BEID_ERR_IO: the kernel refused.
 */
enum beid_err beid_landlock_enter(int abi, int sockets) BEID_NODISCARD;

#endif
