/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PROMPT_DESCRIBE_H
#define BEID_PROMPT_DESCRIBE_H

#include "po/text.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

enum prompt_environment {
    PROMPT_PRODUCTION,
    PROMPT_ACCEPTANCE,
    PROMPT_TEST
};

/* Tries that a card can have; anything above is not known, and not shown. */
#define PROMPT_TRIES_MAX 3U

/* What the citizen is told. Spans are borrowed for the call. */
struct prompt_facts {
    enum beid_lang lang;
    struct beid_span portal; /* name from the portal file, UTF-8 */
    struct beid_span origin; /* ASCII serialisation */
    enum beid_text_id heading; /* what it is about */
    enum beid_text_id consent; /* what the PIN means */
    struct beid_span resource; /* the page that is entered; may be empty */
    struct beid_span text; /* the portal's words; may be empty */
    struct beid_span document; /* name of what is signed; may be empty */
    struct beid_span
        file_hash; /* SHA-256; empty: not a file of this computer */
    uint64_t file_size; /* in bytes */
    struct beid_span holder; /* name from the certificate; empty: no card yet */
    enum prompt_environment environment;
    bool development;
    unsigned tries; /* left */
    struct beid_span phrase; /* the citizen's own, UTF-8; may be empty */
    bool keys_seen; /* other programs can read what is typed */
};

/*
 * Writes the description of a prompt into the emptied buffer: banner, who
 * asks or which file is signed, which card, then the paragraph body and, before a PIN, the tries that
 * are left. The body BEID_TEXT_PROMPT_CONSENT stands for the facts' consent. Wrapped, at most PROMPT_LINES lines, and short enough for one
 * Assuan command. BEID_ERR_ARGUMENT when origin or resource is not printable
 * ASCII or text holds what would not be shown as it is, BEID_ERR_LIMIT when it cannot be shown whole.
 */
enum beid_err prompt_describe(struct beid_buf *out,
                              const struct prompt_facts *facts,
                              enum beid_text_id body) BEID_NODISCARD;

/* Does every character of a line show as it is, and no blank get lost? */
bool prompt_shows(struct beid_span text);

/*
 * One page of a document of such characters in lines, for a dialog of its own
 * in front of the one for the PIN: banner, heading, the page's number and its
 * part of the document. page counts from 0; *count receives how many there
 * are. BEID_ERR_ARGUMENT for a character that would not show as it is, or a
 * page that does not exist.
 */
enum beid_err prompt_page(struct beid_buf *out,
                          const struct prompt_facts *facts,
                          struct beid_span document, unsigned page,
                          unsigned *count) BEID_NODISCARD;

#endif
