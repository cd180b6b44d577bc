/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "prompt/describe.h"
#include "prompt/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct prompt_facts facts = {
    .lang = BEID_LANG_EN,
    .portal = {(const uint8_t *)"Portal", 6},
    .origin = {(const uint8_t *)"https://p.example", 17},
    .heading = BEID_TEXT_PROMPT_STATEMENT,
    .consent = BEID_TEXT_PROMPT_STATEMENT_CONSENT,
    .environment = PROMPT_TEST,
    .development = true,
    .tries = 255,
};

/* Every page fits into a dialog, and all of them hold the whole text. */
static void
whole_document(const char *document)
{
    struct beid_buf page;
    struct beid_buf all;
    struct beid_buf wrapped;
    struct beid_span rest = beid_span_str(document);
    unsigned count = 1;
    beid_buf_init(&page, 4096);
    beid_buf_init(&all, 65536);
    beid_buf_init(&wrapped, 65536);
    for (unsigned i = 0; i < count; i++) {
        char number[32];
        assert_int_equal(prompt_page(&page, &facts, rest, i, &count), BEID_OK);
        assert_true(prompt_count_lines(beid_buf_span(&page)) <= PROMPT_LINES);
        (void)snprintf(number, sizeof number, "Page %u/%u\n\n", i + 1, count);
        const char *text = beid_buf_cstr(&page);
        assert_non_null(strstr(text, "TEST"));
        const char *from = strstr(text, number);
        assert_non_null(from);
        beid_buf_put_str(&all, from + strlen(number));
        beid_buf_put_u8(&all, '\n');
    }
    assert_int_equal(prompt_page(&page, &facts, rest, count, &count),
                     BEID_ERR_ARGUMENT);
    char *line = strdup(document);
    char *end = NULL;
    for (char *at = line; at != NULL; at = end) {
        end = strchr(at, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        if (end != NULL || *at != '\0') {
            prompt_wrap(&wrapped, beid_span_str(at));
        }
    }
    free(line);
    assert_string_equal(beid_buf_cstr(&all), beid_buf_cstr(&wrapped));
    beid_buf_clear(&page);
    beid_buf_clear(&all);
    beid_buf_clear(&wrapped);
}

static void
show_every_part(void)
{
    static char text[9000];
    whole_document("One line.\n");
    whole_document("Two\n\nparagraphs\n");
    for (size_t words = 1; words < 700; words += 37) {
        text[0] = '\0';
        for (size_t i = 0; i < words; i++) {
            (void)snprintf(text + strlen(text), 12, "%sw%zu%%",
                           i == 0 ? "" : (i % 40 == 0 ? "\n" : " "), i);
        }
        whole_document(text);
    }
    /* The longest text in letters of two bytes, without a space. */
    text[0] = '\0';
    for (size_t i = 0; i < 2000; i++) {
        memcpy(text + 2 * i, "\xC3\xA9", 3);
    }
    whole_document(text);
    memset(text, '%', 2000);
    text[2000] = '\0';
    whole_document(text);
}

static void
every_part_is_shown(void **state)
{
    (void)state;
    show_every_part();
}

static void
every_part_is_shown_below_a_phrase(void **state)
{
    static char phrase[60];
    (void)state;
    memset(phrase, '%', sizeof phrase);
    facts.phrase = beid_span_of(phrase, sizeof phrase);
    show_every_part();
    facts.phrase = beid_span_of(NULL, 0);
}

static void
nothing_that_is_not_shown_as_it_is(void **state)
{
    (void)state;
    static const char override[] = {'\xE2', '\x80', '\xAE', 'x', '\0'};
    static const char *const bad[] = {"a<b",
                                      "tab\there",
                                      override,
                                      "\xFF",
                                      "zero\xE2\x80\x8Bwidth",
                                      "two  spaces",
                                      "two\u00a0 spaces",
                                      " at the start"};
    struct beid_buf page;
    unsigned count = 0;
    assert_true(prompt_shows(beid_span_str("Page\xC2\xA0: x")));
    beid_buf_init(&page, 4096);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(prompt_shows(beid_span_str(bad[i])));
        assert_int_equal(
            prompt_page(&page, &facts, beid_span_str(bad[i]), 0, &count),
            BEID_ERR_ARGUMENT);
    }
    beid_buf_clear(&page);
}

/* In the dialog of the PIN as well, while it fits there. */
static void
a_short_text_stands_in_the_pin_prompt(void **state)
{
    (void)state;
    struct beid_buf out;
    struct prompt_facts access = facts;
    access.heading = BEID_TEXT_PROMPT_ACCESS;
    access.consent = BEID_TEXT_PROMPT_ACCESS_CONSENT;
    access.resource = beid_span_str("https://p.example/page");
    access.text = beid_span_str("See your certificates");
    beid_buf_init(&out, 4096);
    assert_int_equal(prompt_describe(&out, &access, BEID_TEXT_PROMPT_CONSENT),
                     BEID_OK);
    assert_non_null(strstr(beid_buf_cstr(&out),
                           "Page: https://p.example/page\n\n"
                           "The website writes:\n"
                           "See your certificates\n\n"
                           "With your PIN you confirm this"));
    assert_int_equal(
        prompt_describe(&out, &access, BEID_TEXT_PROMPT_INSERT_CARD), BEID_OK);
    assert_null(strstr(beid_buf_cstr(&out), "certificates"));
    access.text = beid_span_str("a<b");
    assert_int_equal(prompt_describe(&out, &access, BEID_TEXT_PROMPT_CONSENT),
                     BEID_ERR_ARGUMENT);
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_shown),
        cmocka_unit_test(every_part_is_shown_below_a_phrase),
        cmocka_unit_test(nothing_that_is_not_shown_as_it_is),
        cmocka_unit_test(a_short_text_stands_in_the_pin_prompt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
