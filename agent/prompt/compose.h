/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PROMPT_COMPOSE_H
#define BEID_PROMPT_COMPOSE_H

#include "prompt/describe.h"

/* Pieces of a description, for the files of this room alone. */

#define PROMPT_PARAGRAPH_MAX 1024U

/* Appends one paragraph with its only {word} replaced by value. */
void prompt_put_filled(struct beid_buf *out, const char *text,
                       struct beid_span value);

/* Appends one paragraph as it is. */
void prompt_put_text(struct beid_buf *out, const struct prompt_facts *facts,
                     enum beid_text_id id);

/* Test, acceptance, development: which of them it is. */
void prompt_put_banner(struct beid_buf *out, const struct prompt_facts *facts);

/*
 * Takes the last line feed away, which would show as an empty line;
 * BEID_ERR_LIMIT when the text is too long for one dialog.
 */
enum beid_err prompt_check_fits(struct beid_buf *text) BEID_NODISCARD;

#endif
