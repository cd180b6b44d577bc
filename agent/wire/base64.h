/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_BASE64_H
#define BEID_WIRE_BASE64_H

#include <beid/bytes.h>
#include <beid/err.h>

/* What stands for 62 and 63 (RFC 4648 §4 and §5). */
#define BEID_BASE64 "+/"
#define BEID_BASE64_URL "-_"

/*
 * Appends what the digits stand for; there is no padding. Two texts never mean
 * the same bytes: unused bits are zero. BEID_ERR_FORMAT for anything else and
 * for nothing, BEID_ERR_LIMIT past the buffer's maximum.
 */
enum beid_err beid_base64_take(struct beid_span digits, const char last[2],
                               struct beid_buf *out) BEID_NODISCARD;

#endif
