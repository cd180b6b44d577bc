/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_LANDLOCK_H
#define BEID_SYS_LANDLOCK_H

#include <beid/err.h>

/* The Landlock ABI of this kernel; 0: it has none, or a container hides it. */
int beid_landlock_abi(void);

/*
 * Takes from the calling thread, and from threads and processes that it makes
 * later, every file access by path, binding and connecting TCP sockets (ABI
 * 4), abstract Unix sockets of others, and signals to others (ABI 6). What is
 * open stays open; a connection to a Unix socket by path stays possible. abi
 * is beid_landlock_abi(), not 0. BEID_ERR_IO: the kernel refused.
 */
enum beid_err beid_landlock_enter(int abi) BEID_NODISCARD;

#endif
