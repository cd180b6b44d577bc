/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "policy/restriction.h"

#define TEXT                                                                   \
    "# mine\n; too\n\n  block = one.conf \r\nblock=two\nblock=two.conf\n"

static bool
blocks(const char *text, const char *name)
{
    return policy_restriction_blocks(beid_span_str(text), beid_span_str(name));
}

static void
a_portal_is_blocked_by_the_name_of_its_file(void **state)
{
    (void)state;
    unsigned int line = 0;
    assert_int_equal(policy_restriction_check(beid_span_str(TEXT), &line),
                     BEID_OK);
    assert_true(blocks(TEXT, "one"));
    assert_true(blocks(TEXT, "one.conf"));
    assert_true(blocks(TEXT, "two.conf"));
    assert_false(blocks(TEXT, "on"));
    assert_false(blocks(TEXT, "one.con"));
    assert_false(blocks(TEXT, "ONE"));
    assert_false(blocks("", "one"));
    assert_false(blocks("#block=one", "one"));
    assert_true(blocks("block=one", "one"));
}

/* The file can only take away: what nobody understands takes everything. */
static void
an_invalid_text_blocks_everything(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "block",     "block=",     "allow=x",        "[x]",
        "block=a b", "block=../x", "block=.conf",    "Block=x",
        "=x",        "block x",    "block=\xC3\xA9", "block=x\001",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        unsigned int line = 0;
        struct beid_buf text;
        beid_buf_init(&text, 100);
        beid_buf_put_str(&text, "# a comment\n");
        beid_buf_put_str(&text, texts[i]);
        assert_int_equal(policy_restriction_check(beid_buf_span(&text), &line),
                         BEID_ERR_FORMAT);
        assert_int_equal(line, 2);
        assert_true(policy_restriction_blocks(beid_buf_span(&text),
                                              beid_span_str("other")));
        beid_buf_clear(&text);
    }
}

static void
a_text_that_is_too_long_blocks_everything(void **state)
{
    (void)state;
    struct beid_buf text;
    unsigned int line = 0;
    beid_buf_init(&text, POLICY_RESTRICTION_MAX + 1);
    while (text.len < POLICY_RESTRICTION_MAX) {
        beid_buf_put_u8(&text, '\n');
    }
    assert_int_equal(policy_restriction_check(beid_buf_span(&text), &line),
                     BEID_OK);
    beid_buf_put_u8(&text, '\n');
    assert_int_equal(policy_restriction_check(beid_buf_span(&text), &line),
                     BEID_ERR_LIMIT);
    assert_true(
        policy_restriction_blocks(beid_buf_span(&text), beid_span_str("x")));
    beid_buf_clear(&text);
}

static void
expect_edit(const char *text, const char *name, bool block, const char *want)
{
    struct beid_buf out;
    beid_buf_init(&out, POLICY_RESTRICTION_MAX);
    assert_int_equal(policy_restriction_edit(beid_span_str(text),
                                             beid_span_str(name), block, &out),
                     BEID_OK);
    if (out.len > 0 || want[0] != '\0') {
        assert_string_equal(beid_buf_cstr(&out), want);
    }
    beid_buf_clear(&out);
}

static void
editing_keeps_the_rest(void **state)
{
    (void)state;
    struct beid_buf out;
    expect_edit("", "a", true, "block=a\n");
    expect_edit("block=a", "a.conf", true, "block=a\n");
    expect_edit("block=a", "a", false, "");
    expect_edit("# x", "a", false, "# x\n");
    expect_edit(TEXT, "two", false, "# mine\n; too\n\n  block = one.conf \r\n");
    expect_edit("block=a\n# x\nblock=b\n", "a", true,
                "# x\nblock=b\nblock=a\n");
    beid_buf_init(&out, 100);
    static const char *const bad[] = {"", "a b", "a/b", ".x", "a\nblock=b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(policy_restriction_edit(beid_span_str(""),
                                                 beid_span_str(bad[i]), true,
                                                 &out),
                         BEID_ERR_ARGUMENT);
    }
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_portal_is_blocked_by_the_name_of_its_file),
        cmocka_unit_test(an_invalid_text_blocks_everything),
        cmocka_unit_test(a_text_that_is_too_long_blocks_everything),
        cmocka_unit_test(editing_keeps_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
