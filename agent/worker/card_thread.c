/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/card_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* Below it lies a page that nobody can touch. */
#define STACK_LEN ((size_t)1024 * 1024)
#define GUARD_LEN ((size_t)64 * 1024)

struct card_thread {
    pthread_t id;
    uint8_t *stack; /* GUARD_LEN + STACK_LEN */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int done_fd;
    /* Under the lock. */
    bool end;
    card_job *job; /* NULL: nothing to do */
    void *arg;
    /* Of the main thread. */
    bool running;
};

static void
signal_done(const struct card_thread *thread)
{
    uint64_t one = 1;
    ssize_t put = -1;
    do {
        put = write(thread->done_fd, &one, sizeof one);
    } while (put < 0 && errno == EINTR);
    /* The counter of an eventfd cannot be full after one job. */
    if (put != (ssize_t)sizeof one) {
        abort();
    }
}

static void *
work(void *self)
{
    struct card_thread *thread = self;
    (void)pthread_mutex_lock(&thread->lock);
    while (!thread->end) {
        if (thread->job == NULL) {
            (void)pthread_cond_wait(&thread->wake, &thread->lock);
            continue;
        }
        card_job *job = thread->job;
        void *arg = thread->arg;
        thread->job = NULL;
        (void)pthread_mutex_unlock(&thread->lock);
        job(arg);
        signal_done(thread);
        (void)pthread_mutex_lock(&thread->lock);
    }
    (void)pthread_mutex_unlock(&thread->lock);
    return NULL;
}

/*
 * libp11 and libpcsclite have the PIN on the stack while the card checks it,
 * so the stack is kept out of cores and, as far as it is used, out of swap.
 * Locking is best effort, as for struct beid_secret.
 */
static uint8_t *
stack_new(void)
{
    uint8_t *stack =
        mmap(NULL, GUARD_LEN + STACK_LEN, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) {
        return NULL;
    }
    if (mprotect(stack, GUARD_LEN, PROT_NONE) != 0) {
        (void)munmap(stack, GUARD_LEN + STACK_LEN);
        return NULL;
    }
    (void)mlock2(stack + GUARD_LEN, STACK_LEN, MLOCK_ONFAULT);
    (void)madvise(stack + GUARD_LEN, STACK_LEN, MADV_DONTDUMP);
    return stack;
}

static int
start_on_stack(struct card_thread *thread)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return -1;
    }
    int failed = pthread_attr_setstack(&attributes, thread->stack + GUARD_LEN,
                                       STACK_LEN);
    if (failed == 0) {
        failed = pthread_create(&thread->id, &attributes, work, thread);
    }
    (void)pthread_attr_destroy(&attributes);
    return failed;
}

/* Signals are the main thread's. */
static int
start_without_signals(struct card_thread *thread)
{
    sigset_t all;
    sigset_t before;
    thread->stack = stack_new();
    if (thread->stack == NULL) {
        return -1;
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = start_on_stack(thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        (void)munmap(thread->stack, GUARD_LEN + STACK_LEN);
    }
    return failed;
}

enum beid_err
card_thread_new(struct card_thread **out)
{
    struct card_thread *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->wake, NULL);
    if (made->done_fd < 0 || start_without_signals(made) != 0) {
        if (made->done_fd >= 0) {
            (void)close(made->done_fd);
        }
        free(made);
        return BEID_ERR_IO;
    }
    *out = made;
    return BEID_OK;
}

void
card_thread_free(struct card_thread **thread)
{
    struct card_thread *old = *thread;
    if (old == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&old->lock);
    old->end = true;
    (void)pthread_cond_signal(&old->wake);
    (void)pthread_mutex_unlock(&old->lock);
    (void)pthread_join(old->id, NULL);
    (void)munmap(old->stack, GUARD_LEN + STACK_LEN);
    (void)pthread_cond_destroy(&old->wake);
    (void)pthread_mutex_destroy(&old->lock);
    (void)close(old->done_fd);
    free(old);
    *thread = NULL;
}

int
card_thread_fd(const struct card_thread *thread)
{
    return thread->done_fd;
}

enum beid_err
card_thread_start(struct card_thread *thread, card_job *job, void *arg)
{
    if (thread->running) {
        return BEID_ERR_BUSY;
    }
    thread->running = true;
    (void)pthread_mutex_lock(&thread->lock);
    thread->job = job;
    thread->arg = arg;
    (void)pthread_cond_signal(&thread->wake);
    (void)pthread_mutex_unlock(&thread->lock);
    return BEID_OK;
}

bool
card_thread_take(struct card_thread *thread)
{
    uint64_t count = 0;
    ssize_t got = -1;
    do {
        got = thread->running ? read(thread->done_fd, &count, sizeof count) : 0;
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof count) {
        return false;
    }
    thread->running = false;
    return true;
}
