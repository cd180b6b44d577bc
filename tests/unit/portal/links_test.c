/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "links.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* Long enough on any machine. */
#define PATIENCE_MS 60000

/* Is there an end, after so long? */
static bool
ended(int fd, int wait_ms)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    char byte = 0;
    return poll(&look, 1, wait_ms) == 1 && read(fd, &byte, 1) == 0;
}

/* Each step of the client has its end; the portal's own work has none. */
static void
steps_end(void **state)
{
    struct links *links = NULL;
    struct link *all[LINK_STATES];
    int pairs[LINK_STATES][2];
    (void)state;
    assert_int_equal(links_new(1, 1, &links), BEID_OK);
    for (unsigned i = 0; i < LINK_STATES; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        all[i] = links_open(links, pairs[i][0]);
        assert_non_null(all[i]);
        if (i != LINK_NEW) {
            links_change(links, all[i], (enum link_state)i);
        }
    }
    for (unsigned i = 0; i < LINK_STATES; i++) {
        assert_int_equal(links_count(links, (enum link_state)i), 1);
        assert_false(ended(pairs[i][1], 0));
    }
    for (unsigned i = 0; i < LINK_STATES; i++) {
        if (i != LINK_WORKING) {
            assert_true(ended(pairs[i][1], PATIENCE_MS));
        }
    }
    assert_false(ended(pairs[LINK_WORKING][1], 0));
    /* A step that begins afterwards has its own time. */
    links_change(links, all[LINK_WORKING], LINK_ANSWERING);
    assert_int_equal(links_count(links, LINK_ANSWERING), 2);
    assert_int_equal(links_count(links, LINK_WORKING), 0);
    assert_true(ended(pairs[LINK_WORKING][1], PATIENCE_MS));
    links_stop(links);
    /* From both ends of the list, and out of its middle. */
    static const unsigned order[LINK_STATES] = {2, 0, 5, 4, 3, 1};
    for (unsigned i = 0; i < LINK_STATES; i++) {
        links_close(links, all[order[i]]);
        assert_int_equal(close(pairs[order[i]][0]), 0);
        assert_int_equal(close(pairs[order[i]][1]), 0);
    }
    for (unsigned i = 0; i < LINK_STATES; i++) {
        assert_int_equal(links_count(links, (enum link_state)i), 0);
    }
    links_free(&links);
    assert_null(links);
}

/* One that is idle ends long before one on which something was begun. */
static void
idle_ends_first(void **state)
{
    static const enum link_state steps[] = {LINK_IDLE, LINK_BEGUN};
    struct links *links = NULL;
    struct link *all[2];
    int pairs[2][2];
    (void)state;
    assert_int_equal(links_new(3600, 1, &links), BEID_OK);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        all[i] = links_open(links, pairs[i][0]);
        assert_non_null(all[i]);
        links_change(links, all[i], LINK_IDLE);
        links_change(links, all[i], steps[i]);
    }
    assert_true(ended(pairs[0][1], PATIENCE_MS));
    assert_false(ended(pairs[1][1], 1000));
    links_stop(links);
    for (unsigned i = 0; i < 2; i++) {
        links_close(links, all[i]);
        assert_int_equal(close(pairs[i][0]), 0);
        assert_int_equal(close(pairs[i][1]), 0);
    }
    links_free(&links);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_end),
                                       cmocka_unit_test(idle_ends_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
