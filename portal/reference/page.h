/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_PAGE_H
#define BEID_PORTAL_PAGE_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stddef.h>
#include <time.h>

/* Longest file of the web folder, and how many texts a language may have. */
#define FILE_MAX ((size_t)512 * 1024)
#define TEXTS_MAX 512U

/* A key and its text; both borrowed. */
struct text {
    const char *key;
    const char *value;
};

/* The texts of one language; the strings lie in file. */
struct texts {
    struct beid_buf file;
    struct text items[TEXTS_MAX];
    size_t count;
};

/*
 * Reads a whole file into out (made empty first); folder may be NULL, name is
 * then the path. BEID_ERR_IO, BEID_ERR_LIMIT, BEID_ERR_MEMORY.
 */
enum beid_err file_load(const char *folder, const char *name,
                        struct beid_buf *out) BEID_NODISCARD;

/*
 * Reads a language file: lines "key = text", blank lines, lines with '#'.
 * BEID_ERR_FORMAT for anything else, a doubled key or too many.
 */
enum beid_err texts_load(const char *folder, const char *name,
                         struct texts *out) BEID_NODISCARD;
void texts_clear(struct texts *texts);

/* The text of a key, or NULL. */
const char *texts_find(const struct texts *texts, const char *key);

#define DATE_SIZE 24U

/* Day and time as the clocks in Belgium say, or "" for 0; see main(). */
void date_text(time_t at, char out[DATE_SIZE]);

/* Rows of as many texts each, one after the other. */
struct list {
    const char *key;
    const struct text *rows;
    size_t columns;
    size_t count;
};

/* A template that others take in. */
struct part {
    const char *key;
    struct beid_span template;
};

/* What a template is filled with: own values first, then the language. */
struct filling {
    const struct text *values; /* ends with a NULL key */
    const struct list *lists; /* ends with a NULL key; NULL for none */
    const struct texts *texts;
    const struct part *parts; /* ends with a NULL key */
};

/*
 * Fills a template: {{key}} becomes the text with &, <, >, " and ' escaped;
 * {{#key}}…{{/key}} stays when the value is there and not empty, and
 * {{^key}}…{{/key}} when it is not (they do not nest); {{*key}}…{{/key}} comes
 * once for each row of a list, whose texts go before all others (lists do not
 * nest either); {{>key}} becomes a part, filled likewise, which may take in
 * others, but not inside a list. BEID_ERR_FORMAT for an unclosed mark, a key that
 * nobody has, or parts inside each other without an end.
 */
enum beid_err page_render(struct beid_span template,
                          const struct filling *filling,
                          struct beid_buf *out) BEID_NODISCARD;

#endif
