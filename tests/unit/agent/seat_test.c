/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "scratch.h"
#include "sys/seat.h"

#include <stdio.h>
#include <string.h>

#define LOCAL                                                                  \
    "# This is private data. Do not parse.\nUID=1000\nUSER=nora\nACTIVE=1\n"   \
    "IS_DISPLAY=1\nSTATE=active\nREMOTE=0\nTYPE=wayland\n"                     \
    "ORIGINAL_TYPE=wayland\nCLASS=user\nSEAT=seat0\nTTY=tty2\nVTNR=2\n"

/* The text with one line replaced, or without it. */
static bool
local_with(const char *line, const char *instead)
{
    char text[1024];
    const char *at = strstr(LOCAL, line);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - LOCAL), LOCAL,
                   instead, at + strlen(line));
    return beid_seat_session_is_local(beid_span_str(text), 1000);
}

static void
every_condition_counts(void **state)
{
    (void)state;
    assert_true(beid_seat_session_is_local(beid_span_str(LOCAL), 1000));
    assert_false(beid_seat_session_is_local(beid_span_str(LOCAL), 100));
    assert_false(beid_seat_session_is_local(beid_span_str(LOCAL), 0));
    assert_false(beid_seat_session_is_local(beid_span_of(NULL, 0), 1000));
    assert_false(local_with("UID=1000\n", "UID=10001\n"));
    assert_false(local_with("ACTIVE=1\n", "ACTIVE=0\n"));
    assert_false(local_with("ACTIVE=1\n", ""));
    assert_false(local_with("REMOTE=0\n", "REMOTE=1\nREMOTE_HOST=10.0.0.1\n"));
    assert_false(local_with("REMOTE=0\n", ""));
    assert_false(local_with("SEAT=seat0\n", ""));
    assert_false(local_with("SEAT=seat0\n", "SEAT=\n"));
    assert_false(local_with("CLASS=user\n", "CLASS=greeter\n"));
    assert_false(local_with("CLASS=user\n", "CLASS=manager\n"));
    assert_false(local_with("CLASS=user\n", "CLASS=background\n"));
    assert_true(local_with("CLASS=user\n", "CLASS=user-early\n"));
}

static void
one_local_session_of_several_is_enough(void **state)
{
    (void)state;
    char root[SCRATCH_ROOM];
    scratch_make(root);
    /* No logind at all: nobody is known to sit here. */
    assert_false(beid_seat_is_local(root, 1000));
    scratch_folder(root, "run/systemd/sessions");
    assert_false(beid_seat_is_local(root, 1000));
    scratch_write(root, "run/systemd/sessions/1",
                  "UID=1000\nACTIVE=1\nREMOTE=1\nCLASS=user\n");
    assert_false(beid_seat_is_local(root, 1000));
    scratch_write(root, "run/systemd/sessions/c2", LOCAL);
    assert_true(beid_seat_is_local(root, 1000));
    assert_false(beid_seat_is_local(root, 1001));
    scratch_remove(root);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_condition_counts),
        cmocka_unit_test(one_local_session_of_several_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
