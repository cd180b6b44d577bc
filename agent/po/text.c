/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "po/text.h"

#include "po/text_table.h"

static const char *const codes[BEID_LANG_COUNT] = {
    [BEID_LANG_NL] = "nl",
    [BEID_LANG_FR] = "fr",
    [BEID_LANG_DE] = "de",
    [BEID_LANG_EN] = "en",
};

const char *
beid_text(enum beid_lang lang, enum beid_text_id id)
{
    if ((unsigned)lang >= BEID_LANG_COUNT || (unsigned)id >= BEID_TEXT_COUNT) {
        return "";
    }
    return beid_text_table[lang][id];
}

const char *
beid_lang_code(enum beid_lang lang)
{
    return (unsigned)lang < BEID_LANG_COUNT ? codes[lang] : "";
}

enum beid_err
beid_lang_parse(struct beid_span code, enum beid_lang *lang)
{
    for (int i = 0; i < BEID_LANG_COUNT; i++) {
        if (beid_span_same(code, beid_span_str(codes[i]))) {
            *lang = (enum beid_lang)i;
            return BEID_OK;
        }
    }
    return BEID_ERR_ARGUMENT;
}
