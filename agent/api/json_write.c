/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "json_write.h"

#include <openssl/evp.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

void
json_write_text(struct beid_buf *out, struct beid_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char escaped[sizeof "\\u0000"];
        uint8_t byte = text.ptr[i];
        if (byte == '"' || byte == '\\') {
            beid_buf_put_u8(out, '\\');
            beid_buf_put_u8(out, byte);
        } else if (byte < 0x20 || byte == 0x7F) {
            (void)snprintf(escaped, sizeof escaped, "\\u%04x",
                           (unsigned int)byte);
            beid_buf_put_str(out, escaped);
        } else {
            beid_buf_put_u8(out, byte);
        }
    }
}

void
json_write_number(struct beid_buf *out, uint64_t value)
{
    char digits[sizeof "18446744073709551615"];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
    beid_buf_put_str(out, digits);
}

void
json_write_base64(struct beid_buf *out, struct beid_span bytes)
{
    if (bytes.len > INT_MAX / 2) {
        out->failed = BEID_ERR_LIMIT;
        return;
    }
    size_t len = (bytes.len + 2) / 3 * 4;
    beid_buf_put_u8(out, '"');
    /* EVP_EncodeBlock writes a terminator; the closing quote replaces it. */
    uint8_t *room = beid_buf_extend(out, len + 1);
    if (room != NULL) {
        (void)EVP_EncodeBlock(room, bytes.ptr, (int)bytes.len);
        room[len] = '"';
    }
}
