/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HOME_H
#define BEID_HOME_H

#include <stdatomic.h>
#include <sys/types.h>

/*
 * The process that a file's static state belongs to. A child of fork() inherits
 * the bytes of that state, its locks perhaps held by threads that the child has
 * not, at a moment when nobody may have been meant to look. pthread_atfork() is
 * no cure: the handlers of other libraries, which may call us, run between
 * ours. So each use of the state begins with a look at whose it is.
 *
 * All zeros in static storage is a good start. The process is known by its
 * number: a raw clone() counts as well, a vfork() child must not call us. One
 * that has its parent's number, in a PID namespace of its own, is not told apart.
 */
struct beid_home {
    _Atomic(pid_t) owner; /* negative while it settles in */
};

/*
 * Before each use of the state: settle, which may not fail, makes it as it is
 * to be at the beginning of a process, once in each. Other threads wait for
 * that. It finds what the parent left, and must not wait for a lock in it.
 */
void beid_home_enter(struct beid_home *home, void (*settle)(void));

#endif
