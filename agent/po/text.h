/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_H
#define BEID_PO_TEXT_H

#include "po/text_list.h"

#include <beid/bytes.h>
#include <beid/err.h>

/* The three official languages of Belgium, and the source language. */
enum beid_lang {
    BEID_LANG_NL,
    BEID_LANG_FR,
    BEID_LANG_DE,
    BEID_LANG_EN,
    BEID_LANG_COUNT
};

/* BEID_TEXT_BUSY, BEID_TEXT_PROMPT_TITLE, ...: see text_list.h. */
enum beid_text_id {
#define TEXT(name, english) BEID_TEXT_##name,
    BEID_TEXT_LIST(TEXT)
#undef TEXT
    BEID_TEXT_COUNT
};

/*
 * The text in that language, UTF-8, static storage, never NULL; a value
 * outside an enumeration gives the empty string.
 */
const char *beid_text(enum beid_lang lang, enum beid_text_id id);

/* The two-letter code, "nl" for example; static storage. */
const char *beid_lang_code(enum beid_lang lang);

/*
 * Exactly nl, fr, de or en, or BEID_ERR_ARGUMENT: the caller decides what to
 * do with other languages.
 */
enum beid_err beid_lang_parse(struct beid_span code,
                              enum beid_lang *lang) BEID_NODISCARD;

#endif
