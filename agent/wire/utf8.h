/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_UTF8_H
#define BEID_WIRE_UTF8_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes one character of strict UTF-8 (RFC 3629 §3: shortest form, no
 * surrogates, at most U+10FFFF). BEID_ERR_FORMAT otherwise, *from untouched.
 */
enum beid_err beid_utf8_take(struct beid_span *from,
                             uint32_t *out) BEID_NODISCARD;

/* Strict UTF-8 throughout? */
bool beid_utf8_valid(struct beid_span text);

/* Strict UTF-8 without control characters (C0, DEL, C1)? */
bool beid_utf8_plain(struct beid_span text);

/*
 * Is this a character that every prompt shows as it is, in one column? Latin,
 * Greek and Cyrillic letters, digits and common punctuation; no control, bidi
 * or invisible character, and no '<', at which one pinentry guesses markup.
 */
bool beid_utf8_shown(uint32_t code);

/*
 * A space, or the no-break space that French puts before some marks. Two in a
 * row, which nobody sees, could draw lines that look like someone else's.
 */
bool beid_utf8_blank(uint32_t code);

#endif
