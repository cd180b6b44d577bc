/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table of the worker's states: which steps there are, and what a step
 * does that is none. */
#include "../unit.h"
#include "worker/worker.h"

static bool
steps(enum worker_state from, enum worker_state to)
{
    struct worker worker = {.state = from};
    state_enter(&worker, to);
    assert_int_equal(worker.state, worker.link.ended ? from : to);
    return !worker.link.ended;
}

static void
no_step_is_missing_and_none_too_many(void **state)
{
    (void)state;
    size_t count = 0;
    for (unsigned from = 0; from < WORKER_STATES; from++) {
        for (unsigned to = 0; to < WORKER_STATES; to++) {
            count += from != to
                     && steps((enum worker_state)from, (enum worker_state)to);
        }
        assert_true(steps((enum worker_state)from, (enum worker_state)from));
    }
    /* To session, to card; from card; from opening; from eight dialogs, one of
     * them to two; from closing and signing. */
    assert_int_equal(count, 2 + 2 + 9 + 8 + 1 + 2);
}

/* A PIN is used after its dialog was answered, and what signed rests. */
static void
a_signature_comes_out_of_nothing_else(void **state)
{
    (void)state;
    for (unsigned from = 0; from < WORKER_STATES; from++) {
        assert_int_equal(steps((enum worker_state)from, WORKER_SIGNING),
                         from == WORKER_PIN || from == WORKER_SIGNING);
        assert_int_equal(steps(WORKER_SIGNING, (enum worker_state)from),
                         from == WORKER_CARD || from == WORKER_SIGNING);
    }
}

static void
a_dialog_ends_before_anything_else_begins(void **state)
{
    (void)state;
    for (unsigned dialog = WORKER_WAITING; dialog <= WORKER_FAREWELL;
         dialog++) {
        assert_true(steps(WORKER_OPENING, (enum worker_state)dialog));
        assert_false(steps(WORKER_CARD, (enum worker_state)dialog));
        assert_false(steps((enum worker_state)dialog, WORKER_CARD));
        assert_false(steps((enum worker_state)dialog, WORKER_IDLE));
        assert_true(steps((enum worker_state)dialog, WORKER_CLOSING));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_step_is_missing_and_none_too_many),
        cmocka_unit_test(a_signature_comes_out_of_nothing_else),
        cmocka_unit_test(a_dialog_ends_before_anything_else_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
