/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include "field.h"
#include "packet.h"

#include <string.h>

#define HEADER_LEN 9U
#define COUNTED_LEN 5U /* what the length counts beside the fields */

static bool
known_type(uint8_t type)
{
    switch ((enum beid_wire_type)type) {
    case BEID_WIRE_STATUS:
    case BEID_WIRE_AUTHENTICATE:
    case BEID_WIRE_CANCEL:
    case BEID_WIRE_STEP_UP:
    case BEID_WIRE_CERTIFICATE:
    case BEID_WIRE_SIGN:
    case BEID_WIRE_SIGN_FILE:
    case BEID_WIRE_STATUS_REPLY:
    case BEID_WIRE_EVENT:
    case BEID_WIRE_AUTH_REPLY:
    case BEID_WIRE_DOCUMENT_REPLY:
    case BEID_WIRE_LEAVING:
    case BEID_WIRE_BEGUN:
    case BEID_WIRE_PROMPT_START:
    case BEID_WIRE_PROMPT_STOP:
    case BEID_WIRE_SESSION:
    case BEID_WIRE_PROMPT_FD:
    case BEID_WIRE_PROMPT_STOPPED:
    case BEID_WIRE_SESSION_STATE:
    case BEID_WIRE_WORKER_SOCKET:
    case BEID_WIRE_PORTALS_BEGIN:
    case BEID_WIRE_PORTAL_FILE:
    case BEID_WIRE_PORTALS_END:
    case BEID_WIRE_RESTRICTION:
    case BEID_WIRE_FRONT_READY:
    case BEID_WIRE_WORKER_STUCK:
        return true;
    }
    return false;
}

enum beid_err
beid_wire_open(struct beid_span packet, struct beid_wire_message *out)
{
    struct beid_span rest = packet;
    uint32_t len = 0;
    uint8_t type = 0;
    uint32_t operation = 0;
    if (packet.len > BEID_WIRE_MAX) {
        return BEID_ERR_LIMIT;
    }
    enum beid_err err = beid_span_take_u32(&rest, &len);
    if (err != BEID_OK || len != rest.len) {
        return BEID_ERR_FORMAT;
    }
    err = beid_span_take_u8(&rest, &type);
    if (err == BEID_OK) {
        err = beid_span_take_u32(&rest, &operation);
    }
    if (err != BEID_OK || !known_type(type)) {
        return BEID_ERR_FORMAT;
    }
    out->type = (enum beid_wire_type)type;
    out->operation = operation;
    out->fields = rest;
    return BEID_OK;
}

void
wire_start(struct beid_buf *out, enum beid_wire_type type, uint32_t operation)
{
    if (out->len != 0 || out->max > BEID_WIRE_MAX) {
        out->failed = BEID_ERR_ARGUMENT;
    }
    beid_buf_put_u32(out, 0);
    beid_buf_put_u8(out, (uint8_t)type);
    beid_buf_put_u32(out, operation);
}

enum beid_err
wire_finish(struct beid_buf *out)
{
    enum beid_err err = beid_buf_status(out);
    if (err != BEID_OK) {
        return err;
    }
    uint32_t len = (uint32_t)(out->len - HEADER_LEN + COUNTED_LEN);
    for (size_t i = 0; i < sizeof len; i++) {
        out->ptr[i] = (uint8_t)((len >> (24U - 8U * i)) & 0xFFU);
    }
    return BEID_OK;
}

enum beid_err
wire_reopen(const struct beid_buf *out, struct beid_wire_message *message)
{
    return beid_wire_open(beid_buf_span(out), message);
}

enum beid_err
beid_wire_get_empty(const struct beid_wire_message *message)
{
    return message->fields.len == 0 ? BEID_OK : BEID_ERR_FORMAT;
}

enum beid_err
beid_wire_put_empty(struct beid_buf *out, enum beid_wire_type type,
                    uint32_t operation)
{
    wire_start(out, type, operation);
    return wire_finish(out);
}

bool
wire_printable(struct beid_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] < 0x20 || bytes.ptr[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

enum beid_err
beid_wire_get_status_reply(const struct beid_wire_message *message,
                           struct beid_wire_status_reply *out)
{
    struct beid_wire_status_reply in = {0};
    struct field_reader reader;
    field_begin(&reader, message->fields);
    in.err = field_err(&reader);
    in.count = field_u8(&reader, BEID_WIRE_READERS_MAX);
    for (size_t i = 0; i < in.count; i++) {
        in.readers[i].pinpad = field_bool(&reader);
        in.readers[i].card =
            (enum beid_wire_card)field_u8(&reader, BEID_CARD_BUSY);
    }
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

enum beid_err
beid_wire_put_status_reply(struct beid_buf *out, uint32_t operation,
                           const struct beid_wire_status_reply *in)
{
    if (in->count > BEID_WIRE_READERS_MAX) {
        return BEID_ERR_LIMIT;
    }
    wire_start(out, BEID_WIRE_STATUS_REPLY, operation);
    field_put_err(out, in->err);
    beid_buf_put_u8(out, in->count);
    for (size_t i = 0; i < in->count; i++) {
        beid_buf_put_u8(out, in->readers[i].pinpad);
        beid_buf_put_u8(out, (uint8_t)in->readers[i].card);
    }
    return wire_finish(out);
}

enum beid_err
beid_wire_get_event(const struct beid_wire_message *message,
                    enum beid_wire_event *out)
{
    struct field_reader reader;
    field_begin(&reader, message->fields);
    uint8_t event = field_u8(&reader, BEID_EVENT_DONE);
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK && event == 0) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        *out = (enum beid_wire_event)event;
    }
    return err;
}

enum beid_err
beid_wire_put_event(struct beid_buf *out, uint32_t operation,
                    enum beid_wire_event event)
{
    wire_start(out, BEID_WIRE_EVENT, operation);
    beid_buf_put_u8(out, (uint8_t)event);
    return wire_finish(out);
}

enum beid_err
beid_wire_get_prompt_start(const struct beid_wire_message *message,
                           char lang[3])
{
    char read[3];
    struct field_reader reader;
    field_begin(&reader, message->fields);
    field_lang(&reader, read);
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        memcpy(lang, read, sizeof read);
    }
    return err;
}

enum beid_err
beid_wire_put_prompt_start(struct beid_buf *out, uint32_t operation,
                           const char *lang)
{
    wire_start(out, BEID_WIRE_PROMPT_START, operation);
    field_put_bytes(out, beid_span_str(lang));
    return wire_finish(out);
}

enum beid_err
beid_wire_get_prompt_fd(const struct beid_wire_message *message,
                        enum beid_err *out)
{
    struct field_reader reader;
    field_begin(&reader, message->fields);
    enum beid_err read = field_err(&reader);
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        *out = read;
    }
    return err;
}

enum beid_err
beid_wire_put_prompt_fd(struct beid_buf *out, uint32_t operation,
                        enum beid_err err)
{
    wire_start(out, BEID_WIRE_PROMPT_FD, operation);
    field_put_err(out, err);
    return wire_finish(out);
}

enum beid_err
beid_wire_get_portal_file(const struct beid_wire_message *message,
                          struct beid_wire_portal_file *out)
{
    struct beid_wire_portal_file in = {0};
    struct field_reader reader;
    field_begin(&reader, message->fields);
    in.name = field_text(&reader, 1, BEID_WIRE_FILE_NAME_MAX);
    in.development = field_bool(&reader);
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

enum beid_err
beid_wire_put_portal_file(struct beid_buf *out,
                          const struct beid_wire_portal_file *in)
{
    wire_start(out, BEID_WIRE_PORTAL_FILE, 0);
    field_put_bytes(out, in->name);
    beid_buf_put_u8(out, in->development);
    return wire_finish(out);
}

enum beid_err
beid_wire_get_restriction(const struct beid_wire_message *message,
                          struct beid_wire_restriction *out)
{
    struct beid_wire_restriction in = {0};
    struct field_reader reader;
    field_begin(&reader, message->fields);
    in.unreadable = field_bool(&reader);
    in.text = field_bytes(&reader, 0, BEID_WIRE_RESTRICTION_MAX);
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

enum beid_err
beid_wire_put_restriction(struct beid_buf *out,
                          const struct beid_wire_restriction *in)
{
    if (in->text.len > BEID_WIRE_RESTRICTION_MAX) {
        return BEID_ERR_LIMIT;
    }
    wire_start(out, BEID_WIRE_RESTRICTION, 0);
    beid_buf_put_u8(out, in->unreadable);
    field_put_bytes(out, in->text);
    return wire_finish(out);
}
