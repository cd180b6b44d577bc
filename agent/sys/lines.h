/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_LINES_H
#define BEID_SYS_LINES_H

#include <beid/bytes.h>

#include <stdbool.h>

/* Cuts the next line off, without its line feed. False: no more. */
bool beid_lines_take(struct beid_span *rest, struct beid_span *line);

/* Without spaces, tabs and carriage returns at both ends. */
struct beid_span beid_lines_trim(struct beid_span text);

/*
 * Cuts what stands before the first separator off, and the separator with it;
 * all of it when there is none.
 */
struct beid_span beid_lines_field(struct beid_span *rest, uint8_t separator);

/*
 * "key = value" of a line, trimmed. False for a line that holds no '='; a
 * comment (# or ;) and an empty line are true with an empty key.
 */
bool beid_lines_pair(struct beid_span line, struct beid_span *key,
                     struct beid_span *value);

#endif
