/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../../unit.h"
#include "../scratch.h"
#include "journal/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

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

/* "Yes" is none of the words, and must not leave a shared computer open. */
static void
the_administrator_s_mistake_is_the_stricter(void **state)
{
    (void)state;
    assert_true(parse("kiosk = Yes", "").kiosk);
    assert_false(parse("kiosk = Yes", "").kept);
    assert_int_equal(parse("kiosk = Yes", "").bad_line, 1);
    assert_false(parse("journal = none", "").kept);
    assert_true(parse("kiosk=yes\nforce = true", "kiosk=no").kiosk);
    assert_false(parse("", "kiosk = Yes").kiosk);
    assert_true(parse("", "journal = none").kept);
}

/* A file of root's with this text; as others see it when we are root. */
static struct journal_settings
read_file(const char *path, mode_t mode, const char *text, size_t times)
{
    bool root = geteuid() == 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (size_t i = 0; i < times; i++) {
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    }
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
    assert_true(!root || seteuid(NOBODY) == 0);
    struct journal_settings settings = journal_settings_read(path);
    assert_true(!root || seteuid(0) == 0);
    assert_int_equal(unlink(path), 0);
    return settings;
}

/* It may hold what forbids everything: to know nothing of it is no excuse. */
static void
an_administrators_file_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    char folder[SCRATCH_ROOM];
    char path[SCRATCH_PATH_ROOM];
    static const char seat[] = "require_local_seat = yes\n";
    scratch_make(folder);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    assert_int_equal(setenv("XDG_CONFIG_HOME", folder, 1), 0);
    scratch_path(folder, "agent.conf", path);
    assert_false(journal_settings_read(path).unreadable); /* absent */
    assert_false(journal_settings_read("/dev/null/agent.conf").unreadable);
    assert_true(read_file(path, 0, seat, 1).unreadable);
    if (geteuid() == 0) {
        struct journal_settings known = read_file(path, 0644, seat, 1);
        assert_false(known.unreadable);
        assert_true(known.local_seat);
        assert_true(read_file(path, 0600, seat, 1).unreadable);
        /* Others may have taken a rule out of it. */
        assert_true(read_file(path, 0664, seat, 1).unreadable);
        assert_true(read_file(path, 0646, seat, 1).unreadable);
        assert_false(read_file(path, 0644, "# x\n", 9000).unreadable);
        assert_true(read_file(path, 0644, "# too long\n", 9000).unreadable);
        assert_int_equal(chmod(folder, 0700), 0);
        assert_true(read_file(path, 0644, seat, 1).unreadable);
    }
    assert_int_equal(symlink(path, path), 0);
    assert_true(journal_settings_read(path).unreadable);
    scratch_remove(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_user_decides_unless_forced),
        cmocka_unit_test(a_kiosk_keeps_nothing),
        cmocka_unit_test(the_administrator_s_mistake_is_the_stricter),
        cmocka_unit_test(a_seat_is_required_when_either_says_so),
        cmocka_unit_test(the_phrase_is_the_users),
        cmocka_unit_test(lines_that_are_not_valid_are_passed_over),
        cmocka_unit_test(an_administrators_file_that_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
