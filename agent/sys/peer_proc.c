/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Columns of /proc/net/tcp, counted from 0 (Linux, proc(5)). */
enum column {
    COLUMN_LOCAL = 1,
    COLUMN_REMOTE = 2,
    COLUMN_STATE = 3,
    COLUMN_UID = 7,
    COLUMN_INODE = 9,
    COLUMN_COUNT = 10
};

/* Cuts the next line off *text, without its newline. */
static struct beid_span
take_line(struct beid_span *text)
{
    struct beid_span line = *text;
    const uint8_t *end = memchr(text->ptr, '\n', text->len);
    if (end == NULL) {
        *text = beid_span_of(NULL, 0);
        return line;
    }
    line.len = (size_t)(end - text->ptr);
    text->ptr += line.len + 1;
    text->len -= line.len + 1;
    return line;
}

/* Splits at spaces; false when there are fewer columns than needed. */
static bool
split(struct beid_span line, struct beid_span columns[COLUMN_COUNT])
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        while (line.len > 0 && line.ptr[0] == ' ') {
            line = beid_span_of(line.ptr + 1, line.len - 1);
        }
        size_t len = 0;
        while (len < line.len && line.ptr[len] != ' ') {
            len++;
        }
        if (len == 0) {
            return false;
        }
        columns[i] = beid_span_of(line.ptr, len);
        line = beid_span_of(line.ptr + len, line.len - len);
    }
    return true;
}

/* A number of at most 32 bits in base 10 or 16. */
static bool
number(struct beid_span digits, unsigned int base, uint32_t *out)
{
    uint64_t value = 0;
    if (digits.len == 0 || digits.len > 10) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t byte = digits.ptr[i];
        unsigned int digit = 16;
        if (byte >= '0' && byte <= '9') {
            digit = byte - (unsigned int)'0';
        } else if (byte >= 'A' && byte <= 'F') {
            digit = byte - (unsigned int)'A' + 10;
        }
        if (digit >= base) {
            return false;
        }
        value = value * base + digit;
    }
    if (value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

/* "0100007F:6131": the address as a native word, the port as a number. */
static bool
is_end(struct beid_span column, uint32_t address, uint16_t port)
{
    char expected[16];
    int len = snprintf(expected, sizeof expected, "%08X:%04X",
                       (unsigned int)htonl(address), (unsigned int)port);
    return len > 0
           && beid_span_same(column, beid_span_of(expected, (size_t)len));
}

enum beid_err
beid_peer_parse_proc(struct beid_span text, const struct beid_peer_ends *ends,
                     struct beid_peer_info *out)
{
    struct beid_span columns[COLUMN_COUNT];
    while (text.len > 0) {
        struct beid_span line = take_line(&text);
        if (!split(line, columns)
            || !is_end(columns[COLUMN_LOCAL], ends->local_address,
                       ends->local_port)
            || !is_end(columns[COLUMN_REMOTE], ends->remote_address,
                       ends->remote_port)) {
            continue;
        }
        struct beid_peer_info info = {0};
        uint32_t state = 0;
        if (!number(columns[COLUMN_STATE], 16, &state) || state > UINT8_MAX
            || !number(columns[COLUMN_UID], 10, &info.uid)
            || !number(columns[COLUMN_INODE], 10, &info.inode)) {
            return BEID_ERR_FORMAT;
        }
        info.state = (uint8_t)state;
        *out = info;
        return BEID_OK;
    }
    return BEID_ERR_NOT_FOUND;
}
