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

/* The last cancelled prompts over all origins, newest overwriting oldest. */
struct policy_rate {
    struct {
        int64_t at_ms;
        size_t origin_len; /* 0: unused */
        uint8_t origin[POLICY_ORIGIN_MAX];
    } events[POLICY_RATE_EVENTS];
    size_t next;
};

/* A prompt of this origin was shown and cancelled at now_ms. */
void policy_rate_cancelled(struct policy_rate *rate, struct beid_span origin,
                           int64_t now_ms);

/* How long this origin has to wait before it may prompt again; 0: not. */
int64_t policy_rate_wait_ms(const struct policy_rate *rate,
                            struct beid_span origin, int64_t now_ms);

#endif
