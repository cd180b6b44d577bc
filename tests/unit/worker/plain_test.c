/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "prompt/plain.h"

#include <string.h>

static void
check(struct beid_span in, size_t max, const char *expected)
{
    struct beid_buf out;
    beid_buf_init(&out, 4096);
    prompt_plain(&out, in, max);
    assert_int_equal(beid_buf_status(&out), BEID_OK);
    assert_true(out.len <= max);
    assert_string_equal(out.len > 0 ? beid_buf_cstr(&out) : "", expected);
    beid_buf_clear(&out);
}

static void
check_str(const char *in, const char *expected)
{
    check(beid_span_str(in), 200, expected);
}

static void
names_stay_as_they_are(void **state)
{
    (void)state;
    check_str("Nora Specimen", "Nora Specimen");
    check_str("Zo\u00eb D\u2019Hooghe-\u00d8stergaard",
              "Zo\u00eb D\u2019Hooghe-\u00d8stergaard");
    check_str("Ng\u00f4 \u0110\u1ee9c", "Ng\u00f4 \u0110\u1ee9c");
    check_str("\u0413\u0435\u043e\u0440\u0433\u0438 \u0395\u03bb\u03ad\u03bd"
              "\u03b7",
              "\u0413\u0435\u043e\u0440\u0433\u0438 \u0395\u03bb\u03ad\u03bd"
              "\u03b7");
    check_str("100% & co;", "100% & co;");
}

static void
spaces_around_go(void **state)
{
    (void)state;
    check_str("  a  b ", "a  b");
    check_str("   ", "");
    /* Wrapping drops the spaces that this makes of no-break ones. */
    check_str("a\xC2\xA0\xC2\xA0z", "a  z");
    check_str("", "");
    check(beid_span_of(NULL, 0), 10, "");
}

static void
control_characters_are_defused(void **state)
{
    (void)state;
    check(beid_span_of("a\0b", 3), 10, "a?b");
    check_str("a\nb\rc\td\x1b[31m\x7f", "a?b?c?d?[31m?");
    check_str("a\xc2\x85"
              "b\xc2\x9b"
              "c",
              "a?b?c"); /* C1 */
    check_str("a\u2028b\u2029c", "a?b?c"); /* separators */
}

static void
bidi_and_invisible_characters_are_defused(void **state)
{
    (void)state;
    /* NOLINTBEGIN(misc-misleading-bidirectional): they are the subject */
    check_str("x\u202ecba", "x?cba"); /* right-to-left override */
    check_str("\u200e\u200f\u061c\u202a\u202b\u202c\u202d", "???????");
    check_str("\u2066\u2067\u2068\u2069", "????");
    /* NOLINTEND(misc-misleading-bidirectional) */
    check_str("\u200b\u200c\u200d\u2060\ufeff\u00ad", "??????");
    check_str("\u05d0\u0627\ufb1d\ufe70", "????"); /* right-to-left letters */
    check_str("e\u0301", "e?"); /* combining: would not take a column */
    check_str("\U000E0041\ue000\uffff", "???"); /* tag, private, none */
    check_str("\u4e2d", "?"); /* takes two columns */
}

static void
markup_is_defused(void **state)
{
    (void)state;
    check_str("<b>Bank</b>", "?b>Bank?/b>");
}

static void
malformed_utf8_is_defused(void **state)
{
    (void)state;
    check_str("\xff", "?");
    check_str("a\xc3", "a?");
    check_str("\xc3(", "?(");
    check_str("\xc0\xaf", "??"); /* overlong '/' */
    check_str("\xe0\x80\xaf", "???");
    check_str("\xed\xa0\x80", "???"); /* surrogate */
    check_str("\xf5\x80\x80\x80", "????"); /* past U+10FFFF */
    check_str("\xf0\x9f\x92", "???");
    check_str("\xf0\x9f\x92\xa9", "?");
}

static void
long_text_is_cut_at_a_character(void **state)
{
    (void)state;
    check(beid_span_str("abcdef"), 6, "abcdef");
    check(beid_span_str("abcdefg"), 6, "abc\u2026");
    check(beid_span_str("\u00e9\u00e9\u00e9\u00e9"), 7, "\u00e9\u00e9\u2026");
    check(beid_span_str("ab\u00e9\u00e9\u00e9"), 6, "ab\u2026");
}

static void
sixty_four_kibibytes_are_cut(void **state)
{
    (void)state;
    static char big[65536];
    memset(big, 'A', sizeof big);
    struct beid_buf out;
    beid_buf_init(&out, 80);
    prompt_plain(&out, beid_span_of(big, sizeof big), 80);
    assert_int_equal(beid_buf_status(&out), BEID_OK);
    assert_int_equal(out.len, 80);
    assert_memory_equal(out.ptr + 77, "\u2026", 3);
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stay_as_they_are),
        cmocka_unit_test(spaces_around_go),
        cmocka_unit_test(control_characters_are_defused),
        cmocka_unit_test(bidi_and_invisible_characters_are_defused),
        cmocka_unit_test(markup_is_defused),
        cmocka_unit_test(malformed_utf8_is_defused),
        cmocka_unit_test(long_text_is_cut_at_a_character),
        cmocka_unit_test(sixty_four_kibibytes_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
