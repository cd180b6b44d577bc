/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PINPAD_H
#define BEID_VIRTUAL_PINPAD_H

#include "loop.h"
#include "pin_order.h"
#include "reader.h"

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * The keys of a reader (PC/SC part 10): it takes a PIN_VERIFY_STRUCTURE or
 * PIN_MODIFY_STRUCTURE, lets the person type, builds the PIN block and sends
 * the command to the card itself. The person is the control socket.
 */

enum vpad_form {
    VPAD_NONE,
    VPAD_DIRECT, /* one request that ends with the entry */
    VPAD_START, /* start, poll the keys, finish or abort */
    VPAD_PPDU /* as direct, in pseudo-APDUs to the card's channel */
};

#define VPAD_KEYS_MAX 64U
#define VPAD_STAGES 3U

struct vpad_counts {
    unsigned long entries; /* begun */
    unsigned long cancelled; /* by the person or the program */
    unsigned long timeouts;
};

struct vpad {
    enum vpad_form form;
    const struct pad_model *model;
    struct vreader *reader;
    struct loop *loop;
    struct vpad_counts counts;

    bool active; /* the person may type */
    bool started; /* by a start request that no finish has followed */
    bool sent; /* the command is at the card */
    bool lost; /* the card left before a started entry was finished */
    uint16_t sw; /* how the entry ended, 0: send the command */
    struct pin_order order;
    unsigned stage; /* old PIN, new PIN, new PIN again */
    struct pin_digits typed[VPAD_STAGES];
    uint8_t keys[VPAD_KEYS_MAX]; /* not asked for yet, oldest first */
    unsigned key_count;

    vreader_reply *reply; /* of the request that waits; NULL: none */
    void *reply_ctx;
    vreader_changed *begun; /* may be NULL: an entry began */
    void *begun_ctx;
};

/* Puts the keys on a reader; name and firmware choose the model. */
void vpad_init(struct vpad *pad, enum vpad_form form, const char *name,
               uint16_t firmware, struct vreader *reader, struct loop *loop);
void vpad_clear(struct vpad *pad);

/*
 * A control request of the driver; reply is called exactly once unless
 * vpad_abandon() comes first. VREADER_REFUSED: the reader has no such code.
 */
void vpad_control(struct vpad *pad, uint32_t code, struct beid_span data,
                  vreader_reply *reply, void *ctx);

/* The asker is gone; the entry goes on, as it does on a real reader. */
void vpad_abandon(struct vpad *pad, const void *ctx);

/*
 * Types: words of digits, "ok", "cancel", "clear", "back", and "timeout" for
 * the time having run out. BEID_ERR_FORMAT (nothing typed) for anything else,
 * BEID_ERR_STATE when no entry is going on or it ended before the last word.
 */
enum beid_err vpad_type(struct vpad *pad, const char *words) BEID_NODISCARD;

#endif
