/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card_show.h"
#include "wire/utf8.h"

#include <stdio.h>
#include <string.h>

#define UTF8_LEN_MAX 4U

void
card_plain(struct beid_span field, char out[CARD_VALUE_MAX])
{
    size_t len = 0;
    while (field.len > 0 && len + UTF8_LEN_MAX < CARD_VALUE_MAX) {
        struct beid_span rest = field;
        uint32_t code = 0;
        bool shown =
            beid_utf8_take(&rest, &code) == BEID_OK && beid_utf8_shown(code);
        if (rest.len == field.len) {
            rest = beid_span_of(field.ptr + 1, field.len - 1);
        }
        size_t taken = field.len - rest.len;
        if (shown) {
            memcpy(out + len, field.ptr, taken);
            len += taken;
        } else {
            out[len++] = '?';
        }
        field = rest;
    }
    while (len > 0 && out[len - 1] == ' ') {
        len--;
    }
    out[len] = '\0';
}

void
card_date(struct identity_date date, char out[CARD_DATE_LEN])
{
    if (date.month == 0) {
        (void)snprintf(out, CARD_DATE_LEN, "%04u", date.year);
    } else {
        (void)snprintf(out, CARD_DATE_LEN, "%04u-%02u-%02u", date.year,
                       date.month, date.day);
    }
}
