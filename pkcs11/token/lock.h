/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_LOCK_H
#define BEID_TOKEN_LOCK_H

#include <p11-kit/pkcs11.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/*
 * Where locks that a thread may wait on for long come from: the application's
 * mutexes when it gave its functions and does not let us use the system's, else
 * the system's (PKCS#11 2.40 §5.4).
 */
struct lock_source {
    CK_CREATEMUTEX create; /* NULL: the system's */
    CK_DESTROYMUTEX destroy;
    CK_LOCKMUTEX lock;
    CK_UNLOCKMUTEX unlock;
};

struct lock {
    const struct lock_source *source;
    void *given; /* the application's mutex */
    atomic_size_t users; /* who hold it or wait for it */
    pthread_mutex_t own;
};

/*
 * Makes a lock; *source must outlive it. CKR_HOST_MEMORY, or CKR_CANT_LOCK when
 * the application's function fails.
 */
CK_RV lock_init(struct lock *lock, const struct lock_source *source);

/* Frees a lock that nobody holds. */
void lock_destroy(struct lock *lock);

/* Waits for the lock. CKR_CANT_LOCK, without it, when the application's
 * function fails. */
CK_RV lock_take(struct lock *lock);

/*
 * Takes the lock if nobody has it; false, without it, otherwise. An application
 * has no function for that: its mutex is free when nobody uses it, and who comes
 * to do so in this very moment may be first and is waited for.
 */
bool lock_try(struct lock *lock);

void lock_give(struct lock *lock);

#endif
