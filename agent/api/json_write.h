/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_API_JSON_WRITE_H
#define BEID_API_JSON_WRITE_H

#include <beid/bytes.h>

#include <stdint.h>

/*
 * Pieces of JSON for a reply; failures are sticky in the buffer. Punctuation
 * is written by the caller as it is.
 */

/* The inside of a string: quotes, backslashes and controls are escaped. */
void json_write_text(struct beid_buf *out, struct beid_span text);

/* A decimal number. */
void json_write_number(struct beid_buf *out, uint64_t value);

/* A string of base64 (RFC 4648 §4, padded), with its quotes. */
void json_write_base64(struct beid_buf *out, struct beid_span bytes);

#endif
