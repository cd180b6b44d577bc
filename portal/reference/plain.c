/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "plain.h"

#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What the agent's window shows (agent/wire/utf8.c), blanks aside. */
static const struct {
    uint32_t first;
    uint32_t last;
} shown[] = {{0x0021, 0x003B}, {0x003D, 0x007E}, {0x00A1, 0x00AC},
             {0x00AE, 0x024F}, {0x0370, 0x0377}, {0x037A, 0x037F},
             {0x0384, 0x03FF}, {0x0400, 0x0482}, {0x048A, 0x052F},
             {0x1E00, 0x1EFF}, {0x2010, 0x2015}, {0x2018, 0x201F},
             {0x2026, 0x2026}, {0x20AC, 0x20AC}};

static bool
is_shown(uint32_t point)
{
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (point >= shown[i].first && point <= shown[i].last) {
            return true;
        }
    }
    return false;
}

/* Length of the sequence at text and its code point; 0: not UTF-8. */
static size_t
take(const char *text, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text[0];
    size_t len = 1;
    *point = first;
    if (first >= 0xC2 && first <= 0xDF) {
        len = 2;
        *point = first & 0x1FU;
    } else if ((first & 0xF0U) == 0xE0U) {
        len = 3;
        *point = first & 0x0FU;
    } else if (first >= 0xF0 && first <= 0xF4) {
        len = 4;
        *point = first & 0x07U;
    } else if (first >= 0x80) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        uint8_t byte = (uint8_t)text[i];
        if ((byte & 0xC0U) != 0x80U) {
            return 0;
        }
        *point = (*point << 6) | (byte & 0x3FU);
    }
    return *point >= least[len] ? len : 0;
}

static bool
is_blank(uint32_t point)
{
    return point == ' ' || (point >= '\t' && point <= '\r') || point == 0xA0;
}

enum beid_err
plain_line(char *text)
{
    size_t to = 0;
    bool blank = false;
    for (const char *from = text; *from != '\0';) {
        uint32_t point = 0;
        size_t len = take(from, &point);
        if (len == 0 || (!is_blank(point) && !is_shown(point))) {
            return BEID_ERR_FORMAT;
        }
        if (is_blank(point)) {
            blank = to > 0;
        } else {
            if (blank) {
                text[to++] = ' ';
                blank = false;
            }
            memmove(text + to, from, len);
            to += len;
        }
        from += len;
    }
    text[to] = '\0';
    return BEID_OK;
}

bool
plain_phone(const char *text)
{
    size_t digits = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr(DIGITS, *at) != NULL) {
            digits++;
        } else if (strchr(" ./()-", *at) == NULL && (*at != '+' || at > text)) {
            return false;
        }
    }
    return digits >= 6 && digits <= 15;
}

bool
plain_email(const char *text)
{
    size_t local = strspn(text, LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.");
    const char *domain = text + local + 1;
    if (local == 0 || text[local] != '@'
        || strspn(domain, LETTERS DIGITS "-.") != strlen(domain)) {
        return false;
    }
    const char *dot = strrchr(domain, '.');
    return dot != NULL && dot > domain && dot[1] != '\0'
           && strstr(domain, "..") == NULL;
}

void
plain_fill(struct beid_buf *out, const char *text, const char *const *values,
           size_t count)
{
    for (; *text != '\0'; text++) {
        size_t index =
            text[0] == '{' && text[1] >= '1' && text[1] <= '9' && text[2] == '}'
                ? (size_t)(text[1] - '1')
                : count;
        if (index < count) {
            beid_buf_put_str(out, values[index]);
            text += 2;
        } else {
            beid_buf_put_u8(out, (uint8_t)*text);
        }
    }
}
