/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PROMPT_PLAIN_H
#define BEID_PROMPT_PLAIN_H

#include <beid/bytes.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Appends outside text (a portal's name, the name on a card) as one run of
 * harmless characters of at most max bytes: Latin, Greek and Cyrillic letters,
 * digits and common punctuation stay; everything else becomes '?', such as
 * control characters, bidi controls, right-to-left and invisible characters,
 * '<' (one pinentry guesses at markup) and bytes that are not UTF-8. Spaces
 * around it are left out; text that is cut ends in an ellipsis.
 */
void prompt_plain(struct beid_buf *out, struct beid_span text, size_t max);

/*
 * Takes one UTF-8 character into *code. What is not well-formed (RFC 3629)
 * takes one byte and gives U+FFFD. BEID_ERR_FORMAT when nothing is left.
 */
enum beid_err prompt_take_char(struct beid_span *from,
                               uint32_t *code) BEID_NODISCARD;

#endif
