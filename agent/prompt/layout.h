/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PROMPT_LAYOUT_H
#define BEID_PROMPT_LAYOUT_H

#include <beid/bytes.h>
#include <beid/err.h>

/* Some pinentries do not wrap, others let a long word widen the window. */
#define PROMPT_COLUMNS 60U
#define PROMPT_LINES 20U

/* The longest Assuan line, verb included: a longer one kills pinentry. */
#define PROMPT_COMMAND_MAX 990U

/*
 * Appends one paragraph, wrapped at spaces; a word longer than a line is cut
 * where the line ends. Ends with a line feed. Every character counts as one
 * column, which prompt_plain() takes care of.
 */
void prompt_wrap(struct beid_buf *out, struct beid_span paragraph);

/* Number of lines, a last one without line feed included. */
size_t prompt_count_lines(struct beid_span text);

/*
 * Writes "VERB text" as one Assuan command line into the emptied buffer,
 * percent-escaped; without text only the verb. BEID_ERR_LIMIT past
 * PROMPT_COMMAND_MAX, BEID_ERR_ARGUMENT for a zero byte in text.
 */
enum beid_err prompt_command(struct beid_buf *out, const char *verb,
                             struct beid_span text) BEID_NODISCARD;

#endif
