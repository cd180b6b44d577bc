/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_BASE64_H
#define BEID_API_BASE64_H

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * Appends what strict base64 (RFC 4648 §4: padded, no line ends, unused bits
 * zero) stands for. BEID_ERR_FORMAT for anything else and for nothing,
 * BEID_ERR_LIMIT past the buffer's maximum.
 */
enum beid_err base64_read(struct beid_span text,
                          struct beid_buf *out) BEID_NODISCARD;

#endif
