/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "rate.h"

#include <string.h>

static int64_t
later(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

static void
bucket_take(struct policy_bucket *bucket, int64_t pace_ms, int64_t now_ms)
{
    bucket->full_at_ms = later(bucket->full_at_ms, now_ms) + pace_ms;
}

/* How long until one more can be taken; 0 or less: now. */
static int64_t
bucket_wait_ms(const struct policy_bucket *bucket, int64_t burst,
               int64_t pace_ms, int64_t now_ms)
{
    return bucket->full_at_ms - now_ms - (burst - 1) * pace_ms;
}

/* The slot of this origin, or POLICY_RATE_ORIGINS. */
static size_t
slot_of(const struct policy_rate *rate, struct beid_span origin)
{
    size_t slot = 0;
    while (slot < POLICY_RATE_ORIGINS
           && (rate->origins[slot].origin_len == 0
               || !beid_span_same(beid_span_of(rate->origins[slot].origin,
                                               rate->origins[slot].origin_len),
                                  origin))) {
        slot++;
    }
    return slot;
}

/* A free slot, else the one that would be full first: it tells least. */
static size_t
slot_for(const struct policy_rate *rate)
{
    size_t best = 0;
    for (size_t i = 0; i < POLICY_RATE_ORIGINS; i++) {
        if (rate->origins[i].origin_len == 0) {
            return i;
        }
        if (rate->origins[i].bucket.full_at_ms
            < rate->origins[best].bucket.full_at_ms) {
            best = i;
        }
    }
    return best;
}

void
policy_rate_started(struct policy_rate *rate, struct beid_span origin,
                    int64_t now_ms)
{
    if (origin.len == 0 || origin.len > POLICY_ORIGIN_MAX) {
        return;
    }
    size_t slot = slot_of(rate, origin);
    if (slot == POLICY_RATE_ORIGINS) {
        slot = slot_for(rate);
        rate->origins[slot].bucket.full_at_ms = now_ms;
        rate->origins[slot].origin_len = origin.len;
        memcpy(rate->origins[slot].origin, origin.ptr, origin.len);
    }
    bucket_take(&rate->origins[slot].bucket, POLICY_ORIGIN_PACE_MS, now_ms);
    bucket_take(&rate->overall, POLICY_OVERALL_PACE_MS, now_ms);
}

void
policy_rate_completed(struct policy_rate *rate, struct beid_span origin)
{
    size_t slot = slot_of(rate, origin);
    if (slot != POLICY_RATE_ORIGINS) {
        rate->origins[slot].bucket.full_at_ms -= POLICY_ORIGIN_PACE_MS;
        rate->overall.full_at_ms -= POLICY_OVERALL_PACE_MS;
    }
}

void
policy_rate_cancelled(struct policy_rate *rate, struct beid_span origin,
                      int64_t now_ms)
{
    if (origin.len == 0 || origin.len > POLICY_ORIGIN_MAX) {
        return;
    }
    size_t slot = rate->next;
    rate->events[slot].at_ms = now_ms;
    rate->events[slot].origin_len = origin.len;
    memcpy(rate->events[slot].origin, origin.ptr, origin.len);
    rate->next = (slot + 1) % POLICY_RATE_EVENTS;
}

static int64_t
cancels_wait_ms(const struct policy_rate *rate, struct beid_span origin,
                int64_t now_ms)
{
    unsigned int recent = 0;
    int64_t oldest = now_ms;
    for (size_t i = 0; i < POLICY_RATE_EVENTS; i++) {
        int64_t at = rate->events[i].at_ms;
        struct beid_span whose =
            beid_span_of(rate->events[i].origin, rate->events[i].origin_len);
        if (whose.len == 0 || !beid_span_same(whose, origin)
            || now_ms - at >= POLICY_CANCELS_WINDOW_MS) {
            continue;
        }
        recent++;
        oldest = at < oldest ? at : oldest;
    }
    if (recent < POLICY_CANCELS_MAX) {
        return 0;
    }
    return oldest + POLICY_CANCELS_WINDOW_MS - now_ms;
}

int64_t
policy_rate_wait_ms(const struct policy_rate *rate, struct beid_span origin,
                    int64_t now_ms)
{
    int64_t wait = later(cancels_wait_ms(rate, origin, now_ms),
                         bucket_wait_ms(&rate->overall, POLICY_OVERALL_BURST,
                                        POLICY_OVERALL_PACE_MS, now_ms));
    size_t slot = slot_of(rate, origin);
    if (slot != POLICY_RATE_ORIGINS) {
        wait = later(wait, bucket_wait_ms(&rate->origins[slot].bucket,
                                          POLICY_ORIGIN_BURST,
                                          POLICY_ORIGIN_PACE_MS, now_ms));
    }
    return later(wait, 0);
}
