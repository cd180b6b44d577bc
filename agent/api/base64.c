/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <string.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum beid_err
base64_read(struct beid_span text, struct beid_buf *out)
{
    unsigned int bits = 0;
    unsigned int count = 0;
    size_t len = text.len;
    if (len == 0 || len % 4 != 0) {
        return BEID_ERR_FORMAT;
    }
    while (text.len - len < 2 && text.ptr[len - 1] == '=') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        const char *digit =
            text.ptr[i] == 0 ? NULL : strchr(digits, text.ptr[i]);
        if (digit == NULL) {
            return BEID_ERR_FORMAT;
        }
        bits = ((bits << 6U) | (unsigned int)(digit - digits)) & 0xFFFFU;
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
