/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_LOOP_H
#define BEID_VIRTUAL_LOOP_H

#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* A poll() loop of one thread: descriptors and one-shot timers. */

#define LOOP_WATCHES_MAX 100U
#define LOOP_TIMERS_MAX 32U

typedef void loop_fn(void *ctx);

struct loop_watch {
    int fd; /* -1: free */
    loop_fn *fn;
    void *ctx;
};

struct loop_timer {
    int64_t at_us;
    loop_fn *fn; /* NULL: free */
    void *ctx;
};

struct loop {
    struct loop_watch watches[LOOP_WATCHES_MAX];
    struct loop_timer timers[LOOP_TIMERS_MAX];
    bool stopped;
};

void loop_init(struct loop *loop);

/* Calls fn whenever fd is readable or at its end. BEID_ERR_LIMIT: full. */
enum beid_err loop_watch(struct loop *loop, int fd, loop_fn *fn,
                         void *ctx) BEID_NODISCARD;

/* Forgets a descriptor, also from within its own call; does not close it. */
void loop_forget(struct loop *loop, int fd);

/* Calls fn once after delay_ms; the same fn and ctx start anew. */
enum beid_err loop_after(struct loop *loop, int delay_ms, loop_fn *fn,
                         void *ctx) BEID_NODISCARD;
enum beid_err loop_after_us(struct loop *loop, unsigned delay_us, loop_fn *fn,
                            void *ctx) BEID_NODISCARD;
void loop_cancel(struct loop *loop, loop_fn *fn, const void *ctx);

/* Runs until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
