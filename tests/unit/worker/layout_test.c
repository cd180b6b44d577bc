/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "prompt/layout.h"

#include <string.h>

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void
check_wrap(const char *in, const char *expected)
{
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    prompt_wrap(&out, beid_span_str(in));
    assert_string_equal(beid_buf_cstr(&out), expected);
    beid_buf_clear(&out);
}

static void
short_text_is_one_line(void **state)
{
    (void)state;
    check_wrap("Log in", "Log in\n");
    check_wrap("  Log   in ", "Log in\n");
    check_wrap("", "\n");
    check_wrap(SIXTY, SIXTY "\n");
}

static void
lines_break_at_spaces(void **state)
{
    (void)state;
    check_wrap(TEN TEN TEN TEN TEN " 12345678 x",
               TEN TEN TEN TEN TEN " 12345678\nx\n");
    check_wrap(TEN TEN TEN TEN TEN " 123456789 x",
               TEN TEN TEN TEN TEN " 123456789\nx\n");
    check_wrap(TEN TEN TEN TEN TEN " " TEN, TEN TEN TEN TEN TEN "\n" TEN "\n");
}

static void
long_words_are_cut(void **state)
{
    (void)state;
    check_wrap(SIXTY "x", SIXTY "\nx\n");
    check_wrap("Address: " SIXTY SIXTY "x y",
               "Address: " TEN TEN TEN TEN TEN
               "0\n123456789" TEN TEN TEN TEN TEN "0\n123456789x y\n");
}

static void
characters_count_not_bytes(void **state)
{
    (void)state;
    /* 59 columns and a space leave no room for two more. */
    check_wrap("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9 " TEN TEN
                   TEN TEN " 12345678 \u00e9\u00e9",
               "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9 " TEN TEN
                   TEN TEN " 12345678\n\u00e9\u00e9\n");
    /* A no-break space does not break. */
    check_wrap(TEN TEN TEN TEN TEN " Web\u00a0: Burger",
               TEN TEN TEN TEN TEN " Web\u00a0:\nBurger\n");
}

static void
lines_are_counted(void **state)
{
    (void)state;
    assert_int_equal(prompt_count_lines(beid_span_str("")), 0);
    assert_int_equal(prompt_count_lines(beid_span_str("a")), 1);
    assert_int_equal(prompt_count_lines(beid_span_str("a\n")), 1);
    assert_int_equal(prompt_count_lines(beid_span_str("a\n\nb")), 3);
}

static void
commands_are_escaped(void **state)
{
    (void)state;
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    assert_int_equal(
        prompt_command(&out, "SETDESC", beid_span_str("100%\nr\u00e9 \x01\r")),
        BEID_OK);
    assert_string_equal(beid_buf_cstr(&out), "SETDESC 100%25%0Ar\u00e9 %01%0D");
    assert_int_equal(prompt_command(&out, "GETPIN", beid_span_of(NULL, 0)),
                     BEID_OK);
    assert_string_equal(beid_buf_cstr(&out), "GETPIN");
    assert_int_equal(prompt_command(&out, "SETDESC", beid_span_of("a\0b", 3)),
                     BEID_ERR_ARGUMENT);
    beid_buf_clear(&out);
}

static void
a_line_has_at_most_990_bytes(void **state)
{
    (void)state;
    static char text[1000];
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    memset(text, 'x', sizeof text);
    assert_int_equal(prompt_command(&out, "SETDESC", beid_span_of(text, 982)),
                     BEID_OK);
    assert_int_equal(out.len, 990);
    assert_int_equal(prompt_command(&out, "SETDESC", beid_span_of(text, 983)),
                     BEID_ERR_LIMIT);
    memset(text, '%', sizeof text);
    assert_int_equal(prompt_command(&out, "SETDESC", beid_span_of(text, 327)),
                     BEID_OK);
    assert_int_equal(prompt_command(&out, "SETDESC", beid_span_of(text, 328)),
                     BEID_ERR_LIMIT);
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_text_is_one_line),
        cmocka_unit_test(lines_break_at_spaces),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(characters_count_not_bytes),
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(commands_are_escaped),
        cmocka_unit_test(a_line_has_at_most_990_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
