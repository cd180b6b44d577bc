/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include "wire/base64.h"

enum beid_err
base64_read(struct beid_span text, struct beid_buf *out)
{
    size_t len = text.len;
    if (len == 0 || len % 4 != 0) {
        return BEID_ERR_FORMAT;
    }
    while (text.len - len < 2 && text.ptr[len - 1] == '=') {
        len--;
    }
    return beid_base64_take(beid_span_of(text.ptr, len), BEID_BASE64, out);
}
