/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char last[1024];
static size_t lines;
static enum beid_log_level last_level;

static void
keep(enum beid_log_level level, const char *text, void *user)
{
    size_t len = strlen(text);
    assert_true(len < sizeof last);
    memcpy(last, text, len + 1);
    last_level = level;
    lines++;
    *(int *)user += 1;
}

static int calls;

static int
fresh(void **state)
{
    (void)state;
    lines = 0;
    calls = 0;
    last[0] = '\0';
    beid_log_set(keep, &calls, BEID_LEVEL_DEBUG);
    return 0;
}

static void
a_line_names_its_function(void **state)
{
    (void)state;
    BEID_LOG_INFO("%d readers", 2);
    assert_string_equal(last, "a_line_names_its_function: 2 readers");
    assert_int_equal(last_level, BEID_LEVEL_INFO);
    assert_int_equal(calls, 1);
}

static void
levels_above_the_set_one_stay_out(void **state)
{
    (void)state;
    beid_log_set(keep, &calls, BEID_LEVEL_WARN);
    BEID_LOG_ERROR("e");
    BEID_LOG_WARN("w");
    assert_int_equal(lines, 2);
    assert_int_equal(last_level, BEID_LEVEL_WARN);
    BEID_LOG_INFO("i");
    BEID_LOG_DEBUG("d");
    assert_int_equal(lines, 2);
}

static void
without_a_sink_nothing_happens(void **state)
{
    (void)state;
    beid_log_set(NULL, NULL, BEID_LEVEL_DEBUG);
    BEID_LOG_ERROR("%s", "x");
    assert_int_equal(lines, 0);
}

/* Outside text can neither start a line of its own nor steer a terminal. */
static void
control_characters_are_defused(void **state)
{
    (void)state;
    for (int byte = 1; byte < 0x20; byte++) {
        beid_log_at(BEID_LEVEL_INFO, "f", "a%cb", byte);
        assert_string_equal(last, "f: a?b");
    }
    beid_log_at(BEID_LEVEL_INFO, "f", "a%cb", 0x7F);
    assert_string_equal(last, "f: a?b");
    beid_log_at(BEID_LEVEL_INFO, "f", "%s", "x\r\nerror: forged");
    assert_string_equal(last, "f: x??error: forged");
    /* The C1 controls U+0080 to U+009F; U+009B starts a terminal command. */
    beid_log_at(BEID_LEVEL_INFO, "f", "%s",
                "x\xC2\x9B"
                "2J");
    assert_string_equal(last, "f: x??2J");
    beid_log_at(BEID_LEVEL_INFO, "f", "%s", "\xC2\x80\xC2\x9F");
    assert_string_equal(last, "f: ????");
}

static void
ordinary_text_is_kept(void **state)
{
    (void)state;
    beid_log_at(BEID_LEVEL_INFO, "f", "%s",
                "caf\xC3\xA9 \xC2\xA0 \xE2\x82\xAC");
    assert_string_equal(last, "f: caf\xC3\xA9 \xC2\xA0 \xE2\x82\xAC");
    beid_log_at(BEID_LEVEL_INFO, "f", "%s", "\xC2");
    assert_string_equal(last, "f: \xC2");
}

static void
long_lines_are_cut(void **state)
{
    (void)state;
    char text[600];
    for (size_t len = 500; len < sizeof text; len++) {
        memset(text, 'a', len);
        text[len] = '\0';
        beid_log_at(BEID_LEVEL_INFO, "f", "%s", text);
        size_t want = len + 3 < 511 ? len + 3 : 511;
        assert_int_equal(strlen(last), want);
    }
}

static void
a_function_name_of_any_length(void **state)
{
    (void)state;
    char name[600];
    for (size_t len = 505; len < 515; len++) {
        memset(name, 'n', len);
        name[len] = '\0';
        beid_log_at(BEID_LEVEL_INFO, name, "%s", "text");
        assert_true(strlen(last) < 512);
        assert_true(strlen(last) >= 4);
    }
}

static void
standard_error_gets_level_and_text(void **state)
{
    (void)state;
    int ends[2] = {-1, -1};
    assert_int_equal(pipe(ends), 0);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0);
    (void)fflush(stderr);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    beid_log_stderr(BEID_LEVEL_ERROR, "one", NULL);
    beid_log_stderr(BEID_LEVEL_WARN, "two", NULL);
    beid_log_stderr(BEID_LEVEL_INFO, "three", NULL);
    beid_log_stderr(BEID_LEVEL_DEBUG, "four", NULL);
    (void)fflush(stderr);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    (void)close(kept);
    (void)close(ends[1]);
    char text[200] = {0};
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    (void)close(ends[0]);
    assert_string_equal(text, "error: one\nwarning: two\ninfo: three\n"
                              "debug: four\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_names_its_function, fresh),
        cmocka_unit_test_setup(levels_above_the_set_one_stay_out, fresh),
        cmocka_unit_test_setup(without_a_sink_nothing_happens, fresh),
        cmocka_unit_test_setup(control_characters_are_defused, fresh),
        cmocka_unit_test_setup(ordinary_text_is_kept, fresh),
        cmocka_unit_test_setup(long_lines_are_cut, fresh),
        cmocka_unit_test_setup(a_function_name_of_any_length, fresh),
        cmocka_unit_test_setup(standard_error_gets_level_and_text, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
