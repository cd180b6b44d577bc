/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "operation.h"

#include "field.h"
#include "packet.h"

#include <string.h>

#define SHA256_LEN 32U
#define SHA384_LEN 48U

bool
beid_wire_is_operation(enum beid_wire_type type)
{
    return type == BEID_WIRE_AUTHENTICATE || type == BEID_WIRE_STEP_UP
           || type == BEID_WIRE_CERTIFICATE || type == BEID_WIRE_SIGN
           || type == BEID_WIRE_SIGN_FILE;
}

bool
beid_wire_operation_document(const struct beid_wire_operation *operation)
{
    return operation->type == BEID_WIRE_CERTIFICATE
           || operation->type == BEID_WIRE_SIGN
           || operation->type == BEID_WIRE_SIGN_FILE
           || (operation->type == BEID_WIRE_STEP_UP && operation->statement);
}

/* What every operation has; the nonce at least nonce_min bytes. */
static struct beid_wire_authenticate
take_base(struct field_reader *reader, uint32_t nonce_min)
{
    struct beid_wire_authenticate in = {0};
    field_lang(reader, in.lang);
    in.portal_name = field_text(reader, 1, BEID_WIRE_NAME_MAX);
    in.origin = field_text(reader, 1, BEID_WIRE_ORIGIN_MAX);
    in.environment =
        (enum beid_wire_environment)field_u8(reader, BEID_ENVIRONMENT_TEST);
    in.development = field_bool(reader);
    in.nonce = field_bytes(reader, nonce_min,
                           nonce_min == 0 ? 0 : BEID_WIRE_NONCE_MAX);
    in.certificate_sha256 = field_bytes(reader, 0, SHA256_LEN);
    in.timeout_ms = field_u32(reader);
    in.wait_for_card = field_bool(reader);
    in.chain = field_bool(reader);
    if (!wire_printable(in.origin) || !wire_printable(in.nonce)
        || (in.certificate_sha256.len != 0
            && in.certificate_sha256.len != SHA256_LEN)) {
        reader->failed = BEID_ERR_FORMAT;
    }
    return in;
}

static void
put_base(struct beid_buf *out, const struct beid_wire_authenticate *in)
{
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
}

static void
take_step_up(struct field_reader *reader, struct beid_wire_operation *in)
{
    in->statement = field_bool(reader);
    in->resource = field_text(reader, 1, BEID_WIRE_RESOURCE_MAX);
    in->text = field_text(reader, 1, BEID_WIRE_TEXT_MAX);
    in->jti = field_text(reader, 1, BEID_WIRE_JTI_MAX);
    in->issued = field_u32(reader);
    if (!wire_printable(in->resource) || !wire_printable(in->jti)) {
        reader->failed = BEID_ERR_FORMAT;
    }
}

static uint32_t
hash_length(enum beid_wire_hash function)
{
    switch (function) {
    case BEID_HASH_SHA256:
        return 32;
    case BEID_HASH_SHA384:
        return 48;
    case BEID_HASH_SHA512:
        return 64;
    case BEID_HASH_NONE:
        break;
    }
    return 0;
}

static void
take_sign(struct field_reader *reader, struct beid_wire_operation *in)
{
    in->certificate = field_bytes(reader, 1, BEID_WIRE_CERT_MAX);
    in->hash_function = (enum beid_wire_hash)field_u8(reader, BEID_HASH_SHA512);
    in->hash = field_bytes(reader, 1, BEID_WIRE_HASH_MAX);
    in->document = field_text(reader, 0, BEID_WIRE_NAME_MAX);
    if (in->hash.len != hash_length(in->hash_function)) {
        reader->failed = BEID_ERR_FORMAT;
    }
}

static void
take_sign_file(struct field_reader *reader, struct beid_wire_operation *in)
{
    in->hash_function = BEID_HASH_SHA256;
    in->hash = field_bytes(reader, SHA256_LEN, SHA256_LEN);
    in->sha384 = field_bytes(reader, SHA384_LEN, SHA384_LEN);
    in->document = field_text(reader, 1, BEID_WIRE_NAME_MAX);
    in->size = (uint64_t)field_u32(reader) << 32U;
    in->size |= field_u32(reader);
}

enum beid_err
beid_wire_get_operation(const struct beid_wire_message *message,
                        struct beid_wire_operation *out)
{
    struct beid_wire_operation in = {.type = message->type};
    struct field_reader reader;
    bool nonce = message->type == BEID_WIRE_AUTHENTICATE
                 || message->type == BEID_WIRE_STEP_UP;
    if (!beid_wire_is_operation(message->type)) {
        return BEID_ERR_FORMAT;
    }
    field_begin(&reader, message->fields);
    in.base = take_base(&reader, nonce ? BEID_WIRE_NONCE_MIN : 0);
    if (message->type == BEID_WIRE_STEP_UP) {
        take_step_up(&reader, &in);
    } else if (message->type == BEID_WIRE_SIGN) {
        take_sign(&reader, &in);
    } else if (message->type == BEID_WIRE_SIGN_FILE) {
        take_sign_file(&reader, &in);
    }
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

enum beid_err
beid_wire_put_operation(struct beid_buf *out, uint32_t operation,
                        const struct beid_wire_operation *in)
{
    struct beid_wire_message message;
    struct beid_wire_operation check;
    wire_start(out, in->type, operation);
    put_base(out, &in->base);
    if (in->type == BEID_WIRE_STEP_UP) {
        beid_buf_put_u8(out, in->statement);
        field_put_bytes(out, in->resource);
        field_put_bytes(out, in->text);
        field_put_bytes(out, in->jti);
        beid_buf_put_u32(out, in->issued);
    } else if (in->type == BEID_WIRE_SIGN) {
        field_put_bytes(out, in->certificate);
        beid_buf_put_u8(out, (uint8_t)in->hash_function);
        field_put_bytes(out, in->hash);
        field_put_bytes(out, in->document);
    } else if (in->type == BEID_WIRE_SIGN_FILE) {
        field_put_bytes(out, in->hash);
        field_put_bytes(out, in->sha384);
        field_put_bytes(out, in->document);
        beid_buf_put_u32(out, (uint32_t)(in->size >> 32U));
        beid_buf_put_u32(out, (uint32_t)in->size);
    }
    enum beid_err err = wire_finish(out);
    if (err == BEID_OK) {
        err = wire_reopen(out, &message);
    }
    if (err == BEID_OK) {
        err = beid_wire_get_operation(&message, &check);
    }
    return err;
}

enum beid_err
beid_wire_get_authenticate(const struct beid_wire_message *message,
                           struct beid_wire_authenticate *out)
{
    struct field_reader reader;
    field_begin(&reader, message->fields);
    struct beid_wire_authenticate in = take_base(&reader, BEID_WIRE_NONCE_MIN);
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

enum beid_err
beid_wire_put_authenticate(struct beid_buf *out, uint32_t operation,
                           const struct beid_wire_authenticate *in)
{
    const struct beid_wire_operation whole = {.type = BEID_WIRE_AUTHENTICATE,
                                              .base = *in};
    return beid_wire_put_operation(out, operation, &whole);
}
