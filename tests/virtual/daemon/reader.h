/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_READER_H
#define BEID_VIRTUAL_READER_H

#include "trace.h"
#include "vcard.h"

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * A slot with a card in it or beside it: presence, power, counters, faults.
 * It does not know who asks (a handler in pcscd, or vpcd).
 */

enum vreader_result {
    VREADER_ANSWER,
    VREADER_NO_CARD,
    VREADER_MUTE,
    VREADER_REFUSED /* the reader itself does not know that request */
};

/* Gets the answer of a command, now or after a hold. */
typedef void vreader_reply(void *ctx, enum vreader_result result,
                           struct beid_span answer);

/* Asked to call vreader_due() when a card would have answered this. */
typedef void vreader_delay(void *ctx, struct beid_span command,
                           struct beid_span answer);

/* Told when a card comes or goes. */
typedef void vreader_changed(void *ctx);

/* A command that may be the reader's own; false: it is for the card. */
typedef bool vreader_intercept(void *ctx, struct beid_span command,
                               vreader_reply *reply, void *reply_ctx);

enum vreader_fault {
    VREADER_FAULT_NONE,
    VREADER_FAULT_REMOVE, /* the card leaves, the command gets no answer */
    VREADER_FAULT_MUTE, /* no answer any more until the card is reinserted */
    VREADER_FAULT_LOSE, /* no answer to this command */
    VREADER_FAULT_HOLD, /* the command waits for vreader_release() */
    VREADER_FAULT_HOLD_AFTER, /* the card runs it, its answer waits */
    VREADER_FAULT_SW, /* this status word instead of the card's answer */
    VREADER_FAULT_ANSWER /* these bytes, which may be none, instead of it */
};

struct vreader_counts {
    unsigned long apdus; /* that got an answer */
    unsigned long bytes_in; /* to the card */
    unsigned long bytes_out; /* from it, status words included */
    unsigned long resets;
    unsigned long power_ons;
};

struct vreader {
    unsigned number;
    const struct trace *trace;
    struct vcard *card; /* owned; kept while it is outside */
    bool inserted;
    bool powered;
    bool mute;
    struct vreader_counts counts;

    enum vreader_fault fault;
    unsigned fault_in; /* commands until it strikes, itself included */
    uint16_t fault_sw;
    uint8_t fault_answer[VCARD_ANSWER_MAX];
    size_t fault_answer_len;

    bool held; /* a command waits, or its answer does */
    struct beid_buf held_command;
    struct beid_buf held_answer; /* empty: the card has not seen it */
    vreader_reply *held_reply;
    void *held_ctx;

    bool late; /* the card has answered, its time has not come */
    struct beid_buf late_answer;
    size_t late_command_len;
    vreader_reply *late_reply;
    void *late_ctx;
    vreader_delay *delay; /* may be NULL: answers come at once */
    void *delay_ctx;

    vreader_changed *changed; /* may be NULL */
    void *changed_ctx;
    vreader_changed *hold_reached; /* may be NULL */
    void *hold_ctx;

    vreader_intercept *intercept; /* of its keys; may be NULL */
    vreader_changed *left; /* the card left or lost power; may be NULL */
    void *pad_ctx;
};

/* Takes the card over; it is outside at first. */
void vreader_init(struct vreader *reader, unsigned number, struct vcard *card,
                  const struct trace *trace);
void vreader_clear(struct vreader *reader);

/* BEID_ERR_STATE when the card is there already, or not there. */
enum beid_err vreader_insert(struct vreader *reader);
enum beid_err vreader_remove(struct vreader *reader);

/* Puts another card in the place of this one and frees the old one; taken
 * out and inserted when it was in. */
void vreader_swap(struct vreader *reader, struct vcard *card);

/* Power-on gives the ATR, a reset too; both make the card forget rights. */
enum vreader_result vreader_power_on(struct vreader *reader,
                                     struct beid_span *atr);
enum vreader_result vreader_reset(struct vreader *reader,
                                  struct beid_span *atr);
void vreader_power_off(struct vreader *reader);

/* Hands a command to the card; reply is called exactly once unless
 * vreader_abandon() comes first. */
void vreader_transmit(struct vreader *reader, struct beid_span command,
                      vreader_reply *reply, void *ctx);

/* The time of the delayed answer has come; nothing without one. */
void vreader_due(struct vreader *reader);

/* The asker is gone: its held command will not be answered. */
void vreader_abandon(struct vreader *reader, const void *ctx);

/* Arms a fault for the at-th command from now; at 0 mutes at once. */
void vreader_fault_set(struct vreader *reader, enum vreader_fault fault,
                       unsigned at, uint16_t sw);

/* As VREADER_FAULT_ANSWER, with at most VCARD_ANSWER_MAX bytes. */
void vreader_fault_answer(struct vreader *reader, unsigned at,
                          struct beid_span answer);

/* Forgets an armed fault and wakes a mute card; a held command stays. */
void vreader_fault_off(struct vreader *reader);

/* Lets a held command reach the card, or a held answer the asker.
 * BEID_ERR_STATE without one. */
enum beid_err vreader_release(struct vreader *reader);

void vreader_counts_reset(struct vreader *reader);

#endif
