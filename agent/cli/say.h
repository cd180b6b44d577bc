/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_SAY_H
#define BEID_CLI_SAY_H

#include "po/text.h"

#include <beid/bytes.h>

#include <stdio.h>

/* A {word} of a text and what takes its place. */
struct say_word {
    const char *word; /* without the braces; NULL ends a list */
    const char *value; /* may come from outside */
};

/*
 * The language of the terminal, as gettext would choose it: LC_ALL,
 * LC_MESSAGES or LANG, the first that is set; English for all but nl, fr, de.
 */
enum beid_lang say_lang(void);

/*
 * The text with its words filled in, appended to out. What is filled in is
 * shown as it is but for control characters, which become "?".
 */
void say_fill(struct beid_buf *out, enum beid_lang lang, enum beid_text_id id,
              const struct say_word *words);

/*
 * Prints text, wrapped to the width of a terminal with that many spaces in
 * front, and a line feed.
 */
void say_wrapped(FILE *to, size_t indent, struct beid_span text);

/* Both in one; words may be NULL. */
void say_text(FILE *to, size_t indent, enum beid_lang lang,
              enum beid_text_id id, const struct say_word *words);

/* say_text() on standard error behind the program's name. */
void say_error(enum beid_lang lang, enum beid_text_id id,
               const struct say_word *words);

#endif
