/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "json_scan.h"

#include "wire/utf8.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS_MAX 15U

/* What may come next. */
enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END, /* behind [ */
    EXPECT_KEY_OR_END, /* behind { */
    EXPECT_KEY, /* behind a comma in an object */
    EXPECT_COMMA_OR_END, /* behind a value */
    EXPECT_NOTHING
};

struct scan {
    struct beid_span rest;
    enum expect expect;
    size_t depth;
    bool in_object[JSON_DEPTH_MAX];
};

static bool
next_is(const struct scan *scan, uint8_t byte)
{
    return scan->rest.len > 0 && scan->rest.ptr[0] == byte;
}

static void
advance(struct scan *scan, size_t count)
{
    scan->rest = beid_span_of(scan->rest.ptr + count, scan->rest.len - count);
}

static bool
accept(struct scan *scan, uint8_t byte)
{
    if (!next_is(scan, byte)) {
        return false;
    }
    advance(scan, 1);
    return true;
}

static void
skip_space(struct scan *scan)
{
    while (next_is(scan, ' ') || next_is(scan, '\t') || next_is(scan, '\r')
           || next_is(scan, '\n')) {
        advance(scan, 1);
    }
}

static bool
accept_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);
    if (scan->rest.len < len || memcmp(scan->rest.ptr, word, len) != 0) {
        return false;
    }
    advance(scan, len);
    return true;
}

/* Four hexadecimal digits. */
static bool
take_hex4(struct scan *scan, uint32_t *out)
{
    uint32_t value = 0;
    if (scan->rest.len < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        uint8_t byte = scan->rest.ptr[i];
        uint32_t digit = 0;
        if (byte >= '0' && byte <= '9') {
            digit = byte - (uint32_t)'0';
        } else if (byte >= 'a' && byte <= 'f') {
            digit = byte - (uint32_t)'a' + 10;
        } else if (byte >= 'A' && byte <= 'F') {
            digit = byte - (uint32_t)'A' + 10;
        } else {
            return false;
        }
        value = value * 16 + digit;
    }
    advance(scan, 4);
    *out = value;
    return true;
}

/* Behind \u: no zero, and a high surrogate only before a low one. */
static bool
take_unicode_escape(struct scan *scan)
{
    uint32_t unit = 0;
    uint32_t low = 0;
    if (!take_hex4(scan, &unit) || unit == 0
        || (unit >= 0xDC00 && unit <= 0xDFFF)) {
        return false;
    }
    if (unit < 0xD800 || unit > 0xDBFF) {
        return true;
    }
    return accept_word(scan, "\\u") && take_hex4(scan, &low) && low >= 0xDC00
           && low <= 0xDFFF;
}

static bool
take_escape(struct scan *scan)
{
    if (accept(scan, 'u')) {
        return take_unicode_escape(scan);
    }
    if (scan->rest.len == 0 || scan->rest.ptr[0] == 0
        || strchr("\"\\/bfnrt", scan->rest.ptr[0]) == NULL) {
        return false;
    }
    advance(scan, 1);
    return true;
}

static bool
take_string(struct scan *scan)
{
    if (!accept(scan, '"')) {
        return false;
    }
    while (!accept(scan, '"')) {
        uint32_t point = 0;
        if (accept(scan, '\\')) {
            if (!take_escape(scan)) {
                return false;
            }
        } else if (beid_utf8_take(&scan->rest, &point) != BEID_OK
                   || point < 0x20) {
            return false;
        }
    }
    return true;
}

static bool
take_number(struct scan *scan)
{
    size_t digits = 0;
    (void)accept(scan, '-');
    bool zero = next_is(scan, '0');
    while (digits < scan->rest.len && scan->rest.ptr[digits] >= '0'
           && scan->rest.ptr[digits] <= '9') {
        digits++;
    }
    if (digits == 0 || digits > DIGITS_MAX || (zero && digits > 1)) {
        return false;
    }
    advance(scan, digits);
    return true;
}

static void
after_value(struct scan *scan)
{
    scan->expect = scan->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_END;
}

static enum beid_err
open_container(struct scan *scan, bool object)
{
    if (scan->depth == JSON_DEPTH_MAX) {
        return BEID_ERR_LIMIT;
    }
    scan->in_object[scan->depth] = object;
    scan->depth++;
    scan->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return BEID_OK;
}

static void
close_container(struct scan *scan)
{
    scan->depth--;
    after_value(scan);
}

static enum beid_err
step_value(struct scan *scan)
{
    if (accept(scan, '{')) {
        return open_container(scan, true);
    }
    if (accept(scan, '[')) {
        return open_container(scan, false);
    }
    if (next_is(scan, '"')
            ? take_string(scan)
            : (accept_word(scan, "true") || accept_word(scan, "false")
               || accept_word(scan, "null") || take_number(scan))) {
        after_value(scan);
        return BEID_OK;
    }
    return BEID_ERR_FORMAT;
}

static enum beid_err
step_key(struct scan *scan)
{
    if (!take_string(scan)) {
        return BEID_ERR_FORMAT;
    }
    skip_space(scan);
    scan->expect = EXPECT_VALUE;
    return accept(scan, ':') ? BEID_OK : BEID_ERR_FORMAT;
}

static enum beid_err
step_comma_or_end(struct scan *scan)
{
    bool object = scan->in_object[scan->depth - 1];
    if (accept(scan, ',')) {
        scan->expect = object ? EXPECT_KEY : EXPECT_VALUE;
        return BEID_OK;
    }
    if (accept(scan, object ? '}' : ']')) {
        close_container(scan);
        return BEID_OK;
    }
    return BEID_ERR_FORMAT;
}

static enum beid_err
step(struct scan *scan)
{
    switch (scan->expect) {
    case EXPECT_VALUE_OR_END:
        if (accept(scan, ']')) {
            close_container(scan);
            return BEID_OK;
        }
        return step_value(scan);
    case EXPECT_VALUE:
        return step_value(scan);
    case EXPECT_KEY_OR_END:
        if (accept(scan, '}')) {
            close_container(scan);
            return BEID_OK;
        }
        return step_key(scan);
    case EXPECT_KEY:
        return step_key(scan);
    case EXPECT_COMMA_OR_END:
        return step_comma_or_end(scan);
    case EXPECT_NOTHING:
        break;
    }
    return BEID_ERR_FORMAT;
}

enum beid_err
json_scan(struct beid_span text)
{
    struct scan scan = {.rest = text, .expect = EXPECT_VALUE};
    skip_space(&scan);
    while (scan.expect != EXPECT_NOTHING) {
        enum beid_err err = step(&scan);
        if (err != BEID_OK) {
            return err;
        }
        skip_space(&scan);
    }
    return scan.rest.len == 0 ? BEID_OK : BEID_ERR_FORMAT;
}
