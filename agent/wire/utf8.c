/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

/* How many bytes follow a first byte, and the smallest code point that needs
 * them; -1 for a byte that starts nothing. */
static int
following(uint8_t first, uint32_t *bits, uint32_t *least)
{
    if (first < 0x80) {
        *bits = first;
        *least = 0;
        return 0;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        *bits = first & 0x1FU;
        *least = 0x80;
        return 1;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        *bits = first & 0x0FU;
        *least = 0x800;
        return 2;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *bits = first & 0x07U;
        *least = 0x10000;
        return 3;
    }
    return -1;
}

enum beid_err
beid_utf8_take(struct beid_span *from, uint32_t *out)
{
    struct beid_span rest = *from;
    uint8_t byte = 0;
    uint32_t point = 0;
    uint32_t least = 0;
    enum beid_err err = beid_span_take_u8(&rest, &byte);
    if (err != BEID_OK) {
        return err;
    }
    int more = following(byte, &point, &least);
    if (more < 0) {
        return BEID_ERR_FORMAT;
    }
    for (int i = 0; i < more; i++) {
        err = beid_span_take_u8(&rest, &byte);
        if (err != BEID_OK || (byte & 0xC0U) != 0x80U) {
            return BEID_ERR_FORMAT;
        }
        point = (point << 6) | (byte & 0x3FU);
    }
    if (point < least || point > 0x10FFFF
        || (point >= 0xD800 && point <= 0xDFFF)) {
        return BEID_ERR_FORMAT;
    }
    *from = rest;
    *out = point;
    return BEID_OK;
}

bool
beid_utf8_valid(struct beid_span text)
{
    uint32_t point = 0;
    while (text.len > 0) {
        if (beid_utf8_take(&text, &point) != BEID_OK) {
            return false;
        }
    }
    return true;
}

bool
beid_utf8_plain(struct beid_span text)
{
    uint32_t point = 0;
    while (text.len > 0) {
        if (beid_utf8_take(&text, &point) != BEID_OK) {
            return false;
        }
        if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) {
            return false;
        }
    }
    return true;
}

/* Ranges that are shown as they are; each character takes one column. */
static const struct {
    uint32_t first;
    uint32_t last;
} shown[] = {
    {0x0020, 0x003B}, /* up to ';': no '<' */
    {0x003D, 0x007E}, {0x00A0, 0x00AC}, /* no soft hyphen */
    {0x00AE, 0x024F}, /* Latin with accents */
    {0x0370, 0x0377}, {0x037A, 0x037F}, {0x0384, 0x03FF}, /* Greek */
    {0x0400, 0x0482}, {0x048A, 0x052F}, /* Cyrillic */
    {0x1E00, 0x1EFF}, /* Latin, Vietnamese for example */
    {0x2010, 0x2015}, {0x2018, 0x201F}, {0x2026, 0x2026}, /* punctuation */
    {0x20AC, 0x20AC}, /* euro */
};

bool
beid_utf8_shown(uint32_t code)
{
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (code >= shown[i].first && code <= shown[i].last) {
            return true;
        }
    }
    return false;
}

bool
beid_utf8_blank(uint32_t code)
{
    return code == ' ' || code == 0xA0;
}
