/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* When there is no place for another reader: whose slot becomes its own. */
#include "../unit.h"
#include "client.h"

#include <pthread.h>
#include <string.h>

static CK_FUNCTION_LIST *list;

static int
prepare(void **state)
{
    (void)state;
    list = client_list();
    (void)list->C_Finalize(NULL);
    if (!readers_reset() || !readers_insert(0, READERS_1_8, NULL)) {
        return -1;
    }
    readers_attach(READERS_MAX);
    return 0;
}

static CK_ULONG
count_slots(void)
{
    CK_ULONG count = 0;
    assert_int_equal(list->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    return count;
}

static void
expect_name(CK_SLOT_ID slot, const char *name)
{
    CK_SLOT_INFO info;
    assert_int_equal(list->C_GetSlotInfo(slot, &info), CKR_OK);
    assert_memory_equal(info.slotDescription, name, strlen(name));
}

static CK_RV
ask(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    return list->C_GetSessionInfo(session, &info);
}

/* It was away when all readers were looked at, and is not any more. */
static void
reader_that_came_back_keeps_its_slot(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(count_slots(), READERS_MAX);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    readers_come_late(true);
    readers_attach(READERS_MAX + 1);
    assert_int_equal(count_slots(), READERS_MAX - 1);
    assert_int_equal(ask(session), CKR_OK);
    assert_true(readers_pin_open(0));
    readers_come_late(false);
    readers_attach(READERS_MAX);
    assert_int_equal(count_slots(), READERS_MAX);
    expect_name(0, "Reader 00 ");
    assert_int_equal(list->C_Logout(session), CKR_OK);
    client_stop();
}

/*
 * Only as many slots as are needed change. The agent's session, which stands
 * for the card that a citizen was shown, keeps its slot until it is closed: the
 * next one there would be with another.
 */
static void
slot_waits_for_the_agents_session(void **state)
{
    (void)state;
    for (int agent = 0; agent < 2; agent++) {
        readers_rename(0);
        readers_attach(READERS_MAX);
        assert_int_equal(client_start(agent ? "transaction=sign" : NULL),
                         CKR_OK);
        assert_int_equal(count_slots(), READERS_MAX);
        CK_SESSION_HANDLE session = client_session();
        /* Reader 00 goes, Reader 32 comes. */
        readers_rename(1);
        assert_int_equal(count_slots(), READERS_MAX - (agent ? 1 : 0));
        expect_name(0, agent ? "Reader 00 " : "Reader 32 ");
        assert_int_equal(list->C_CloseSession(session),
                         agent ? CKR_OK : CKR_SESSION_HANDLE_INVALID);
        assert_int_equal(count_slots(), READERS_MAX);
        expect_name(0, "Reader 32 ");
        for (CK_SLOT_ID i = 1; i < READERS_MAX; i++) {
            char name[] = "Reader 00 ";
            name[7] = (char)('0' + i / 10);
            name[8] = (char)('0' + i % 10);
            expect_name(i, name);
        }
        client_stop();
    }
}

static void *
look(void *out)
{
    CK_ULONG *count = out;
    (void)list->C_GetSlotList(CK_FALSE, NULL, count);
    return NULL;
}

/* A slot has its old reader's name or its new one's, whenever it is asked. */
static void
slot_is_never_without_a_name(void **state)
{
    (void)state;
    pthread_t thread;
    CK_ULONG count = 0;
    CK_SLOT_ID changed = 99;
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(count_slots(), READERS_MAX);
    readers_rename(1);
    readers_pause_scan_after(1);
    assert_int_equal(pthread_create(&thread, NULL, look, &count), 0);
    readers_await_scan();
    expect_name(0, "Reader 32 ");
    readers_pause_scan(false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(count, READERS_MAX);
    assert_int_equal(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &changed, NULL),
                     CKR_OK);
    assert_int_equal(changed, 0);
    client_stop();
}

static void *
look_often(void *unused)
{
    CK_ULONG count = 0;
    for (size_t first = 0; first < 60; first++) {
        readers_rename(first);
        (void)look(&count);
    }
    return unused;
}

/* And it changes with its lock held, which ThreadSanitizer sees. */
static void
slot_is_renamed_by_one_thread_at_a_time(void **state)
{
    (void)state;
    pthread_t threads[2];
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(count_slots(), READERS_MAX);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, look_often, NULL),
                         0);
    }
    for (int round = 0; round < 20; round++) {
        for (CK_SLOT_ID i = 0; i < READERS_MAX; i++) {
            expect_name(i, "Reader ");
        }
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    readers_rename(200);
    assert_int_equal(count_slots(), READERS_MAX);
    /* No reader has two. */
    bool seen[READERS_MAX] = {false};
    for (CK_SLOT_ID i = 0; i < READERS_MAX; i++) {
        CK_SLOT_INFO info;
        assert_int_equal(list->C_GetSlotInfo(i, &info), CKR_OK);
        size_t n = (size_t)(info.slotDescription[8] - '0') * 10
                   + (size_t)(info.slotDescription[9] - '0');
        assert_true(n < READERS_MAX && !seen[n]);
        seen[n] = true;
    }
    client_stop();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reader_that_came_back_keeps_its_slot, prepare),
        cmocka_unit_test_setup(slot_waits_for_the_agents_session, prepare),
        cmocka_unit_test_setup(slot_is_never_without_a_name, prepare),
        cmocka_unit_test_setup(slot_is_renamed_by_one_thread_at_a_time,
                               prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
