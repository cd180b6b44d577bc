/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/card_thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct card_thread {
    pthread_t id;
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
    /* The counter of an eventfd cannot be full after one job. */
    if (write(thread->done_fd, &one, sizeof one) != (ssize_t)sizeof one) {
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

/* Signals are the main thread's. */
static int
start_without_signals(struct card_thread *thread)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread->id, NULL, work, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
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
    if (!thread->running
        || read(thread->done_fd, &count, sizeof count)
               != (ssize_t)sizeof count) {
        return false;
    }
    thread->running = false;
    return true;
}
