/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_TOKEN_RACK_H
#define BEID_TESTS_TOKEN_RACK_H

/* What readers.c, which the tests steer, and rack.c, which the module sees,
 * know together. */

#include "card/transport.h"
#include "readers.h"
#include "vcard.h"

#include <pthread.h>
#include <stdint.h>

#define TRACE_MAX 4096U

struct reader {
    struct vcard *card;
    bool foreign;
    bool mute;
    bool held;
    bool paused; /* commands do not come back until it ends */
    bool waiting; /* one is in that state */
    int locked; /* transactions that are open */
    uint32_t events;
    uint32_t resets; /* a connection that saw fewer must reconnect */
    uint32_t plugs; /* one that saw fewer is no more */
    uint8_t atr[TRANSPORT_ATR_MAX];
    size_t atr_len;
};

struct fault {
    size_t at; /* 0: none */
    enum beid_err err;
    bool remove;
    bool replace;
    uint8_t answer[TRANSPORT_ANSWER_MAX];
    size_t len;
};

struct rack {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    struct reader readers[READERS_MAX + 1];
    size_t attached;
    size_t first; /* the number in the name of the first reader */
    bool late; /* looks at all readers miss the first */
    struct fault fault;
    enum beid_err begin; /* what the next transaction's begin answers, once */
    enum beid_err end; /* and the next end, which is then none */
    bool pad; /* the readers have keys, see rack_pad.c */
    bool comes; /* another insertion, as the next connection is made */
    bool deaf; /* requests for their keys fail */
    bool pulls; /* the card leaves when the reader is asked for its keys */
    bool aborted; /* the entry that was started */
    size_t polls; /* for keys, since then */
    uint8_t trace[TRACE_MAX]; /* instruction bytes */
    size_t trace_len;
    size_t open_cards;
    size_t open_services;
    size_t waiters;
    bool scan_paused; /* looks at all readers do not come back */
    size_t scan_free; /* but for so many */
    size_t scans; /* that do not */
    int transactions;
    size_t resets;
    bool stopped;
    struct vcard *pulled; /* by a fault, to be put back */
};

extern struct rack rack;

/* The rack's lock; giving it back wakes all who wait for a change. */
void rack_lock(void);
void rack_unlock(void);

/* With the lock: the card, if there is one, leaves. */
void rack_empty(struct reader *reader);

/* With the lock: a request to the keys of a reader, as struct transport_ops
 * has it. */
enum beid_err rack_control(struct reader *reader, uint32_t code,
                           uint8_t *answer, size_t *len);

#endif
