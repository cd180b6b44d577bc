/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "po/text.h"

#include <string.h>

static void
every_text_exists_in_every_language(void **state)
{
    (void)state;
    for (int lang = 0; lang < BEID_LANG_COUNT; lang++) {
        for (int id = 0; id < BEID_TEXT_COUNT; id++) {
            const char *text =
                beid_text((enum beid_lang)lang, (enum beid_text_id)id);
            assert_non_null(text);
            assert_string_not_equal(text, "");
        }
    }
}

/* A copied English text would hide a missing translation. */
static void
no_message_is_left_in_english(void **state)
{
    (void)state;
    for (int lang = 0; lang < BEID_LANG_EN; lang++) {
        for (int id = 0; id <= BEID_TEXT_INTERNAL; id++) {
            assert_string_not_equal(
                beid_text((enum beid_lang)lang, (enum beid_text_id)id),
                beid_text(BEID_LANG_EN, (enum beid_text_id)id));
        }
    }
}

/* Threats L-05: the agent never asks for the PUK, so it never names it. */
static void
no_text_names_the_puk(void **state)
{
    (void)state;
    for (int lang = 0; lang < BEID_LANG_COUNT; lang++) {
        for (int id = 0; id < BEID_TEXT_COUNT; id++) {
            assert_null(strcasestr(
                beid_text((enum beid_lang)lang, (enum beid_text_id)id), "PUK"));
        }
    }
}

static void
a_value_outside_gives_the_empty_string(void **state)
{
    (void)state;
    assert_string_equal(beid_text(BEID_LANG_COUNT, BEID_TEXT_BUSY), "");
    assert_string_equal(beid_text(BEID_LANG_NL, BEID_TEXT_COUNT), "");
    assert_string_equal(beid_lang_code(BEID_LANG_COUNT), "");
}

static void
languages_are_exactly_four(void **state)
{
    (void)state;
    enum beid_lang lang = BEID_LANG_COUNT;
    for (int i = 0; i < BEID_LANG_COUNT; i++) {
        const char *code = beid_lang_code((enum beid_lang)i);
        assert_int_equal(beid_lang_parse(beid_span_str(code), &lang), BEID_OK);
        assert_int_equal(lang, i);
    }
    static const char *const others[] = {"", "NL", "nl-BE", "n", "es"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        lang = BEID_LANG_DE;
        assert_int_equal(beid_lang_parse(beid_span_str(others[i]), &lang),
                         BEID_ERR_ARGUMENT);
        assert_int_equal(lang, BEID_LANG_DE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_exists_in_every_language),
        cmocka_unit_test(no_message_is_left_in_english),
        cmocka_unit_test(no_text_names_the_puk),
        cmocka_unit_test(a_value_outside_gives_the_empty_string),
        cmocka_unit_test(languages_are_exactly_four),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
