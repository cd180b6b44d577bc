/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "rate.h"

#include <string.h>

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

int64_t
policy_rate_wait_ms(const struct policy_rate *rate, struct beid_span origin,
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
