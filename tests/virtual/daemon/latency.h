/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_LATENCY_H
#define BEID_VIRTUAL_LATENCY_H

#include "loop.h"
#include "reader.h"

/*
 * Lets a card answer as late as a real one ("--latency card"). The line is
 * arithmetic: the ATR's Fi and Di at a reader's usual 3.5712 MHz, 12 etu for a
 * byte. How long a real card signs is published nowhere: LATENCY_SIGN_17_US
 * and LATENCY_SIGN_18_US are assumptions. Everything else counts as no time.
 */

#define LATENCY_SIGN_17_US 500000U /* RSA-2048 (and RSA-1024 before it) */
#define LATENCY_SIGN_18_US 250000U /* EC P-384 */

struct latency {
    struct loop *loop;
    struct vreader *reader;
};

/* What one exchange of a command and its answer takes, in microseconds. */
unsigned latency_us(enum vcard_applet applet, struct beid_span command,
                    struct beid_span answer);

/* Delays what the reader answers from now on; both are borrowed. */
void latency_open(struct latency *latency, struct loop *loop,
                  struct vreader *reader);

/* Accepts one that was never opened. */
void latency_close(struct latency *latency);

#endif
