/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "field.h"
#include "packet.h"

static struct beid_wire_session
read_session(struct field_reader *reader)
{
    struct beid_wire_session in = {.err = field_err(reader)};
    in.keys_seen = field_bool(reader);
    in.phrase = field_text(reader, 0, BEID_WIRE_PHRASE_MAX);
    return in;
}

enum beid_err
beid_wire_get_session(const struct beid_wire_message *message,
                      struct beid_wire_session *out)
{
    struct field_reader reader;
    field_begin(&reader, message->fields);
    struct beid_wire_session in = read_session(&reader);
    enum beid_err err = field_end(&reader);
    if (err == BEID_OK) {
        *out = in;
    }
    return err;
}

enum beid_err
beid_wire_put_session(struct beid_buf *out, uint32_t operation,
                      const struct beid_wire_session *in)
{
    struct beid_wire_message message;
    struct beid_wire_session read;
    wire_start(out, BEID_WIRE_SESSION_STATE, operation);
    field_put_err(out, in->err);
    beid_buf_put_u8(out, in->keys_seen);
    field_put_bytes(out, in->phrase);
    enum beid_err err = wire_finish(out);
    if (err == BEID_OK) {
        err = wire_reopen(out, &message);
    }
    return err == BEID_OK ? beid_wire_get_session(&message, &read) : err;
}
