/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One entry on the keys, from its order to the command it ends in. */

#include "pinpad_entry.h"

#include <stdio.h>
#include <string.h>

#define SECOND_MS 1000

void
vpad_tell(const struct vpad *pad, const char *what)
{
    char event[48];
    (void)snprintf(event, sizeof(event), "pinpad %s", what);
    trace_event(pad->reader->trace, pad->reader->number, event);
}

void
vpad_entry_forget(struct vpad *pad)
{
    explicit_bzero(pad->typed, sizeof(pad->typed));
    explicit_bzero(&pad->order, sizeof(pad->order));
}

/* Answers the request that waits for the end of the entry, if any does. */
void
vpad_entry_deliver(struct vpad *pad, enum vreader_result result,
                   struct beid_span answer)
{
    vreader_reply *reply = pad->reply;
    pad->reply = NULL;
    pad->started = false;
    pad->sent = false;
    vpad_entry_forget(pad);
    if (reply != NULL) {
        reply(pad->reply_ctx, result, answer);
    }
}

/* What the card said to the command. */
static void
card_said(void *ctx, enum vreader_result result, struct beid_span answer)
{
    vpad_entry_deliver(ctx, result, answer);
}

/* The entry is over and somebody waits for what came of it. */
void
vpad_entry_conclude(struct vpad *pad)
{
    if (pad->lost) {
        vpad_entry_deliver(pad, VREADER_NO_CARD, beid_span_of(NULL, 0));
        return;
    }
    if (pad->sw != 0) {
        uint8_t bytes[2] = {(uint8_t)(pad->sw >> 8),
                            (uint8_t)(pad->sw & 0xFFU)};
        vpad_entry_deliver(pad, VREADER_ANSWER,
                           beid_span_of(bytes, sizeof(bytes)));
        return;
    }
    pad->sent = true;
    vreader_transmit(pad->reader,
                     beid_span_of(pad->order.apdu, pad->order.apdu_len),
                     card_said, pad);
}

/* Ends the entry; sw 0 sends the command. */
static void
end_entry(struct vpad *pad, uint16_t sw, const char *what)
{
    pad->active = false;
    pad->sw = sw;
    loop_cancel(pad->loop, vpad_entry_timed_out, pad);
    vpad_tell(pad, what);
    if (pad->reply != NULL) {
        vpad_entry_conclude(pad);
    }
}

void
vpad_entry_key(struct vpad *pad, uint8_t code)
{
    if (pad->key_count < VPAD_KEYS_MAX) {
        pad->keys[pad->key_count++] = code;
    }
}

void
vpad_entry_wait(struct vpad *pad, unsigned seconds)
{
    if (loop_after(pad->loop, (int)seconds * SECOND_MS, vpad_entry_timed_out,
                   pad)
        != BEID_OK) {
        (void)fprintf(stderr, "pinpad: no timer left\n");
    }
}

/* The next PIN of an entry, or its end. */
void
vpad_entry_advance(struct vpad *pad)
{
    struct pin_order *order = &pad->order;
    const struct pin_digits *typed = &pad->typed[pad->stage];
    if (typed->count < order->min || typed->count > order->max) {
        vpad_entry_key(pad, KEY_ABORTED);
        end_entry(pad, SW_LENGTH, "wrong length");
        return;
    }
    unsigned last = !order->modify ? 0 : order->confirm ? 2 : 1;
    if (pad->stage < last) {
        pad->stage++;
        return;
    }
    if (order->confirm
        && memcmp(&pad->typed[1], &pad->typed[2], sizeof(pad->typed[1])) != 0) {
        vpad_entry_key(pad, KEY_ABORTED);
        end_entry(pad, SW_DIFFERENT, "different");
        return;
    }
    if (order->ask_old) {
        pin_order_insert(order, order->old_at, &pad->typed[0]);
    }
    if (order->modify) {
        pin_order_insert(order, order->new_at, &pad->typed[1]);
    }
    end_entry(pad, 0, "ok");
}

void
vpad_entry_timed_out(void *ctx)
{
    struct vpad *pad = ctx;
    if ((pad->order.condition & 0x04U) != 0) {
        vpad_entry_advance(pad); /* the time is this reader's OK key */
        return;
    }
    pad->counts.timeouts++;
    vpad_entry_key(pad, KEY_ABORTED);
    end_entry(pad, SW_TIMEOUT, "timeout");
}

void
vpad_entry_cancel(struct vpad *pad, uint8_t code)
{
    pad->counts.cancelled++;
    vpad_entry_key(pad, code);
    end_entry(pad, SW_CANCELLED, "cancel");
}

/* The reader of a card that it will not let alone. */
void
vpad_entry_unheard(void *ctx, enum vreader_result result,
                   struct beid_span answer)
{
    (void)ctx;
    (void)result;
    (void)answer;
}

void
vpad_entry_begin(struct vpad *pad)
{
    static const uint8_t empty_verify[] = {0x00, 0x20, 0x00, 0x01, 0x00};
    char what[40];
    if (pad->model->asks_itself) {
        vreader_transmit(pad->reader,
                         beid_span_of(empty_verify, sizeof(empty_verify)),
                         vpad_entry_unheard, pad);
    }
    pad->active = true;
    pad->sw = 0;
    pad->lost = false;
    pad->stage = pad->order.ask_old ? 0 : 1;
    pad->key_count = 0;
    memset(pad->typed, 0, sizeof(pad->typed));
    pad->counts.entries++;
    (void)snprintf(what, sizeof(what), "%s language %04X",
                   pad->order.modify ? "modify" : "verify",
                   pad->order.language);
    vpad_tell(pad, what);
    vpad_entry_wait(pad, pad->order.first_s);
    if (pad->begun != NULL) {
        pad->begun(pad->begun_ctx);
    }
}
