/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "prompt/plain.h"

#include "wire/utf8.h"

#include <stdbool.h>

#define REPLACEMENT 0xFFFDU

static const char ellipsis[] = "\xE2\x80\xA6";

/* Length and smallest code of the sequence that a first byte announces. */
static size_t
sequence(uint8_t first, uint32_t *code, uint32_t *least)
{
    if (first < 0x80) {
        *code = first;
        *least = 0;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        *code = first & 0x1FU;
        *least = 0x80;
        return 2;
    }
    if ((first & 0xF0U) == 0xE0U) {
        *code = first & 0x0FU;
        *least = 0x800;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *code = first & 0x07U;
        *least = 0x10000;
        return 4;
    }
    return 0;
}

static bool
decode(struct beid_span from, uint32_t *code, size_t *used)
{
    uint32_t value = 0;
    uint32_t least = 0;
    size_t len = sequence(from.ptr[0], &value, &least);
    if (len == 0 || len > from.len) {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        if ((from.ptr[i] & 0xC0U) != 0x80U) {
            return false;
        }
        value = (value << 6) | (from.ptr[i] & 0x3FU);
    }
    if (value < least || value > 0x10FFFF
        || (value >= 0xD800 && value <= 0xDFFF)) {
        return false;
    }
    *code = value;
    *used = len;
    return true;
}

enum beid_err
prompt_take_char(struct beid_span *from, uint32_t *code)
{
    if (from->len == 0) {
        return BEID_ERR_FORMAT;
    }
    size_t used = 1;
    uint32_t value = REPLACEMENT;
    if (!decode(*from, &value, &used)) {
        value = REPLACEMENT;
    }
    from->ptr += used;
    from->len -= used;
    *code = value;
    return BEID_OK;
}

static struct beid_span
trim(struct beid_span text)
{
    while (text.len > 0 && text.ptr[0] == ' ') {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && text.ptr[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

/* One character as it will be shown. */
static struct beid_span
take_shown(struct beid_span *from)
{
    struct beid_span before = *from;
    uint32_t code = REPLACEMENT;
    if (prompt_take_char(from, &code) != BEID_OK || !beid_utf8_shown(code)) {
        return beid_span_str("?");
    }
    if (beid_utf8_blank(code)) {
        return beid_span_str(" "); /* a no-break space is for punctuation */
    }
    return beid_span_of(before.ptr, before.len - from->len);
}

/* How many bytes text takes once shown; stops counting past limit. */
static size_t
shown_length(struct beid_span text, size_t limit)
{
    size_t len = 0;
    while (text.len > 0 && len <= limit) {
        len += take_shown(&text).len;
    }
    return len;
}

void
prompt_plain(struct beid_buf *out, struct beid_span text, size_t max)
{
    struct beid_span rest = trim(text);
    bool cut = shown_length(rest, max) > max;
    size_t room = cut ? max - (sizeof ellipsis - 1) : max;
    while (rest.len > 0) {
        struct beid_span next = take_shown(&rest);
        if (next.len > room) {
            break;
        }
        beid_buf_put(out, next);
        room -= next.len;
    }
    if (cut) {
        beid_buf_put_str(out, ellipsis);
    }
}
