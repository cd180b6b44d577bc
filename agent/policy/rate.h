/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_RATE_H
#define BEID_POLICY_RATE_H

#include "origin.h"

#include <beid/bytes.h>

#include <stddef.h>
#include <stdint.h>

/* Design §4: five cancels of shown prompts within two minutes. */
#define POLICY_CANCELS_MAX 5U
#define POLICY_CANCELS_WINDOW_MS 120000
#define POLICY_RATE_EVENTS 64U

/*
 * Operations that come to nothing: so many at once, then one in so much time,
 * for one origin and for all of them together. One that the citizen completes
 * is not counted: people set their own pace.
 */
#define POLICY_ORIGIN_BURST 60
#define POLICY_ORIGIN_PACE_MS 2000
#define POLICY_OVERALL_BURST 120
#define POLICY_OVERALL_PACE_MS 1000
#define POLICY_RATE_ORIGINS 64U

/* A token bucket, kept as the time at which it is full again. */
struct policy_bucket {
    int64_t full_at_ms;
};

/*
 * The last cancelled prompts over all origins, newest overwriting oldest, and
 * the operations of late. All zero is a fresh one. Times are of a clock that
 * only goes forward.
 */
struct policy_rate {
    struct {
        int64_t at_ms;
        size_t origin_len; /* 0: unused */
        uint8_t origin[POLICY_ORIGIN_MAX];
    } events[POLICY_RATE_EVENTS];
    size_t next;
    struct {
        struct policy_bucket bucket;
        size_t origin_len; /* 0: unused */
        uint8_t origin[POLICY_ORIGIN_MAX];
    } origins[POLICY_RATE_ORIGINS];
    struct policy_bucket overall;
};

/* An operation of this origin starts at now_ms. */
void policy_rate_started(struct policy_rate *rate, struct beid_span origin,
                         int64_t now_ms);

/* One that was started was completed: it does not count any more. */
void policy_rate_completed(struct policy_rate *rate, struct beid_span origin);

/* A prompt of this origin was shown and cancelled at now_ms. */
void policy_rate_cancelled(struct policy_rate *rate, struct beid_span origin,
                           int64_t now_ms);

/* How long this origin has to wait before it may prompt again; 0: not. */
int64_t policy_rate_wait_ms(const struct policy_rate *rate,
                            struct beid_span origin, int64_t now_ms);

#endif
