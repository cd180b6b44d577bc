/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_STATE_H
#define BEID_FUZZ_STATE_H

/* What pcscd.c, which the harnesses steer, and winscard.c, which the module
 * calls, know together. */

#include "pcscd.h"

#define HANDLES_MAX 4096U
#define NAME_SIZE 32U

struct reader {
    bool full;
    struct still_card card;
    unsigned events;
    unsigned resets;
};

enum handle_kind {
    HANDLE_FREE,
    HANDLE_CONTEXT,
    HANDLE_CARD,
    HANDLE_CLOSED
};

struct handle {
    enum handle_kind kind;
    long context; /* of a card */
    size_t reader;
    unsigned events;
    unsigned resets;
    unsigned transactions;
    bool loose; /* a lie was told about its transactions */
};

struct pcscd_state {
    struct reader readers[PCSCD_READERS_MAX];
    size_t reader_count;
    struct handle handles[HANDLES_MAX]; /* none is used twice */
    size_t handle_count;
    pcscd_hook *hook;
    void *hook_ctx;
    bool pinpad;
    size_t calls;
    size_t verifies;
    size_t pins; /* given and not yet used */
    bool lied; /* since the last PIN went to the card */
};

extern struct pcscd_state pcscd_state;

/* The hook's word on the next call; what it does to a card is done here. */
struct pcscd_action pcscd_ask(enum pcscd_call call);

/* A new context or card; 0 when there are too many. */
long pcscd_open(struct handle handle);
/* A context or card that the module may use: anything else is its fault. */
struct handle *pcscd_find(long number, enum handle_kind kind);

/* All readers as a multi-string; its length. */
size_t pcscd_names(char *out);
/* The reader of that name, or NULL. */
struct reader *pcscd_reader(const char *name, size_t *number);

/* A PIN goes to the card. */
void pcscd_count_pin(void);

/* What the action makes of an answer; its new length. */
size_t pcscd_change(const struct pcscd_action *action, uint8_t *answer,
                    size_t len);

#endif
