/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../../unit.h"
#include "cli/cli.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

static void
set(const char *name, const char *value)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    assert_int_equal(setenv(name, value, 1), 0);
}

static void
set_locale(const char *all, const char *messages, const char *lang)
{
    set("LC_ALL", all);
    set("LC_MESSAGES", messages);
    set("LANG", lang);
}

static void
the_first_variable_that_is_set_decides(void **state)
{
    (void)state;
    set_locale("nl_BE.UTF-8", "fr_BE", "de_BE");
    assert_int_equal(say_lang(), BEID_LANG_NL);
    set_locale("", "fr_BE", "de_BE");
    assert_int_equal(say_lang(), BEID_LANG_FR);
    set_locale("", "", "de@euro");
    assert_int_equal(say_lang(), BEID_LANG_DE);
    set_locale("C", "nl", "nl");
    assert_int_equal(say_lang(), BEID_LANG_EN);
    set_locale("", "", "");
    assert_int_equal(say_lang(), BEID_LANG_EN);
    set_locale("", "", "nlx_BE");
    assert_int_equal(say_lang(), BEID_LANG_EN);
}

static void
words_are_filled_in_without_controls(void **state)
{
    (void)state;
    const struct say_word words[] = {
        {"other", "no"},
        {"option", "\x1b[31m\xC3\xA9\xC2\x9B\n{x}"},
        {NULL, NULL}};
    struct beid_buf out;
    beid_buf_init(&out, 200);
    say_fill(&out, BEID_LANG_NL, BEID_TEXT_CLI_UNKNOWN_OPTION, words);
    assert_string_equal(beid_buf_cstr(&out),
                        "onbekende optie: ?[31m\xC3\xA9??{x}");
    beid_buf_reset(&out);
    say_fill(&out, BEID_LANG_EN, BEID_TEXT_CLI_UNKNOWN_OPTION, NULL);
    assert_string_equal(beid_buf_cstr(&out), "unknown option: ");
    beid_buf_clear(&out);
}

static void
lines_end_before_the_edge(void **state)
{
    (void)state;
    char *printed = NULL;
    size_t len = 0;
    struct beid_buf text;
    beid_buf_init(&text, 400);
    for (size_t i = 0; i < 30; i++) {
        beid_buf_put_str(&text, "\xC3\xA9t\xC3\xA9s ");
    }
    FILE *to = open_memstream(&printed, &len);
    assert_non_null(to);
    say_wrapped(to, 4, beid_buf_span(&text));
    beid_buf_clear(&text);
    assert_int_equal(fclose(to), 0);
    /* 4 + 14 * 5 + 13 spaces would be 87; 15 words of 4 and 14 are 78. */
    const char *end = strchr(printed, '\n');
    assert_non_null(end);
    assert_memory_equal(printed, "    \xC3\xA9", 6);
    assert_int_equal(end - printed, 4 + 15 * 6 + 14);
    assert_memory_equal(end + 1, "    \xC3\xA9", 6);
    free(printed);
}

/* --help in each language says something else, and names every command. */
static void
every_command_has_a_summary_in_every_language(void **state)
{
    (void)state;
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        const struct cli_command *command = cli_commands[i];
        const char *english = beid_text(BEID_LANG_EN, command->summary);
        for (int lang = 0; lang < BEID_LANG_EN; lang++) {
            assert_string_not_equal(
                beid_text((enum beid_lang)lang, command->summary), english);
        }
        size_t options = 0;
        const struct cli_option *option = command->options;
        for (; option != NULL && option->name != NULL; option++) {
            options++;
        }
        assert_true(options <= CLI_OPTIONS_MAX);
        assert_true(command->operands_min <= command->operands_max);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_variable_that_is_set_decides),
        cmocka_unit_test(words_are_filled_in_without_controls),
        cmocka_unit_test(lines_end_before_the_edge),
        cmocka_unit_test(every_command_has_a_summary_in_every_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
