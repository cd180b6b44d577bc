/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "worker/card_thread.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

struct note {
    int gate[2];
    int runs;
    pthread_t where;
};

static void
count_run(void *arg)
{
    struct note *note = arg;
    note->runs++;
    note->where = pthread_self();
}

static void
wait_at_gate(void *arg)
{
    struct note *note = arg;
    char byte = 0;
    if (read(note->gate[0], &byte, 1) == 1) {
        note->runs++;
    }
}

static bool
done_within(const struct card_thread *thread, int ms)
{
    struct pollfd polled = {.fd = card_thread_fd(thread), .events = POLLIN};
    return poll(&polled, 1, ms) == 1;
}

static void
jobs_run_elsewhere_one_after_the_other(void **state)
{
    (void)state;
    struct card_thread *thread = NULL;
    struct note note = {0};
    assert_int_equal(card_thread_new(&thread), BEID_OK);
    for (int i = 1; i <= 100; i++) {
        assert_int_equal(card_thread_start(thread, count_run, &note), BEID_OK);
        assert_true(done_within(thread, 10000));
        assert_true(card_thread_take(thread));
        assert_int_equal(note.runs, i);
        assert_false(pthread_equal(note.where, pthread_self()));
        assert_false(card_thread_take(thread));
    }
    card_thread_free(&thread);
    assert_null(thread);
}

static void
a_running_job_is_not_done(void **state)
{
    (void)state;
    struct card_thread *thread = NULL;
    struct note note = {0};
    assert_int_equal(pipe(note.gate), 0);
    assert_int_equal(card_thread_new(&thread), BEID_OK);
    assert_int_equal(card_thread_start(thread, wait_at_gate, &note), BEID_OK);
    assert_false(done_within(thread, 50));
    assert_false(card_thread_take(thread));
    assert_int_equal(card_thread_start(thread, count_run, &note),
                     BEID_ERR_BUSY);
    assert_int_equal(write(note.gate[1], "x", 1), 1);
    assert_true(done_within(thread, 10000));
    /* Done, but not taken. */
    assert_int_equal(card_thread_start(thread, count_run, &note),
                     BEID_ERR_BUSY);
    assert_true(card_thread_take(thread));
    assert_int_equal(note.runs, 1);
    card_thread_free(&thread);
    (void)close(note.gate[0]);
    (void)close(note.gate[1]);
}

static void
an_unused_thread_ends(void **state)
{
    (void)state;
    struct card_thread *thread = NULL;
    assert_int_equal(card_thread_new(&thread), BEID_OK);
    assert_false(card_thread_take(thread));
    card_thread_free(&thread);
    card_thread_free(&thread);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_elsewhere_one_after_the_other),
        cmocka_unit_test(a_running_job_is_not_done),
        cmocka_unit_test(an_unused_thread_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
