/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "loop.h"

#include <poll.h>
#include <string.h>
#include <time.h>

static int64_t
now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((int64_t)now.tv_sec * 1000000) + (now.tv_nsec / 1000);
}

void
loop_init(struct loop *loop)
{
    memset(loop, 0, sizeof(*loop));
    for (unsigned i = 0; i < LOOP_WATCHES_MAX; i++) {
        loop->watches[i].fd = -1;
    }
}

enum beid_err
loop_watch(struct loop *loop, int fd, loop_fn *fn, void *ctx)
{
    for (unsigned i = 0; i < LOOP_WATCHES_MAX; i++) {
        if (loop->watches[i].fd < 0) {
            loop->watches[i] = (struct loop_watch){fd, fn, ctx};
            return BEID_OK;
        }
    }
    return BEID_ERR_LIMIT;
}

void
loop_forget(struct loop *loop, int fd)
{
    for (unsigned i = 0; i < LOOP_WATCHES_MAX; i++) {
        if (loop->watches[i].fd == fd) {
            loop->watches[i].fd = -1;
        }
    }
}

void
loop_cancel(struct loop *loop, loop_fn *fn, const void *ctx)
{
    for (unsigned i = 0; i < LOOP_TIMERS_MAX; i++) {
        if (loop->timers[i].fn == fn && loop->timers[i].ctx == ctx) {
            loop->timers[i].fn = NULL;
        }
    }
}

enum beid_err
loop_after_us(struct loop *loop, unsigned delay_us, loop_fn *fn, void *ctx)
{
    loop_cancel(loop, fn, ctx);
    for (unsigned i = 0; i < LOOP_TIMERS_MAX; i++) {
        if (loop->timers[i].fn == NULL) {
            loop->timers[i] = (struct loop_timer){now_us() + delay_us, fn, ctx};
            return BEID_OK;
        }
    }
    return BEID_ERR_LIMIT;
}

enum beid_err
loop_after(struct loop *loop, int delay_ms, loop_fn *fn, void *ctx)
{
    return loop_after_us(loop, (unsigned)delay_ms * 1000U, fn, ctx);
}

/* How long until the next timer; false without one. */
static bool
next_timeout(const struct loop *loop, struct timespec *out)
{
    int64_t now = now_us();
    int64_t best = -1;
    for (unsigned i = 0; i < LOOP_TIMERS_MAX; i++) {
        if (loop->timers[i].fn == NULL) {
            continue;
        }
        int64_t left = loop->timers[i].at_us - now;
        left = left < 0 ? 0 : left;
        if (best < 0 || left < best) {
            best = left;
        }
    }
    out->tv_sec = best / 1000000;
    out->tv_nsec = best % 1000000 * 1000;
    return best >= 0;
}

static void
run_timers(struct loop *loop)
{
    int64_t now = now_us();
    for (unsigned i = 0; i < LOOP_TIMERS_MAX; i++) {
        struct loop_timer timer = loop->timers[i];
        if (timer.fn != NULL && timer.at_us <= now) {
            loop->timers[i].fn = NULL;
            timer.fn(timer.ctx);
        }
    }
}

static void
run_once(struct loop *loop)
{
    struct pollfd fds[LOOP_WATCHES_MAX];
    unsigned index[LOOP_WATCHES_MAX];
    nfds_t count = 0;
    for (unsigned i = 0; i < LOOP_WATCHES_MAX; i++) {
        if (loop->watches[i].fd >= 0) {
            fds[count] = (struct pollfd){loop->watches[i].fd, POLLIN, 0};
            index[count] = i;
            count++;
        }
    }
    struct timespec wait;
    bool timed = next_timeout(loop, &wait);
    int ready = ppoll(fds, count, timed ? &wait : NULL, NULL);
    for (nfds_t i = 0; ready > 0 && i < count; i++) {
        /* A call may have forgotten a later one; its slot may be reused. */
        struct loop_watch watch = loop->watches[index[i]];
        if (fds[i].revents != 0 && watch.fd == fds[i].fd) {
            watch.fn(watch.ctx);
        }
    }
    run_timers(loop);
}

void
loop_run(struct loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped) {
        run_once(loop);
    }
}

void
loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
