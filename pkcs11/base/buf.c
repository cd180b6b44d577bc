/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/bytes.h>
#include <beid/secret.h>

#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK 64U

void
beid_buf_init(struct beid_buf *buf, size_t max)
{
    *buf = (struct beid_buf){.max = max, .failed = BEID_OK};
}

void
beid_buf_clear(struct beid_buf *buf)
{
    if (buf->ptr != NULL) {
        beid_wipe(buf->ptr, buf->cap);
        free(buf->ptr);
    }
    beid_buf_init(buf, buf->max);
}

void
beid_buf_reset(struct beid_buf *buf)
{
    if (buf->ptr != NULL) {
        beid_wipe(buf->ptr, buf->cap);
    }
    buf->len = 0;
    buf->failed = BEID_OK;
}

/*
 * The next capacity that holds need bytes, terminator included: doubled, never
 * past the maximum and its terminator.
 */
static size_t
grown(size_t cap, size_t need, size_t max)
{
    size_t next = cap == 0 ? FIRST_BLOCK : cap;
    while (next < need && next <= SIZE_MAX / 2) {
        next *= 2;
    }
    if (next > max && max < SIZE_MAX) {
        next = max + 1;
    }
    return next < need ? need : next;
}

/*
 * Makes room for more bytes behind len, and for a terminator behind those, by
 * copy and wipe. Does not touch len.
 */
static bool
reserve(struct beid_buf *buf, size_t more)
{
    size_t need = 0;
    if (buf->failed != BEID_OK) {
        return false;
    }
    if (__builtin_add_overflow(buf->len, more, &need) || need > buf->max
        || need == SIZE_MAX) {
        buf->failed = BEID_ERR_LIMIT;
        return false;
    }
    if (buf->ptr != NULL && need + 1 <= buf->cap) {
        return true;
    }
    size_t cap = grown(buf->cap, need + 1, buf->max);
    uint8_t *ptr = calloc(1, cap);
    if (ptr == NULL) {
        buf->failed = BEID_ERR_MEMORY;
        return false;
    }
    if (buf->ptr != NULL) {
        memcpy(ptr, buf->ptr, buf->len);
        beid_wipe(buf->ptr, buf->cap);
        free(buf->ptr);
    }
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
}

void
beid_buf_put(struct beid_buf *buf, struct beid_span bytes)
{
    if (bytes.len == 0 || !reserve(buf, bytes.len)) {
        return;
    }
    memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
    buf->len += bytes.len;
}

void
beid_buf_put_u8(struct beid_buf *buf, uint8_t value)
{
    beid_buf_put(buf, beid_span_of(&value, 1));
}

void
beid_buf_put_u16(struct beid_buf *buf, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)(value & 0xFF)};
    beid_buf_put(buf, beid_span_of(bytes, sizeof bytes));
}

void
beid_buf_put_u32(struct beid_buf *buf, uint32_t value)
{
    const uint8_t bytes[4] = {
        (uint8_t)(value >> 24), (uint8_t)((value >> 16) & 0xFF),
        (uint8_t)((value >> 8) & 0xFF), (uint8_t)(value & 0xFF)};
    beid_buf_put(buf, beid_span_of(bytes, sizeof bytes));
}

void
beid_buf_put_str(struct beid_buf *buf, const char *text)
{
    beid_buf_put(buf, beid_span_str(text));
}

uint8_t *
beid_buf_extend(struct beid_buf *buf, size_t len)
{
    if (!reserve(buf, len)) {
        return NULL;
    }
    uint8_t *start = buf->ptr + buf->len;
    memset(start, 0, len);
    buf->len += len;
    return start;
}

enum beid_err
beid_buf_truncate(struct beid_buf *buf, size_t len)
{
    if (len > buf->len) {
        return BEID_ERR_ARGUMENT;
    }
    if (buf->ptr != NULL) {
        beid_wipe(buf->ptr + len, buf->len - len);
    }
    buf->len = len;
    return BEID_OK;
}

enum beid_err
beid_buf_status(const struct beid_buf *buf)
{
    return buf->failed;
}

struct beid_span
beid_buf_span(const struct beid_buf *buf)
{
    return beid_span_of(buf->ptr, buf->len);
}

const char *
beid_buf_cstr(struct beid_buf *buf)
{
    if (!reserve(buf, 0)) {
        return NULL;
    }
    buf->ptr[buf->len] = 0;
    if (memchr(buf->ptr, 0, buf->len) != NULL) {
        return NULL;
    }
    return (const char *)buf->ptr;
}
