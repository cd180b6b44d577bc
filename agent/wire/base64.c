/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#define NONE 64U /* more than six bits */

static unsigned int
value_of(uint8_t digit, const char last[2])
{
    if (digit >= 'A' && digit <= 'Z') {
        return digit - (unsigned int)'A';
    }
    if (digit >= 'a' && digit <= 'z') {
        return digit - (unsigned int)'a' + 26U;
    }
    if (digit >= '0' && digit <= '9') {
        return digit - (unsigned int)'0' + 52U;
    }
    if (digit == (uint8_t)last[0]) {
        return 62U;
    }
    return digit == (uint8_t)last[1] ? 63U : NONE;
}

enum beid_err
beid_base64_take(struct beid_span digits, const char last[2],
                 struct beid_buf *out)
{
    unsigned int bits = 0;
    unsigned int count = 0;
    if (digits.len == 0 || digits.len % 4 == 1) {
        return BEID_ERR_FORMAT;
    }
    for (size_t i = 0; i < digits.len; i++) {
        unsigned int value = value_of(digits.ptr[i], last);
        if (value == NONE) {
            return BEID_ERR_FORMAT;
        }
        bits = ((bits << 6U) | value) & 0xFFFFU;
        count += 6;
        if (count >= 8) {
            count -= 8;
            beid_buf_put_u8(out, (uint8_t)((bits >> count) & 0xFFU));
        }
    }
    if ((bits & ((1U << count) - 1U)) != 0) {
        return BEID_ERR_FORMAT;
    }
    return beid_buf_status(out);
}
