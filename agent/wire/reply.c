/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include "field.h"
#include "packet.h"

/*
 * Success has all of certificate, algorithm and signature; failure none. Where
 * only a certificate was asked for there is no signature either.
 */
static bool
consistent(const struct beid_wire_auth_reply *in, bool document)
{
    if (in->err == BEID_OK) {
        return in->clock_behind_s == 0 && in->certificate.len > 0
               && in->algorithm != BEID_ALGORITHM_NONE
               && (document || in->signature.len > 0);
    }
    return (in->clock_behind_s == 0 || in->err == BEID_ERR_CLOCK)
           && in->certificate.len == 0 && in->signature.len == 0
           && in->document.len == 0 && in->algorithm == BEID_ALGORITHM_NONE
           && in->chain_count == 0;
}

static enum beid_err
get(const struct beid_wire_message *message, bool document,
    struct beid_wire_auth_reply *out)
{
    struct beid_wire_auth_reply in = {0};
    struct field_reader reader;
    field_begin(&reader, message->fields);
    in.err = field_err(&reader);
    in.tries = field_u8(&reader, UINT8_MAX);
    in.clock_behind_s = field_u32(&reader);
    in.certificate = field_bytes(&reader, 0, BEID_WIRE_CERT_MAX);
    in.algorithm =
        (enum beid_wire_algorithm)field_u8(&reader, BEID_ALGORITHM_ES384);
    in.signature = field_bytes(
        &reader, 0, document ? BEID_WIRE_CMS_MAX : BEID_WIRE_SIGNATURE_MAX);
    in.pin_entry =
        (enum beid_wire_pin_entry)field_u8(&reader, BEID_PIN_ENTRY_PINPAD);
    in.chain_count = field_u8(&reader, BEID_WIRE_CHAIN_MAX);
    for (size_t i = 0; i < in.chain_count; i++) {
        in.chain[i] = field_bytes(&reader, 1, BEID_WIRE_CERT_MAX);
    }
    if (document) {
        in.document = field_bytes(&reader, 0, BEID_WIRE_DOCUMENT_MAX);
    }
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK && !consistent(&in, document)) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

static enum beid_err
put(struct beid_buf *out, uint32_t operation, enum beid_wire_type type,
    const struct beid_wire_auth_reply *in)
{
    struct beid_wire_message message;
    struct beid_wire_auth_reply check;
    bool document = type == BEID_WIRE_DOCUMENT_REPLY;
    if (in->chain_count > BEID_WIRE_CHAIN_MAX) {
        return BEID_ERR_LIMIT;
    }
    wire_start(out, type, operation);
    field_put_err(out, in->err);
    beid_buf_put_u8(out, in->tries);
    beid_buf_put_u32(out, in->clock_behind_s);
    field_put_bytes(out, in->certificate);
    beid_buf_put_u8(out, (uint8_t)in->algorithm);
    field_put_bytes(out, in->signature);
    beid_buf_put_u8(out, (uint8_t)in->pin_entry);
    beid_buf_put_u8(out, in->chain_count);
    for (size_t i = 0; i < in->chain_count; i++) {
        field_put_bytes(out, in->chain[i]);
    }
    if (document) {
        field_put_bytes(out, in->document);
    }
    enum beid_err err = wire_finish(out);
    if (err == BEID_OK) {
        err = wire_reopen(out, &message);
    }
    if (err == BEID_OK) {
        err = get(&message, document, &check);
    }
    return err;
}

enum beid_err
beid_wire_get_auth_reply(const struct beid_wire_message *message,
                         struct beid_wire_auth_reply *out)
{
    return get(message, false, out);
}

enum beid_err
beid_wire_put_auth_reply(struct beid_buf *out, uint32_t operation,
                         const struct beid_wire_auth_reply *in)
{
    return put(out, operation, BEID_WIRE_AUTH_REPLY, in);
}

enum beid_err
beid_wire_get_document_reply(const struct beid_wire_message *message,
                             struct beid_wire_auth_reply *out)
{
    return get(message, true, out);
}

enum beid_err
beid_wire_put_document_reply(struct beid_buf *out, uint32_t operation,
                             const struct beid_wire_auth_reply *in)
{
    return put(out, operation, BEID_WIRE_DOCUMENT_REPLY, in);
}
