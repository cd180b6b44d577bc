/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef BEID_VIRTUAL_PINPAD_ENTRY_H
#define BEID_VIRTUAL_PINPAD_ENTRY_H

#include "pinpad.h"

/* What pinpad.c (requests) and pinpad_keys.c (the person) share. */

/* What GET_KEY_PRESSED answers. */
enum {
    KEY_BACK = 0x08,
    KEY_CLEAR = 0x0A,
    KEY_OK = 0x0D,
    KEY_CANCEL = 0x1B,
    KEY_DIGIT = 0x2B,
    KEY_ABORTED = 0x40
};

/* How an entry can end without the card (PC/SC part 10, §2.5). */
enum {
    SW_TIMEOUT = 0x6400,
    SW_CANCELLED = 0x6401,
    SW_DIFFERENT = 0x6402,
    SW_LENGTH = 0x6403,
    SW_STRUCTURE = 0x6B80,
    SW_STATE = 0x6985,
    SW_OK = 0x9000
};

/* Begins the entry that pad->order describes. */
void vpad_entry_begin(struct vpad *pad);

/* Answers the request that waits for the end of the entry, if any does. */
void vpad_entry_deliver(struct vpad *pad, enum vreader_result result,
                        struct beid_span answer);

/* The entry is over and somebody waits: sends the command, or says why not. */
void vpad_entry_conclude(struct vpad *pad);

/* The OK key: the next PIN of the entry, or its end. */
void vpad_entry_advance(struct vpad *pad);

/* Ends it as cancelled; code is what GET_KEY_PRESSED tells. */
void vpad_entry_cancel(struct vpad *pad, uint8_t code);

/* Time's up; a loop_fn. */
void vpad_entry_timed_out(void *ctx);

/* Keeps a key for GET_KEY_PRESSED; starts the clock for the next one. */
void vpad_entry_key(struct vpad *pad, uint8_t code);
void vpad_entry_wait(struct vpad *pad, unsigned seconds);

/* Wipes every digit. */
void vpad_entry_forget(struct vpad *pad);

/* A vreader_reply for an answer that nobody waits for. */
void vpad_entry_unheard(void *ctx, enum vreader_result result,
                        struct beid_span answer);

/* A line of the trace. */
void vpad_tell(const struct vpad *pad, const char *what);

#endif
