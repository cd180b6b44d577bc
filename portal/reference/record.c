/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <beid/secret.h>

#include <string.h>

/* Changes with the members, so that no old record is read as a new one. */
#define SESSION_VERSION 1U
#define NONCE_VERSION 1U
#define ENTRY_VERSION 1U

static void
put_time(struct beid_buf *out, time_t at)
{
    uint64_t value = (uint64_t)at;
    beid_buf_put_u32(out, (uint32_t)(value >> 32));
    beid_buf_put_u32(out, (uint32_t)(value & UINT32_MAX));
}

static void
put_text(struct beid_buf *out, const char *text)
{
    size_t len = strlen(text);
    beid_buf_put_u16(out, (uint16_t)len);
    beid_buf_put(out, beid_span_of(text, len));
}

/* Readers that fail once stay failed, so that the end is checked once. */
struct reader {
    struct beid_span rest;
    enum beid_err err;
};

static uint8_t
take_u8(struct reader *from)
{
    uint8_t value = 0;
    if (from->err == BEID_OK) {
        from->err = beid_span_take_u8(&from->rest, &value);
    }
    return value;
}

static time_t
take_time(struct reader *from)
{
    uint32_t high = 0;
    uint32_t low = 0;
    if (from->err == BEID_OK) {
        from->err = beid_span_take_u32(&from->rest, &high);
    }
    if (from->err == BEID_OK) {
        from->err = beid_span_take_u32(&from->rest, &low);
    }
    return (time_t)(((uint64_t)high << 32) | low);
}

static void
take_text(struct reader *from, char *out, size_t size)
{
    uint16_t len = 0;
    struct beid_span text = {NULL, 0};
    if (from->err == BEID_OK) {
        from->err = beid_span_take_u16(&from->rest, &len);
    }
    if (from->err == BEID_OK) {
        from->err = beid_span_take(&from->rest, len, &text);
    }
    if (from->err == BEID_OK
        && (len >= size || (len > 0 && memchr(text.ptr, 0, len) != NULL))) {
        from->err = BEID_ERR_FORMAT;
    }
    if (from->err == BEID_OK) {
        if (len > 0) {
            memcpy(out, text.ptr, len);
        }
        out[len] = '\0';
    }
}

/* The version comes first, and nothing after the last member. */
static void
begin(struct reader *from, uint8_t version)
{
    if (take_u8(from) != version && from->err == BEID_OK) {
        from->err = BEID_ERR_FORMAT;
    }
}

static enum beid_err
end(const struct reader *from)
{
    return from->err == BEID_OK && from->rest.len > 0 ? BEID_ERR_FORMAT
                                                      : from->err;
}

void
record_put_session(struct beid_buf *out, const struct session *session)
{
    beid_buf_put_u8(out, SESSION_VERSION);
    put_time(out, session->expires);
    put_time(out, session->verified_at);
    beid_buf_put_u8(out, session->known ? 1 : 0);
    put_text(out, session->csrf);
    put_text(out, session->subject);
    put_text(out, session->certificate);
    put_text(out, session->given_names);
    put_text(out, session->surname);
}

enum beid_err
record_parse_session(struct beid_span from, struct session *out)
{
    struct reader reader = {from, BEID_OK};
    struct session read = {.known = false};
    begin(&reader, SESSION_VERSION);
    read.expires = take_time(&reader);
    read.verified_at = take_time(&reader);
    read.known = take_u8(&reader) != 0;
    take_text(&reader, read.csrf, sizeof read.csrf);
    take_text(&reader, read.subject, sizeof read.subject);
    take_text(&reader, read.certificate, sizeof read.certificate);
    take_text(&reader, read.given_names, sizeof read.given_names);
    take_text(&reader, read.surname, sizeof read.surname);
    enum beid_err err = end(&reader);
    if (err == BEID_OK) {
        *out = read;
    }
    beid_wipe(&read, sizeof read);
    return err;
}

void
record_put_nonce(struct beid_buf *out, const struct nonce *nonce)
{
    beid_buf_put_u8(out, NONCE_VERSION);
    put_time(out, nonce->until);
    put_text(out, nonce->value);
    put_text(out, nonce->about);
}

enum beid_err
record_parse_nonce(struct beid_span from, struct nonce *out)
{
    struct reader reader = {from, BEID_OK};
    struct nonce read = {.until = 0};
    begin(&reader, NONCE_VERSION);
    read.until = take_time(&reader);
    take_text(&reader, read.value, sizeof read.value);
    take_text(&reader, read.about, sizeof read.about);
    enum beid_err err = end(&reader);
    if (err == BEID_OK) {
        *out = read;
    }
    beid_wipe(&read, sizeof read);
    return err;
}

void
record_put_entry(struct beid_buf *out, const struct sealed *entry)
{
    beid_buf_put_u8(out, ENTRY_VERSION);
    put_time(out, entry->created);
    put_time(out, entry->until);
    beid_buf_put(out, beid_buf_span(&entry->value));
}

enum beid_err
record_parse_entry(struct beid_span from, struct sealed *out)
{
    struct reader reader = {from, BEID_OK};
    *out = (struct sealed){.name = ""};
    begin(&reader, ENTRY_VERSION);
    out->created = take_time(&reader);
    out->until = take_time(&reader);
    beid_buf_init(&out->value, ENTRY_VALUE_MAX);
    if (reader.err == BEID_OK) {
        beid_buf_put(&out->value, reader.rest);
        reader.err = beid_buf_status(&out->value);
    }
    if (reader.err != BEID_OK) {
        beid_buf_clear(&out->value);
    }
    return reader.err;
}
