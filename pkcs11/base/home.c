/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/home.h>

#include <sched.h>
#include <unistd.h>

void
beid_home_enter(struct beid_home *home, void (*settle)(void))
{
    const pid_t self = getpid();
    pid_t owner = atomic_load(&home->owner);
    while (owner != self) {
        if (owner == -self) {
            (void)sched_yield(); /* another thread is at it */
            owner = atomic_load(&home->owner);
        } else if (atomic_compare_exchange_weak(&home->owner, &owner, -self)) {
            settle();
            atomic_store(&home->owner, self);
            return;
        }
    }
}
