/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_GRAMMAR_H
#define BEID_VERIFY_GRAMMAR_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <time.h>

/* Deepest nesting of objects and arrays. */
#define JSON_DEPTH_MAX 8U

/*
 * Is text one JSON value (RFC 8259) in valid UTF-8, with nothing before or
 * behind it but white space, no U+0000 and no lone surrogate escape? cJSON
 * alone accepts more than that. BEID_ERR_FORMAT when not, BEID_ERR_LIMIT when
 * it is nested deeper than JSON_DEPTH_MAX.
 */
enum beid_err json_grammar(struct beid_span text) BEID_NODISCARD;

/*
 * Decodes canonical, padded base64 (RFC 4648 §4): no white space, no stray
 * bits in the last character. Appends to out, whose maximum bounds the
 * result. BEID_ERR_FORMAT, or the status of out.
 */
enum beid_err base64_decode(const char *text,
                            struct beid_buf *out) BEID_NODISCARD;

/* Reads a date-time of RFC 3339, for example 2026-11-23T20:15:00Z. */
enum beid_err rfc3339_parse(const char *text, time_t *out) BEID_NODISCARD;

/* Writes a moment as YYYY-MM-DDThh:mm:ssZ (21 bytes with terminator). */
#define RFC3339_SIZE 32U
void rfc3339_format(time_t at, char out[RFC3339_SIZE]);

/*
 * Is this the ASCII serialisation of a web origin (RFC 6454 §6.2) as browsers
 * write it: https://host[:port] in lower case, without the default port and
 * without a slash at the end; plain http only for this machine itself?
 */
bool origin_wellformed(const char *origin);

/* 44 to 128 visible ASCII characters, as Web eID demands. */
bool nonce_wellformed(const char *nonce);

#endif
