/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/bytes.h>

#include <string.h>

struct beid_span
beid_span_of(const void *ptr, size_t len)
{
    struct beid_span span = {.ptr = ptr, .len = len};
    return span;
}

struct beid_span
beid_span_str(const char *text)
{
    return beid_span_of(text, text == NULL ? 0 : strlen(text));
}

enum beid_err
beid_span_take(struct beid_span *from, size_t n, struct beid_span *out)
{
    if (n > from->len) {
        return BEID_ERR_FORMAT;
    }
    *out = beid_span_of(from->ptr, n);
    if (n > 0) {
        from->ptr += n;
        from->len -= n;
    }
    return BEID_OK;
}

/* Takes a big-endian number of n <= 4 bytes. */
static enum beid_err
take_number(struct beid_span *from, size_t n, uint32_t *out)
{
    struct beid_span bytes;
    enum beid_err err = beid_span_take(from, n, &bytes);
    if (err != BEID_OK) {
        return err;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        value = (value << 8) | bytes.ptr[i];
    }
    *out = value;
    return BEID_OK;
}

enum beid_err
beid_span_take_u8(struct beid_span *from, uint8_t *out)
{
    uint32_t value = 0;
    enum beid_err err = take_number(from, 1, &value);
    if (err == BEID_OK) {
        *out = (uint8_t)value;
    }
    return err;
}

enum beid_err
beid_span_take_u16(struct beid_span *from, uint16_t *out)
{
    uint32_t value = 0;
    enum beid_err err = take_number(from, 2, &value);
    if (err == BEID_OK) {
        *out = (uint16_t)value;
    }
    return err;
}

enum beid_err
beid_span_take_u32(struct beid_span *from, uint32_t *out)
{
    return take_number(from, 4, out);
}

enum beid_err
beid_span_slice(struct beid_span from, size_t off, size_t len,
                struct beid_span *out)
{
    if (off > from.len || len > from.len - off) {
        return BEID_ERR_FORMAT;
    }
    *out = beid_span_of(from.len == 0 ? NULL : from.ptr + off, len);
    return BEID_OK;
}

bool
beid_span_same(struct beid_span a, struct beid_span b)
{
    if (a.len != b.len) {
        return false;
    }
    return a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0;
}

struct beid_span
beid_span_trim_zeros(struct beid_span from)
{
    while (from.len > 0 && from.ptr[from.len - 1] == 0) {
        from.len--;
    }
    return from;
}
