/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "reader.h"

#include <string.h>

#define COMMAND_MAX 512U

void
vreader_init(struct vreader *reader, unsigned number, struct vcard *card,
             const struct trace *trace)
{
    memset(reader, 0, sizeof(*reader));
    reader->number = number;
    reader->card = card;
    reader->trace = trace;
    beid_buf_init(&reader->held_command, COMMAND_MAX);
    beid_buf_init(&reader->held_answer, sizeof(struct vcard_answer));
    beid_buf_init(&reader->late_answer, sizeof(struct vcard_answer));
}

void
vreader_clear(struct vreader *reader)
{
    vcard_free(&reader->card);
    beid_buf_clear(&reader->held_command);
    beid_buf_clear(&reader->held_answer);
    beid_buf_clear(&reader->late_answer);
}

static void
tell_changed(const struct vreader *reader)
{
    if (reader->changed != NULL) {
        reader->changed(reader->changed_ctx);
    }
}

static void
tell_left(const struct vreader *reader)
{
    if (reader->left != NULL) {
        reader->left(reader->pad_ctx);
    }
}

static void
held_forget(struct vreader *reader)
{
    reader->held = false;
    beid_buf_reset(&reader->held_command);
    beid_buf_reset(&reader->held_answer);
}

static void
late_forget(struct vreader *reader)
{
    reader->late = false;
    beid_buf_reset(&reader->late_answer);
}

/* Ends a held or delayed command without an answer of the card. */
static void
held_fail(struct vreader *reader, enum vreader_result result)
{
    if (reader->late) {
        late_forget(reader);
        reader->late_reply(reader->late_ctx, result, beid_span_of(NULL, 0));
    }
    if (reader->held) {
        held_forget(reader);
        reader->held_reply(reader->held_ctx, result, beid_span_of(NULL, 0));
    }
}

enum beid_err
vreader_insert(struct vreader *reader)
{
    if (reader->inserted) {
        return BEID_ERR_STATE;
    }
    reader->inserted = true;
    reader->powered = false;
    reader->mute = false;
    vcard_reset(reader->card);
    trace_event(reader->trace, reader->number, "insert");
    tell_changed(reader);
    return BEID_OK;
}

enum beid_err
vreader_remove(struct vreader *reader)
{
    if (!reader->inserted) {
        return BEID_ERR_STATE;
    }
    reader->inserted = false;
    reader->powered = false;
    vcard_reset(reader->card);
    trace_event(reader->trace, reader->number, "remove");
    held_fail(reader, VREADER_NO_CARD);
    tell_left(reader);
    tell_changed(reader);
    return BEID_OK;
}

void
vreader_swap(struct vreader *reader, struct vcard *card)
{
    bool was_in = reader->inserted;
    if (was_in) {
        (void)vreader_remove(reader);
    }
    vcard_free(&reader->card);
    reader->card = card;
    if (was_in) {
        (void)vreader_insert(reader);
    }
}

static enum vreader_result
start(struct vreader *reader, const char *event, struct beid_span *atr)
{
    if (!reader->inserted) {
        return VREADER_NO_CARD;
    }
    tell_left(reader);
    trace_event(reader->trace, reader->number, event);
    vcard_reset(reader->card);
    if (reader->mute) {
        return VREADER_MUTE;
    }
    reader->powered = true;
    *atr = vcard_atr(reader->card);
    return VREADER_ANSWER;
}

enum vreader_result
vreader_power_on(struct vreader *reader, struct beid_span *atr)
{
    enum vreader_result result = start(reader, "power-on", atr);
    if (result == VREADER_ANSWER) {
        reader->counts.power_ons++;
    }
    return result;
}

enum vreader_result
vreader_reset(struct vreader *reader, struct beid_span *atr)
{
    enum vreader_result result = start(reader, "reset", atr);
    if (result == VREADER_ANSWER) {
        reader->counts.resets++;
    }
    return result;
}

void
vreader_power_off(struct vreader *reader)
{
    tell_left(reader);
    if (reader->powered) {
        trace_event(reader->trace, reader->number, "power-off");
    }
    reader->powered = false;
    vcard_reset(reader->card);
}

static void
answer(struct vreader *reader, size_t command_len, struct beid_span bytes,
       vreader_reply *reply, void *ctx)
{
    reader->counts.apdus++;
    reader->counts.bytes_in += command_len;
    reader->counts.bytes_out += bytes.len;
    trace_answer(reader->trace, reader->number, bytes);
    reply(ctx, VREADER_ANSWER, bytes);
}

static void
execute(struct vreader *reader, struct beid_span command, vreader_reply *reply,
        void *ctx)
{
    struct vcard_answer out;
    trace_command(reader->trace, reader->number, command);
    vcard_transmit(reader->card, command, &out);
    struct beid_span said = beid_span_of(out.bytes, out.len);
    if (reader->delay == NULL) {
        answer(reader, command.len, said, reply, ctx);
        return;
    }
    late_forget(reader);
    beid_buf_put(&reader->late_answer, said);
    reader->late = true;
    reader->late_command_len = command.len;
    reader->late_reply = reply;
    reader->late_ctx = ctx;
    reader->delay(reader->delay_ctx, command, said);
}

void
vreader_due(struct vreader *reader)
{
    if (reader->late) {
        reader->late = false;
        answer(reader, reader->late_command_len,
               beid_buf_span(&reader->late_answer), reader->late_reply,
               reader->late_ctx);
    }
}

/* The fault that strikes this command, if any; it strikes once. */
static enum vreader_fault
fault_due(struct vreader *reader)
{
    if (reader->fault == VREADER_FAULT_NONE) {
        return VREADER_FAULT_NONE;
    }
    reader->fault_in--;
    if (reader->fault_in > 0) {
        return VREADER_FAULT_NONE;
    }
    enum vreader_fault due = reader->fault;
    reader->fault = VREADER_FAULT_NONE;
    return due;
}

static void
hold(struct vreader *reader, struct beid_span command, vreader_reply *reply,
     void *ctx)
{
    beid_buf_reset(&reader->held_command);
    beid_buf_put(&reader->held_command, command);
    reader->held = true;
    reader->held_reply = reply;
    reader->held_ctx = ctx;
    trace_event(reader->trace, reader->number, "hold");
    if (reader->hold_reached != NULL) {
        reader->hold_reached(reader->hold_ctx);
    }
}

/* The card runs the command; what it says waits. */
static void
hold_after(struct vreader *reader, struct beid_span command,
           vreader_reply *reply, void *ctx)
{
    struct vcard_answer out;
    trace_command(reader->trace, reader->number, command);
    vcard_transmit(reader->card, command, &out);
    beid_buf_reset(&reader->held_answer);
    beid_buf_put(&reader->held_answer, beid_span_of(out.bytes, out.len));
    hold(reader, command, reply, ctx);
}

void
vreader_transmit(struct vreader *reader, struct beid_span command,
                 vreader_reply *reply, void *ctx)
{
    struct beid_span none = beid_span_of(NULL, 0);
    if (!reader->inserted) {
        reply(ctx, VREADER_NO_CARD, none);
        return;
    }
    if (!reader->powered || reader->mute || command.len > COMMAND_MAX) {
        reply(ctx, VREADER_MUTE, none);
        return;
    }
    if (reader->intercept != NULL
        && reader->intercept(reader->pad_ctx, command, reply, ctx)) {
        return;
    }
    uint8_t sw[2] = {(uint8_t)(reader->fault_sw >> 8),
                     (uint8_t)(reader->fault_sw & 0xFFU)};
    switch (fault_due(reader)) {
    case VREADER_FAULT_NONE:
        execute(reader, command, reply, ctx);
        break;
    case VREADER_FAULT_REMOVE:
        trace_command(reader->trace, reader->number, command);
        (void)vreader_remove(reader);
        reply(ctx, VREADER_NO_CARD, none);
        break;
    case VREADER_FAULT_MUTE:
        trace_command(reader->trace, reader->number, command);
        trace_event(reader->trace, reader->number, "mute");
        reader->mute = true;
        reply(ctx, VREADER_MUTE, none);
        break;
    case VREADER_FAULT_LOSE:
        trace_command(reader->trace, reader->number, command);
        reply(ctx, VREADER_MUTE, none);
        break;
    case VREADER_FAULT_HOLD:
        hold(reader, command, reply, ctx);
        break;
    case VREADER_FAULT_HOLD_AFTER:
        hold_after(reader, command, reply, ctx);
        break;
    case VREADER_FAULT_SW:
        trace_command(reader->trace, reader->number, command);
        answer(reader, command.len, beid_span_of(sw, sizeof(sw)), reply, ctx);
        break;
    case VREADER_FAULT_ANSWER:
        trace_command(reader->trace, reader->number, command);
        answer(reader, command.len,
               beid_span_of(reader->fault_answer, reader->fault_answer_len),
               reply, ctx);
        break;
    }
}

void
vreader_abandon(struct vreader *reader, const void *ctx)
{
    if (reader->held && reader->held_ctx == ctx) {
        held_forget(reader);
    }
    if (reader->late && reader->late_ctx == ctx) {
        late_forget(reader);
    }
}

void
vreader_fault_set(struct vreader *reader, enum vreader_fault fault, unsigned at,
                  uint16_t sw)
{
    reader->fault = fault;
    reader->fault_in = at;
    reader->fault_sw = sw;
    if (fault == VREADER_FAULT_MUTE && at == 0) {
        reader->fault = VREADER_FAULT_NONE;
        reader->mute = true;
        trace_event(reader->trace, reader->number, "mute");
    }
}

void
vreader_fault_answer(struct vreader *reader, unsigned at,
                     struct beid_span answer)
{
    size_t len = answer.len < sizeof(reader->fault_answer)
                     ? answer.len
                     : sizeof(reader->fault_answer);
    if (len > 0) {
        memcpy(reader->fault_answer, answer.ptr, len);
    }
    reader->fault_answer_len = len;
    vreader_fault_set(reader, VREADER_FAULT_ANSWER, at, 0);
}

void
vreader_fault_off(struct vreader *reader)
{
    reader->fault = VREADER_FAULT_NONE;
    reader->mute = false;
}

enum beid_err
vreader_release(struct vreader *reader)
{
    if (!reader->held) {
        return BEID_ERR_STATE;
    }
    struct beid_span command = beid_buf_span(&reader->held_command);
    struct beid_span said = beid_buf_span(&reader->held_answer);
    reader->held = false;
    trace_event(reader->trace, reader->number, "release");
    if (said.len > 0) { /* an answer has two bytes at least */
        answer(reader, command.len, said, reader->held_reply, reader->held_ctx);
    } else {
        execute(reader, command, reader->held_reply, reader->held_ctx);
    }
    held_forget(reader);
    return BEID_OK;
}

void
vreader_counts_reset(struct vreader *reader)
{
    memset(&reader->counts, 0, sizeof(reader->counts));
    vcard_counts_reset(reader->card);
}
