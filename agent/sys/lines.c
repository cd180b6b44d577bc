/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

struct beid_span
beid_lines_field(struct beid_span *rest, uint8_t separator)
{
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != separator) {
        len++;
    }
    struct beid_span field = beid_span_of(rest->ptr, len);
    size_t skip = len < rest->len ? len + 1 : len;
    if (skip > 0) {
        *rest = beid_span_of(rest->ptr + skip, rest->len - skip);
    }
    return field;
}

bool
beid_lines_take(struct beid_span *rest, struct beid_span *line)
{
    if (rest->len == 0) {
        return false;
    }
    *line = beid_lines_field(rest, '\n');
    return true;
}

static bool
is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

struct beid_span
beid_lines_trim(struct beid_span text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text = beid_span_of(text.ptr + 1, text.len - 1);
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

bool
beid_lines_pair(struct beid_span line, struct beid_span *key,
                struct beid_span *value)
{
    struct beid_span rest = beid_lines_trim(line);
    *key = beid_span_of(NULL, 0);
    *value = beid_span_of(NULL, 0);
    if (rest.len == 0 || rest.ptr[0] == '#' || rest.ptr[0] == ';') {
        return true;
    }
    size_t whole = rest.len;
    struct beid_span first = beid_lines_field(&rest, '=');
    if (first.len == whole) {
        return false;
    }
    *key = beid_lines_trim(first);
    *value = beid_lines_trim(rest);
    return key->len > 0;
}
