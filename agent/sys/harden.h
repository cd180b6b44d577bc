/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_HARDEN_H
#define BEID_SYS_HARDEN_H

#include <beid/err.h>

#include <sys/types.h>

/*
 * The first thing each process does (threats §5.4): not dumpable, so that
 * no process of the same user reads its memory; no core; no new privileges;
 * umask 077. Not dumpable is undone by exec, so every program calls this for
 * itself. BEID_ERR_IO: the caller must not go on.
 */
enum beid_err beid_harden_start(void) BEID_NODISCARD;

/* What ps shows; exec through /proc/self/exe would leave "exe" there. */
void beid_harden_name(const char *name);

/* Closes every descriptor from first on. */
enum beid_err beid_harden_close_from(int first) BEID_NODISCARD;

/*
 * Asks to be killed when the parent ends, and checks that it has not ended
 * yet: BEID_ERR_STATE when getppid() is not parent.
 */
enum beid_err beid_harden_die_with(pid_t parent) BEID_NODISCARD;

/*
 * Takes every variable out of the environment but those named in keep, a
 * list that ends with NULL. For programs without threads.
 */
void beid_harden_environment(const char *const keep[]);

#endif
