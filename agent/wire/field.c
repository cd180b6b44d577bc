/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "field.h"

#include "utf8.h"

#include <string.h>

void
field_begin(struct field_reader *reader, struct beid_span fields)
{
    reader->rest = fields;
    reader->failed = BEID_OK;
}

enum beid_err
field_end(const struct field_reader *reader)
{
    if (reader->failed == BEID_OK && reader->rest.len > 0) {
        return BEID_ERR_FORMAT;
    }
    return reader->failed;
}

static void
fail(struct field_reader *reader, enum beid_err err)
{
    if (reader->failed == BEID_OK) {
        reader->failed = err;
    }
}

uint8_t
field_u8(struct field_reader *reader, uint8_t max)
{
    uint8_t value = 0;
    if (reader->failed != BEID_OK) {
        return 0;
    }
    enum beid_err err = beid_span_take_u8(&reader->rest, &value);
    if (err != BEID_OK || value > max) {
        fail(reader, BEID_ERR_FORMAT);
        return 0;
    }
    return value;
}

uint32_t
field_u32(struct field_reader *reader)
{
    uint32_t value = 0;
    if (reader->failed != BEID_OK) {
        return 0;
    }
    enum beid_err err = beid_span_take_u32(&reader->rest, &value);
    if (err != BEID_OK) {
        fail(reader, err);
        return 0;
    }
    return value;
}

bool
field_bool(struct field_reader *reader)
{
    return field_u8(reader, 1) == 1;
}

enum beid_err
field_err(struct field_reader *reader)
{
    int code = field_u8(reader, UINT8_MAX);
    if (code > INT8_MAX) {
        code -= UINT8_MAX + 1;
    }
    if (code > BEID_OK || code < BEID_ERR_INTERNAL) {
        fail(reader, BEID_ERR_FORMAT);
        return BEID_ERR_INTERNAL;
    }
    return (enum beid_err)code;
}

struct beid_span
field_bytes(struct field_reader *reader, uint32_t min, uint32_t max)
{
    struct beid_span bytes = {0};
    uint32_t len = field_u32(reader);
    if (reader->failed != BEID_OK) {
        return bytes;
    }
    if (len < min || len > max) {
        fail(reader, BEID_ERR_LIMIT);
        return bytes;
    }
    enum beid_err err = beid_span_take(&reader->rest, len, &bytes);
    if (err != BEID_OK) {
        fail(reader, err);
    }
    return bytes;
}

struct beid_span
field_text(struct field_reader *reader, uint32_t min, uint32_t max)
{
    struct beid_span text = field_bytes(reader, min, max);
    if (reader->failed == BEID_OK && !beid_utf8_plain(text)) {
        fail(reader, BEID_ERR_FORMAT);
    }
    return reader->failed == BEID_OK ? text : beid_span_of(NULL, 0);
}

void
field_lang(struct field_reader *reader, char lang[3])
{
    static const char *const known[] = {"nl", "fr", "de", "en"};
    struct beid_span text = field_bytes(reader, 2, 2);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (beid_span_same(text, beid_span_str(known[i]))) {
            memcpy(lang, known[i], 3);
            return;
        }
    }
    memcpy(lang, "en", 3);
    fail(reader, BEID_ERR_FORMAT);
}

void
field_put_bytes(struct beid_buf *out, struct beid_span bytes)
{
    if (bytes.len > UINT32_MAX) {
        out->failed = BEID_ERR_LIMIT;
        return;
    }
    beid_buf_put_u32(out, (uint32_t)bytes.len);
    beid_buf_put(out, bytes);
}

void
field_put_err(struct beid_buf *out, enum beid_err err)
{
    beid_buf_put_u8(out, (uint8_t)((int)err & UINT8_MAX));
}
