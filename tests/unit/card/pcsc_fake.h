/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_CARD_PCSC_FAKE_H
#define BEID_TESTS_CARD_PCSC_FAKE_H

/*
 * A pcscd that lies: this program has the calls of winscard.h itself, in front
 * of the library's.
 */
#include "card/transport.h"

#include <stddef.h>

/* What the calls answer. */
struct pcsc_fake {
    long establish;
    long list;
    char names[8192];
    unsigned long names_len;
    unsigned long events[2]; /* first and second look at a reader */
    unsigned long atr_len;
    size_t looks;
    long change; /* what SCardGetStatusChange returns */
    const char *missing; /* the reader that it does not know */
    unsigned long watched; /* of how many readers it was asked */
    unsigned long timeout; /* and for how long */
    unsigned long current[TRANSPORT_READERS_MAX + 1];
    char watched_name[TRANSPORT_NAME_MAX]; /* the last of them */
    size_t cancels;
    long transmit;
    long transmit_once; /* instead, the next time */
    size_t begins;
    size_t transactions; /* open */
    long begin; /* what the next SCardBeginTransaction answers, but the first */
    unsigned long answer_len;
    unsigned long control_told; /* by SCardControl, which writes nothing */
    long connect[3]; /* first, second and third try */
    size_t connects;
    size_t open_cards;
    unsigned long last_disposition;
    unsigned long ended_with; /* disposition of the last transaction */
    void (*during)(const char *call); /* inside a call; may be NULL */
};

extern struct pcsc_fake fake;

#endif
