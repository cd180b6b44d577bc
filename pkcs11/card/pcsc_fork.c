/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/pcsc_fork.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* A lasting call that began so long ago is past its beginning. */
#define BEGINNING_MS 20U
/* A fork is late for no longer than this: a pcscd that answers nothing must not
 * stop the whole program. */
#define PATIENCE_MS 2000U
#define LOOK_NS 500000L

static struct {
    pthread_mutex_t lock; /* held by fork() */
    pthread_cond_t open;
    bool forking; /* nobody enters */
    unsigned brief; /* calls in flight */
    unsigned lasting;
    unsigned long long lasting_ms; /* when the last of those began */
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .open = PTHREAD_COND_INITIALIZER};

static unsigned long long
now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000U
           + (unsigned long long)now.tv_nsec / 1000000U;
}

static bool
is_quiet(unsigned long long now)
{
    return gate.brief == 0
           && (gate.lasting == 0 || now - gate.lasting_ms > BEGINNING_MS);
}

/* Leaves with the gate's lock, which keeps everybody where they are. */
static void
before_fork(void)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    unsigned long long began = now_ms();
    (void)pthread_mutex_lock(&gate.lock);
    gate.forking = true;
    for (unsigned long long now = began;
         !is_quiet(now) && now - began < PATIENCE_MS; now = now_ms()) {
        (void)pthread_mutex_unlock(&gate.lock);
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&gate.lock);
        gate.forking = true; /* another thread's fork may be over */
    }
}

static void
in_parent(void)
{
    gate.forking = false;
    (void)pthread_cond_broadcast(&gate.open);
    (void)pthread_mutex_unlock(&gate.lock);
}

/* The calls in flight are of threads that the child has not. */
static void
in_child(void)
{
    (void)pthread_mutex_init(&gate.lock, NULL);
    (void)pthread_cond_init(&gate.open, NULL);
    gate.forking = false;
    gate.brief = 0;
    gate.lasting = 0;
}

static void
register_gate(void)
{
    (void)pthread_atfork(before_fork, in_parent, in_child);
}

void
pcsc_fork_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, register_gate);
}

void
pcsc_enter(enum pcsc_call kind)
{
    (void)pthread_mutex_lock(&gate.lock);
    while (gate.forking) {
        (void)pthread_cond_wait(&gate.open, &gate.lock);
    }
    if (kind == PCSC_CALL_BRIEF) {
        gate.brief++;
    } else {
        gate.lasting++;
        gate.lasting_ms = now_ms();
    }
    (void)pthread_mutex_unlock(&gate.lock);
}

long
pcsc_leave(enum pcsc_call kind, long rv)
{
    (void)pthread_mutex_lock(&gate.lock);
    unsigned *count = kind == PCSC_CALL_BRIEF ? &gate.brief : &gate.lasting;
    *count -= *count > 0 ? 1 : 0;
    (void)pthread_mutex_unlock(&gate.lock);
    return rv;
}
