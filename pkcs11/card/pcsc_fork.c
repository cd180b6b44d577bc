/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/pcsc_fork.h"

#include <beid/home.h>

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* A lasting call that began so long ago is past its beginning; for a fork, on a
 * machine too where threads wait for their turn: its child would hang. */
#define BEGINNING_MS 20U
#define BEGINNING_FORK_MS 60U
/* A fork is late for no longer than this: a pcscd that answers nothing must not
 * stop the whole program. */
#define PATIENCE_MS 2000U
/* And a call by a fork no longer than this after the fork was let go on: what
 * it waits for then, in a handler of another library, may be that call. */
#define OTHERS_MS 1000U
/* What changes the library's table holds up the calls of other slots no longer
 * than this. */
#define ALONE_MS 500U
#define LOOK_NS 500000L
#define NS_PER_MS 1000000L
#define MS_PER_S 1000U

/*
 * The lock is held for a few instructions, and never while a fork is under way:
 * another library's handlers run in the middle of it, and may call us or wait
 * for a thread that does.
 */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t open;
    pthread_cond_t quiet; /* for who wants to be alone */
    unsigned forks; /* under way: nobody enters */
    unsigned long long until_ms; /* or not after this */
    unsigned brief; /* calls in flight */
    unsigned lasting;
    unsigned long long lasting_ms; /* when the last of those began */
    unsigned alone; /* of those, the ones that nobody may meet */
    unsigned long long alone_ms; /* until then */
} gate;
static struct beid_home home;

/* The calls in flight are of threads that a child has not, and its fork is
 * over. */
static void
settle(void)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&gate.lock, NULL);
    (void)pthread_cond_init(&gate.open, &attributes);
    (void)pthread_cond_init(&gate.quiet, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    gate.forks = 0;
    gate.brief = 0;
    gate.lasting = 0;
    gate.alone = 0;
}

static void
take_gate(void)
{
    beid_home_enter(&home, settle);
    (void)pthread_mutex_lock(&gate.lock);
}

static void
give_gate(void)
{
    (void)pthread_mutex_unlock(&gate.lock);
}

static unsigned long long
now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * MS_PER_S
           + (unsigned long long)now.tv_nsec / NS_PER_MS;
}

static bool
is_quiet(unsigned long long now, unsigned beginning_ms)
{
    return gate.brief == 0
           && (gate.lasting == 0 || now - gate.lasting_ms > beginning_ms);
}

/* Closes the gate, and leaves when everybody is out of it. */
static void
before_fork(void)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    take_gate();
    unsigned long long now = now_ms();
    const unsigned long long end = now + PATIENCE_MS;
    gate.forks++;
    gate.until_ms = now + OTHERS_MS;
    while (!is_quiet(now, BEGINNING_FORK_MS) && now < end) {
        give_gate();
        (void)nanosleep(&pause, NULL);
        take_gate();
        now = now_ms();
        gate.until_ms = now + OTHERS_MS;
    }
    give_gate();
}

static void
in_parent(void)
{
    take_gate();
    gate.forks -= gate.forks > 0 ? 1 : 0;
    if (gate.forks == 0) {
        (void)pthread_cond_broadcast(&gate.open);
        (void)pthread_cond_broadcast(&gate.quiet);
    }
    give_gate();
}

/* A child settles in at its first call, which may be in another library's
 * handler before ours would have its turn. */
static void
register_gate(void)
{
    (void)pthread_atfork(before_fork, in_parent, NULL);
}

void
pcsc_fork_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, register_gate);
}

/* With the gate's lock, which others have meanwhile; the time afterwards. */
static unsigned long long
wait_until(pthread_cond_t *news, unsigned long long until)
{
    const struct timespec at = {
        .tv_sec = (time_t)(until / MS_PER_S),
        .tv_nsec = (long)(until % MS_PER_S) * NS_PER_MS,
    };
    (void)pthread_cond_timedwait(news, &gate.lock, &at);
    return now_ms();
}

static unsigned long long
earlier(unsigned long long a, unsigned long long b)
{
    return a < b ? a : b;
}

/*
 * With the gate's lock: until no fork is under way and nobody wants to be
 * alone, or one of them takes too long. Forks that follow each other without a
 * gap are no reason to starve.
 */
static void
wait_for_others(void)
{
    unsigned long long now = now_ms();
    const unsigned long long end = now + PATIENCE_MS;
    for (;;) {
        unsigned long long until = 0;
        if (gate.forks > 0) {
            until = earlier(gate.until_ms, end);
        }
        if (gate.alone > 0 && gate.alone_ms > until) {
            until = earlier(gate.alone_ms, end);
        }
        if (now >= until) {
            return;
        }
        now = wait_until(&gate.open, until);
    }
}

/* With the gate's lock: nobody enters any more, and all are past the places
 * where they would be met. A fork has its turn first, as long as it may. */
static void
be_alone(void)
{
    unsigned long long now = now_ms();
    gate.alone++;
    gate.alone_ms = now + ALONE_MS;
    const unsigned long long end = gate.alone_ms;
    while (now < end) {
        bool forking = gate.forks > 0 && now < gate.until_ms;
        if (!forking && is_quiet(now, BEGINNING_MS)) {
            return;
        }
        /* Nobody tells when a lasting call is past its beginning. */
        bool beginning = !forking && gate.brief == 0;
        now = wait_until(
            &gate.quiet,
            beginning ? earlier(gate.lasting_ms + BEGINNING_MS + 1, end) : end);
    }
}

void
pcsc_enter(enum pcsc_call kind)
{
    take_gate();
    if (gate.forks > 0 || gate.alone > 0) {
        wait_for_others();
    }
    if (kind == PCSC_CALL_ALONE) {
        be_alone();
    }
    if (kind == PCSC_CALL_BRIEF) {
        gate.brief++;
    } else {
        gate.lasting++;
        gate.lasting_ms = now_ms();
    }
    give_gate();
}

long
pcsc_leave(enum pcsc_call kind, long rv)
{
    take_gate();
    unsigned *count = kind == PCSC_CALL_BRIEF ? &gate.brief : &gate.lasting;
    *count -= *count > 0 ? 1 : 0;
    if (gate.alone > 0) {
        (void)pthread_cond_broadcast(&gate.quiet);
    }
    if (kind == PCSC_CALL_ALONE) {
        gate.alone -= gate.alone > 0 ? 1 : 0;
        gate.alone_ms = 0; /* one that goes on has been alone for too long */
        (void)pthread_cond_broadcast(&gate.open);
    }
    give_gate();
    return rv;
}
