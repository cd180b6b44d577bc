/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/module.h"

#include "token/events.h"
#include "token/pad.h"
#include "token/sessions.h"
#include "token/slots.h"

#include <beid/home.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long until waiting threads are woken once more: one that was just about
 * to wait does not hear the first call. */
#define WAKE_AGAIN_NS 20000000L
#define NS_PER_S 1000000000L

/*
 * The gate: who is in. Its lock is the system's also when the application
 * brought mutexes of its own, since it is there before C_Initialize and is held
 * for a few instructions only. A child of fork() begins with one of its own,
 * whenever it calls first: that may be in a handler of another library, which
 * initialises all its modules anew.
 */
static struct beid_home home;
static pthread_mutex_t gate;
static pthread_cond_t left; /* inside became 0 */
static struct module *current;
static size_t inside; /* calls in flight */
static bool stopping; /* C_Finalize waits until nobody is inside */
/* What a child inherited. It is not freed: the connections in it are the
 * parent's, its locks may be held by threads that are no more. */
static struct module *inherited;

/* Nothing is initialised, and none of a parent's calls is in flight. The
 * condition's time-outs are of a clock that nobody sets. */
static void
settle(void)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&gate, NULL);
    (void)pthread_cond_init(&left, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    inside = 0;
    stopping = false;
    if (current != NULL) {
        inherited = current;
        current = NULL;
    }
}

static void
take_gate(void)
{
    beid_home_enter(&home, settle);
    (void)pthread_mutex_lock(&gate);
}

static void
give_gate(void)
{
    (void)pthread_mutex_unlock(&gate);
}

/*
 * Mutex functions come all or none (PKCS#11 2.40 §5.4). Without
 * CKF_OS_LOCKING_OK those given are what a call waits on for another one's work
 * with a card. The rest stays the system's: the gate, the tables, the look at
 * readers and the list of waiters, and what libpcsclite and libcrypto have of
 * their own. None of ours is held while a card works or a function of the
 * application runs: who waits there waits for a thread that goes on by itself.
 * We make no threads, so CKF_LIBRARY_CANT_CREATE_OS_THREADS changes nothing.
 */
static CK_RV
read_mutexes(const CK_C_INITIALIZE_ARGS *args, struct lock_source *out)
{
    int given = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL)
                + (args->LockMutex != NULL) + (args->UnlockMutex != NULL);
    if (given != 0 && given != 4) {
        return CKR_ARGUMENTS_BAD;
    }
    if (given == 4 && (args->flags & CKF_OS_LOCKING_OK) == 0) {
        *out = (struct lock_source){
            .create = args->CreateMutex,
            .destroy = args->DestroyMutex,
            .lock = args->LockMutex,
            .unlock = args->UnlockMutex,
        };
    }
    return CKR_OK;
}

static CK_RV
read_args(const CK_C_INITIALIZE_ARGS *args, struct module *out)
{
    if (args == NULL) {
        return CKR_OK;
    }
    CK_RV rv = read_mutexes(args, &out->mutexes);
    if (rv != CKR_OK || args->pReserved == NULL) {
        return rv;
    }
    const char *text = args->pReserved;
    struct beid_span span = beid_span_of(text, strnlen(text, OPTIONS_MAX + 1));
    return options_parse(span, &out->options) == BEID_OK ? CKR_OK
                                                         : CKR_ARGUMENTS_BAD;
}

/* Ends what make() made. */
static void
unmake(struct module *module, size_t locks)
{
    for (size_t i = 0; i < locks; i++) {
        lock_destroy(&module->slots[i].lock);
    }
    (void)pthread_mutex_destroy(&module->scan);
    (void)pthread_mutex_destroy(&module->tables);
    (void)pthread_mutex_destroy(&module->waiting);
    free(module);
}

static CK_RV
make(const CK_C_INITIALIZE_ARGS *args, const struct service_ops *service,
     struct module **out)
{
    struct module *module = calloc(1, sizeof *module);
    if (module == NULL) {
        return CKR_HOST_MEMORY;
    }
    module->options = options_default();
    module->service = service;
    module->language = pad_language();
    (void)pthread_mutex_init(&module->scan, NULL);
    (void)pthread_mutex_init(&module->tables, NULL);
    (void)pthread_mutex_init(&module->waiting, NULL);
    CK_RV rv = read_args(args, module);
    size_t locks = 0;
    while (rv == CKR_OK && locks < STATE_SLOTS_MAX) {
        rv = lock_init(&module->slots[locks].lock, &module->mutexes);
        locks += rv == CKR_OK ? 1 : 0;
    }
    if (rv != CKR_OK) {
        unmake(module, locks);
        return rv;
    }
    *out = module;
    return CKR_OK;
}

CK_RV
module_start(const CK_C_INITIALIZE_ARGS *args,
             const struct service_ops *service)
{
    struct module *made = NULL;
    CK_RV rv = make(args, service, &made);
    if (rv != CKR_OK) {
        return rv;
    }
    take_gate();
    bool first = current == NULL;
    if (first) {
        current = made;
    }
    give_gate();
    if (!first) {
        unmake(made, STATE_SLOTS_MAX);
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    }
    return CKR_OK;
}

/* With the gate's lock: until every call but our own is out. */
static void
wait_until_alone(struct module *module)
{
    while (inside > 0) {
        struct timespec until = {0};
        give_gate();
        events_wake(module);
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += WAKE_AGAIN_NS;
        if (until.tv_nsec >= NS_PER_S) {
            until.tv_nsec -= NS_PER_S;
            until.tv_sec++;
        }
        take_gate();
        if (inside > 0) {
            (void)pthread_cond_timedwait(&left, &gate, &until);
        }
    }
}

CK_RV
module_stop(void)
{
    take_gate();
    struct module *module = stopping ? NULL : current;
    if (module == NULL) {
        give_gate();
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    stopping = true;
    wait_until_alone(module);
    give_gate();
    slots_clear(module);
    unmake(module, STATE_SLOTS_MAX);
    take_gate();
    current = NULL;
    stopping = false;
    give_gate();
    return CKR_OK;
}

struct module *
module_enter(void)
{
    take_gate();
    struct module *module = stopping ? NULL : current;
    inside += module != NULL ? 1 : 0;
    give_gate();
    return module;
}

void
module_leave(struct module *module)
{
    take_gate();
    /* A call that went through fork() is not one of the child's. */
    if (module == current && inside > 0) {
        inside--;
        if (inside == 0) {
            (void)pthread_cond_broadcast(&left);
        }
    }
    give_gate();
}

bool
module_stopping(void)
{
    take_gate();
    bool yes = stopping;
    give_gate();
    return yes;
}
