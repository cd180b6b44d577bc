/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../../unit.h"
#include "journal/settings.h"

#include <stdio.h>
#include <string.h>

static struct journal_settings
parse(const char *admin, const char *user)
{
    return journal_settings_parse(beid_span_str(admin), beid_span_str(user));
}

static void
the_user_decides_unless_forced(void **state)
{
    (void)state;
    assert_true(parse("", "").kept);
    assert_false(parse("", "").kiosk);
    assert_false(parse("", "journal = off\n").kept);
    assert_false(parse("journal=off", "").kept);
    assert_true(parse("journal=off", "journal=on").kept);
    assert_false(parse("journal=off\nforce=yes", "journal=on").kept);
    assert_true(parse("force = yes", "journal=off").kept);
    assert_true(parse("kiosk=yes\nforce=yes\n", "kiosk=no").kiosk);
}

static void
a_kiosk_keeps_nothing(void **state)
{
    (void)state;
    assert_true(parse("kiosk=yes", "").kiosk);
    assert_false(parse("kiosk=yes", "journal=on").kept);
    assert_true(parse("kiosk=yes", "kiosk=no").kept);
}

static void
a_seat_is_required_when_either_says_so(void **state)
{
    (void)state;
    assert_false(parse("", "").local_seat);
    assert_false(parse("require_local_seat=no", "").local_seat);
    assert_true(parse("", "require_local_seat=yes").local_seat);
    assert_true(
        parse("require_local_seat=yes", "require_local_seat=no").local_seat);
    assert_true(parse("require_local_seat=yes\nforce=yes", "").local_seat);
    assert_false(parse("force=yes", "require_local_seat=yes").local_seat);
    assert_int_equal(parse("", "require_local_seat=1").bad_line, 1);
}

static void
the_phrase_is_the_users(void **state)
{
    (void)state;
    assert_string_equal(parse("", "").phrase, "");
    assert_string_equal(parse("", "phrase = Blauwe = eend \n").phrase,
                        "Blauwe = eend");
    assert_string_equal(parse("force=yes", "phrase=x\nkiosk=yes").phrase, "x");
    assert_false(parse("force=yes", "phrase=x\nkiosk=yes").kiosk);
    assert_string_equal(parse("phrase=x", "").phrase, "");
    assert_int_equal(parse("", "phrase=").bad_line, 1);
    const char *const full = "phrase=0123456789012345678901234567890123456789"
                             "01234567890123456789";
    assert_int_equal(strlen(parse("", full).phrase), JOURNAL_PHRASE_MAX);
    char longer[80];
    (void)snprintf(longer, sizeof longer, "%s1", full);
    assert_string_equal(parse("", longer).phrase, "");
    assert_int_equal(parse("", longer).bad_line, 1);
}

static void
lines_that_are_not_valid_are_passed_over(void **state)
{
    (void)state;
    struct journal_settings settings =
        parse("", "# x\njournal=perhaps\njournal=off\n");
    assert_false(settings.kept);
    assert_int_equal(settings.bad_line, 2);
    assert_int_equal(parse("", "journal").bad_line, 1);
    assert_int_equal(parse("", "force=yes").bad_line, 1);
    assert_int_equal(parse("", "\n=x").bad_line, 2);
    assert_int_equal(parse("", "color=red").bad_line, 1);
    assert_int_equal(parse("; x\n\n", "").bad_line, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_user_decides_unless_forced),
        cmocka_unit_test(a_kiosk_keeps_nothing),
        cmocka_unit_test(a_seat_is_required_when_either_says_so),
        cmocka_unit_test(the_phrase_is_the_users),
        cmocka_unit_test(lines_that_are_not_valid_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
