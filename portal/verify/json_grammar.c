/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"

#include <string.h>

/* What is left to read. Every function below moves it past what it accepts. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    size_t depth;
};

static bool
next_is(const struct reader *in, uint8_t byte)
{
    return in->at < in->end && *in->at == byte;
}

static bool
accept(struct reader *in, uint8_t byte)
{
    if (!next_is(in, byte)) {
        return false;
    }
    in->at++;
    return true;
}

static void
skip_space(struct reader *in)
{
    while (next_is(in, ' ') || next_is(in, '\t') || next_is(in, '\n')
           || next_is(in, '\r')) {
        in->at++;
    }
}

static bool
accept_word(struct reader *in, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0) {
        return false;
    }
    in->at += len;
    return true;
}

static bool
digits(struct reader *in)
{
    const uint8_t *start = in->at;
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        in->at++;
    }
    return in->at != start;
}

static bool
number(struct reader *in)
{
    (void)accept(in, '-');
    if (!accept(in, '0') && !digits(in)) {
        return false;
    }
    if (accept(in, '.') && !digits(in)) {
        return false;
    }
    if (accept(in, 'e') || accept(in, 'E')) {
        if (!accept(in, '+')) {
            (void)accept(in, '-');
        }
        return digits(in);
    }
    return true;
}

static bool
hex4(struct reader *in, uint32_t *out)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        if (in->at >= in->end) {
            return false;
        }
        uint8_t c = *in->at++;
        uint32_t digit = 0;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)(c - 'a') + 10U;
        } else if (c >= 'A' && c <= 'F') {
            digit = (uint32_t)(c - 'A') + 10U;
        } else {
            return false;
        }
        value = (value << 4) | digit;
    }
    *out = value;
    return true;
}

/* Behind "\u": a code unit; a high surrogate must bring its low one. */
static bool
unicode_escape(struct reader *in)
{
    uint32_t unit = 0;
    uint32_t low = 0;
    if (!hex4(in, &unit) || unit == 0) {
        return false;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return true;
    }
    return unit <= 0xDBFF && accept_word(in, "\\u") && hex4(in, &low)
           && low >= 0xDC00 && low <= 0xDFFF;
}

static bool
escape(struct reader *in)
{
    if (in->at >= in->end) {
        return false;
    }
    uint8_t c = *in->at++;
    if (c == 'u') {
        return unicode_escape(in);
    }
    return c != 0 && strchr("\"\\/bfnrt", c) != NULL;
}

/* One character of two to four bytes, shortest form, no surrogate. */
static bool
utf8_tail(struct reader *in)
{
    uint8_t lead = *in->at++;
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    int more = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        more = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        more = 2;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        more = 3;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        return false;
    }
    for (; more > 0; more--) {
        if (in->at >= in->end || *in->at < low || *in->at > high) {
            return false;
        }
        in->at++;
        low = 0x80;
        high = 0xBF;
    }
    return true;
}

static bool
string(struct reader *in)
{
    if (!accept(in, '"')) {
        return false;
    }
    while (in->at < in->end) {
        uint8_t c = *in->at;
        if (c == '"') {
            in->at++;
            return true;
        }
        if (c < 0x20) {
            return false;
        }
        bool good = true;
        if (c == '\\') {
            in->at++;
            good = escape(in);
        } else if (c < 0x80) {
            in->at++;
        } else {
            good = utf8_tail(in);
        }
        if (!good) {
            return false;
        }
    }
    return false;
}

static enum beid_err value(struct reader *in);

/* One member of an object, or one element of an array. */
static enum beid_err
item(struct reader *in, bool named) /* NOLINT(misc-no-recursion): as value */
{
    skip_space(in);
    if (named) {
        if (!string(in)) {
            return BEID_ERR_FORMAT;
        }
        skip_space(in);
        if (!accept(in, ':')) {
            return BEID_ERR_FORMAT;
        }
        skip_space(in);
    }
    enum beid_err err = value(in);
    skip_space(in);
    return err;
}

static enum beid_err
items(struct reader *in, bool named) /* NOLINT(misc-no-recursion): likewise */
{
    const uint8_t close = named ? '}' : ']';
    if (++in->depth > JSON_DEPTH_MAX) {
        return BEID_ERR_LIMIT;
    }
    skip_space(in);
    if (!accept(in, close)) {
        do {
            enum beid_err err = item(in, named);
            if (err != BEID_OK) {
                return err;
            }
        } while (accept(in, ','));
        if (!accept(in, close)) {
            return BEID_ERR_FORMAT;
        }
    }
    in->depth--;
    return BEID_OK;
}

static enum beid_err
value(struct reader *in) /* NOLINT(misc-no-recursion): JSON_DEPTH_MAX */
{
    if (accept(in, '{')) {
        return items(in, true);
    }
    if (accept(in, '[')) {
        return items(in, false);
    }
    if (next_is(in, '"')) {
        return string(in) ? BEID_OK : BEID_ERR_FORMAT;
    }
    if (accept_word(in, "true") || accept_word(in, "false")
        || accept_word(in, "null") || number(in)) {
        return BEID_OK;
    }
    return BEID_ERR_FORMAT;
}

enum beid_err
json_grammar(struct beid_span text)
{
    if (text.len == 0) {
        return BEID_ERR_FORMAT;
    }
    struct reader in = {text.ptr, text.ptr + text.len, 0};
    skip_space(&in);
    enum beid_err err = value(&in);
    if (err != BEID_OK) {
        return err;
    }
    skip_space(&in);
    return in.at == in.end ? BEID_OK : BEID_ERR_FORMAT;
}
