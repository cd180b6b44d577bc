/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include "field.h"

#include <string.h>

#define HEADER_LEN 9U
#define COUNTED_LEN 5U /* what the length counts beside the fields */
#define SHA256_LEN 32U

static bool
known_type(uint8_t type)
{
    switch ((enum beid_wire_type)type) {
    case BEID_WIRE_STATUS:
    case BEID_WIRE_AUTHENTICATE:
    case BEID_WIRE_CANCEL:
    case BEID_WIRE_STATUS_REPLY:
    case BEID_WIRE_EVENT:
    case BEID_WIRE_AUTH_REPLY:
    case BEID_WIRE_PROMPT_START:
    case BEID_WIRE_PROMPT_STOP:
    case BEID_WIRE_PROMPT_FD:
    case BEID_WIRE_PROMPT_STOPPED:
    case BEID_WIRE_WORKER_SOCKET:
    case BEID_WIRE_PORTALS_BEGIN:
    case BEID_WIRE_PORTAL_FILE:
    case BEID_WIRE_PORTALS_END:
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

/* Writes a header whose length finish() fills in. */
static void
start(struct beid_buf *out, enum beid_wire_type type, uint32_t operation)
{
    if (out->len != 0 || out->max > BEID_WIRE_MAX) {
        out->failed = BEID_ERR_ARGUMENT;
    }
    beid_buf_put_u32(out, 0);
    beid_buf_put_u8(out, (uint8_t)type);
    beid_buf_put_u32(out, operation);
}

static enum beid_err
finish(struct beid_buf *out)
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

/* Reads back what was written: an encoder says nothing a decoder refuses. */
static enum beid_err
reopen(const struct beid_buf *out, struct beid_wire_message *message)
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
    start(out, type, operation);
    return finish(out);
}

static bool
printable_ascii(struct beid_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] < 0x20 || bytes.ptr[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

enum beid_err
beid_wire_get_authenticate(const struct beid_wire_message *message,
                           struct beid_wire_authenticate *out)
{
    struct beid_wire_authenticate in = {0};
    struct field_reader reader;
    field_begin(&reader, message->fields);
    field_lang(&reader, in.lang);
    in.portal_name = field_text(&reader, 1, BEID_WIRE_NAME_MAX);
    in.origin = field_text(&reader, 1, BEID_WIRE_ORIGIN_MAX);
    in.environment =
        (enum beid_wire_environment)field_u8(&reader, BEID_ENVIRONMENT_TEST);
    in.development = field_bool(&reader);
    in.nonce = field_bytes(&reader, BEID_WIRE_NONCE_MIN, BEID_WIRE_NONCE_MAX);
    in.certificate_sha256 = field_bytes(&reader, 0, SHA256_LEN);
    in.timeout_ms = field_u32(&reader);
    in.wait_for_card = field_bool(&reader);
    in.chain = field_bool(&reader);
    enum beid_err err = field_end(&reader);
    if (err != BEID_OK) {
        return err;
    }
    if (!printable_ascii(in.origin) || !printable_ascii(in.nonce)
        || (in.certificate_sha256.len != 0
            && in.certificate_sha256.len != SHA256_LEN)) {
        return BEID_ERR_FORMAT;
    }
    *out = in;
    return BEID_OK;
}

enum beid_err
beid_wire_put_authenticate(struct beid_buf *out, uint32_t operation,
                           const struct beid_wire_authenticate *in)
{
    struct beid_wire_message message;
    struct beid_wire_authenticate check;
    start(out, BEID_WIRE_AUTHENTICATE, operation);
    field_put_bytes(out,
                    beid_span_of(in->lang, strnlen(in->lang, sizeof in->lang)));
    field_put_bytes(out, in->portal_name);
    field_put_bytes(out, in->origin);
    beid_buf_put_u8(out, (uint8_t)in->environment);
    beid_buf_put_u8(out, in->development);
    field_put_bytes(out, in->nonce);
    field_put_bytes(out, in->certificate_sha256);
    beid_buf_put_u32(out, in->timeout_ms);
    beid_buf_put_u8(out, in->wait_for_card);
    beid_buf_put_u8(out, in->chain);
    enum beid_err err = finish(out);
    if (err == BEID_OK) {
        err = reopen(out, &message);
    }
    if (err == BEID_OK) {
        err = beid_wire_get_authenticate(&message, &check);
    }
    return err;
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
    start(out, BEID_WIRE_STATUS_REPLY, operation);
    field_put_err(out, in->err);
    beid_buf_put_u8(out, in->count);
    for (size_t i = 0; i < in->count; i++) {
        beid_buf_put_u8(out, in->readers[i].pinpad);
        beid_buf_put_u8(out, (uint8_t)in->readers[i].card);
    }
    return finish(out);
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
    start(out, BEID_WIRE_EVENT, operation);
    beid_buf_put_u8(out, (uint8_t)event);
    return finish(out);
}

/* Success has all of certificate, algorithm and signature; failure none. */
static bool
consistent(const struct beid_wire_auth_reply *in)
{
    if (in->err == BEID_OK) {
        return in->certificate.len > 0 && in->signature.len > 0
               && in->algorithm != BEID_ALGORITHM_NONE;
    }
    return in->certificate.len == 0 && in->signature.len == 0
           && in->algorithm == BEID_ALGORITHM_NONE && in->chain_count == 0;
}

enum beid_err
beid_wire_get_auth_reply(const struct beid_wire_message *message,
                         struct beid_wire_auth_reply *out)
{
    struct beid_wire_auth_reply in = {0};
    struct field_reader reader;
    field_begin(&reader, message->fields);
    in.err = field_err(&reader);
    in.tries = field_u8(&reader, UINT8_MAX);
    in.certificate = field_bytes(&reader, 0, BEID_WIRE_CERT_MAX);
    in.algorithm =
        (enum beid_wire_algorithm)field_u8(&reader, BEID_ALGORITHM_ES384);
    in.signature = field_bytes(&reader, 0, BEID_WIRE_SIGNATURE_MAX);
    in.pin_entry =
        (enum beid_wire_pin_entry)field_u8(&reader, BEID_PIN_ENTRY_PINPAD);
    in.chain_count = field_u8(&reader, BEID_WIRE_CHAIN_MAX);
    for (size_t i = 0; i < in.chain_count; i++) {
        in.chain[i] = field_bytes(&reader, 1, BEID_WIRE_CERT_MAX);
    }
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK && !consistent(&in)) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

enum beid_err
beid_wire_put_auth_reply(struct beid_buf *out, uint32_t operation,
                         const struct beid_wire_auth_reply *in)
{
    struct beid_wire_message message;
    struct beid_wire_auth_reply check;
    if (in->chain_count > BEID_WIRE_CHAIN_MAX) {
        return BEID_ERR_LIMIT;
    }
    start(out, BEID_WIRE_AUTH_REPLY, operation);
    field_put_err(out, in->err);
    beid_buf_put_u8(out, in->tries);
    field_put_bytes(out, in->certificate);
    beid_buf_put_u8(out, (uint8_t)in->algorithm);
    field_put_bytes(out, in->signature);
    beid_buf_put_u8(out, (uint8_t)in->pin_entry);
    beid_buf_put_u8(out, in->chain_count);
    for (size_t i = 0; i < in->chain_count; i++) {
        field_put_bytes(out, in->chain[i]);
    }
    enum beid_err err = finish(out);
    if (err == BEID_OK) {
        err = reopen(out, &message);
    }
    if (err == BEID_OK) {
        err = beid_wire_get_auth_reply(&message, &check);
    }
    return err;
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
    start(out, BEID_WIRE_PROMPT_START, operation);
    field_put_bytes(out, beid_span_str(lang));
    return finish(out);
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
    start(out, BEID_WIRE_PROMPT_FD, operation);
    field_put_err(out, err);
    return finish(out);
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
    start(out, BEID_WIRE_PORTAL_FILE, 0);
    field_put_bytes(out, in->name);
    beid_buf_put_u8(out, in->development);
    return finish(out);
}
