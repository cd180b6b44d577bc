/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* C_WaitForSlotEvent: every change is told once, none is lost, and a thread
 * that waits leaves when the module ends. */
#include "../unit.h"
#include "client.h"

#include <pthread.h>

#define WAITERS 4

static int
prepare(void **state)
{
    (void)state;
    (void)client_list()->C_Finalize(NULL);
    return readers_reset() ? 0 : -1;
}

static CK_RV
ask(CK_SLOT_ID *slot)
{
    *slot = 99;
    return client_list()->C_WaitForSlotEvent(CKF_DONT_BLOCK, slot, NULL);
}

static void
expect_event(CK_SLOT_ID expected)
{
    CK_SLOT_ID slot = 0;
    assert_int_equal(ask(&slot), CKR_OK);
    assert_int_equal(slot, expected);
}

static void
expect_none(void)
{
    CK_SLOT_ID slot = 0;
    assert_int_equal(ask(&slot), CKR_NO_EVENT);
    assert_int_equal(slot, 99);
    assert_int_equal(readers_open_services(), 0);
}

static void
changes_are_told_once(void **state)
{
    (void)state;
    CK_SLOT_ID slots[READERS_MAX];
    CK_ULONG count = READERS_MAX;
    readers_attach(3);
    assert_int_equal(client_start(NULL), CKR_OK);
    /* The first look is where changes count from. */
    expect_none();
    assert_true(readers_insert(1, READERS_1_8, NULL));
    expect_event(client_slot(1));
    expect_none();
    /* Two slots: two events. Twice the same: one. Looking takes none away. */
    readers_remove(1);
    assert_true(readers_insert(2, READERS_1_8, NULL));
    readers_remove(2);
    assert_int_equal(client_list()->C_GetSlotList(CK_TRUE, NULL, &count),
                     CKR_OK);
    count = READERS_MAX;
    assert_int_equal(client_list()->C_GetSlotList(CK_FALSE, slots, &count),
                     CKR_OK);
    expect_event(1);
    expect_event(2);
    expect_none();
    assert_int_equal(readers_count(), 0);
    client_stop();
}

static void
readers_come_and_go(void **state)
{
    (void)state;
    CK_SLOT_INFO info;
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(client_slot(0), 0);
    readers_attach(2);
    assert_int_equal(client_list()->C_GetSlotInfo(1, &info),
                     CKR_SLOT_ID_INVALID);
    expect_event(1);
    assert_int_equal(client_list()->C_GetSlotInfo(1, &info), CKR_OK);
    readers_attach(1);
    expect_event(1);
    expect_none();
    readers_stop_service(true);
    expect_event(0);
    expect_none();
    readers_stop_service(false);
    expect_event(0);
    client_stop();
}

static void
arguments(void **state)
{
    (void)state;
    CK_SLOT_ID slot = 0;
    CK_FUNCTION_LIST *list = client_list();
    assert_int_equal(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
                     CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL),
                     CKR_ARGUMENTS_BAD);
    assert_int_equal(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, &slot),
                     CKR_ARGUMENTS_BAD);
    /* Nothing to wait in. */
    readers_stop_service(true);
    assert_int_equal(list->C_WaitForSlotEvent(0, &slot, NULL),
                     CKR_FUNCTION_FAILED);
    client_stop();
}

struct told {
    CK_RV rv;
    CK_SLOT_ID slot;
};

static void *
wait_for_one(void *out)
{
    struct told *told = out;
    told->rv = client_list()->C_WaitForSlotEvent(0, &told->slot, NULL);
    return NULL;
}

static void
waits_for_the_next_change(void **state)
{
    (void)state;
    pthread_t thread;
    struct told told = {0};
    readers_attach(2);
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(client_slot(1), 1);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&thread, NULL, wait_for_one, &told), 0);
        readers_await_waiters(1);
        if (i == 0) {
            assert_true(readers_insert(1, READERS_1_8, NULL));
        } else if (i == 1) {
            readers_remove(1);
        } else {
            readers_attach(i == 2 ? 3 : 2);
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(told.rv, CKR_OK);
        assert_int_equal(told.slot, i < 2 ? 1 : 2);
    }
    expect_none();
    client_stop();
}

/* What came between two calls is told at once. */
static void
does_not_wait_for_what_came_before(void **state)
{
    (void)state;
    CK_SLOT_ID slot = 99;
    assert_int_equal(client_start(NULL), CKR_OK);
    expect_none();
    assert_true(readers_insert(0, READERS_1_8, NULL));
    readers_remove(0);
    assert_int_equal(client_list()->C_WaitForSlotEvent(0, &slot, NULL), CKR_OK);
    assert_int_equal(slot, 0);
    client_stop();
}

static void
finalize_wakes_all_who_wait(void **state)
{
    (void)state;
    pthread_t threads[WAITERS];
    struct told told[WAITERS];
    for (int round = 0; round < 20; round++) {
        assert_int_equal(client_start(NULL), CKR_OK);
        for (size_t i = 0; i < WAITERS; i++) {
            assert_int_equal(
                pthread_create(&threads[i], NULL, wait_for_one, &told[i]), 0);
        }
        /* Every other time they may only be on their way there. */
        if (round % 2 == 0) {
            readers_await_waiters(WAITERS);
        }
        client_stop();
        for (size_t i = 0; i < WAITERS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(told[i].rv, CKR_CRYPTOKI_NOT_INITIALIZED);
        }
    }
}

static void
the_end_of_pcscd_is_a_change(void **state)
{
    (void)state;
    pthread_t thread;
    struct told told = {0};
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(client_slot(0), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_one, &told), 0);
    readers_await_waiters(1);
    readers_stop_service(true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(told.rv, CKR_OK);
    assert_int_equal(told.slot, 0);
    client_stop();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(changes_are_told_once, prepare),
        cmocka_unit_test_setup(readers_come_and_go, prepare),
        cmocka_unit_test_setup(arguments, prepare),
        cmocka_unit_test_setup(waits_for_the_next_change, prepare),
        cmocka_unit_test_setup(does_not_wait_for_what_came_before, prepare),
        cmocka_unit_test_setup(finalize_wakes_all_who_wait, prepare),
        cmocka_unit_test_setup(the_end_of_pcscd_is_a_change, prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
