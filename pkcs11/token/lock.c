/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/lock.h"

CK_RV
lock_init(struct lock *lock, const struct lock_source *source)
{
    lock->source = source;
    lock->given = NULL;
    atomic_init(&lock->users, 0);
    if (source->create == NULL) {
        return pthread_mutex_init(&lock->own, NULL) == 0 ? CKR_OK
                                                         : CKR_HOST_MEMORY;
    }
    CK_RV rv = source->create(&lock->given);
    return rv == CKR_OK || rv == CKR_HOST_MEMORY ? rv : CKR_CANT_LOCK;
}

void
lock_destroy(struct lock *lock)
{
    if (lock->source->create == NULL) {
        (void)pthread_mutex_destroy(&lock->own);
    } else {
        (void)lock->source->destroy(lock->given);
    }
}

CK_RV
lock_take(struct lock *lock)
{
    if (lock->source->create == NULL) {
        return pthread_mutex_lock(&lock->own) == 0 ? CKR_OK : CKR_CANT_LOCK;
    }
    (void)atomic_fetch_add(&lock->users, 1);
    if (lock->source->lock(lock->given) != CKR_OK) {
        (void)atomic_fetch_sub(&lock->users, 1);
        return CKR_CANT_LOCK;
    }
    return CKR_OK;
}

bool
lock_try(struct lock *lock)
{
    if (lock->source->create == NULL) {
        return pthread_mutex_trylock(&lock->own) == 0;
    }
    return atomic_load(&lock->users) == 0 && lock_take(lock) == CKR_OK;
}

void
lock_give(struct lock *lock)
{
    if (lock->source->create == NULL) {
        (void)pthread_mutex_unlock(&lock->own);
    } else {
        (void)lock->source->unlock(lock->given);
        (void)atomic_fetch_sub(&lock->users, 1);
    }
}
