/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rights that must not stay open, and cards that must not be held, when the
 * way to end a login is not the usual one. */
#include "../unit.h"
#include "client.h"

static int
prepare(void **state)
{
    (void)state;
    (void)client_list()->C_Finalize(NULL);
    return readers_reset() && readers_insert(0, READERS_1_8, NULL) ? 0 : -1;
}

static CK_SESSION_HANDLE
logged_in(void)
{
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_true(readers_pin_open(0));
    return session;
}

/* The transaction that was to carry LOG OFF is over as well. */
static void
logout_after_a_strangers_reset_lets_go(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        CK_SESSION_HANDLE session = logged_in();
        readers_strange_reset(0);
        assert_int_equal(way == 0 ? client_list()->C_Logout(session)
                                  : client_list()->C_CloseSession(session),
                         CKR_OK);
        assert_int_equal(readers_transactions(), 0);
        assert_false(readers_pin_open(0));
        client_stop();
    }
}

/* No transaction, so no LOG OFF: the card is reset when it is given up. */
static void
log_off_that_cannot_begin_resets_the_card(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        CK_SESSION_HANDLE session = logged_in();
        size_t resets = readers_resets();
        readers_fail_begin(BEID_ERR_READER);
        if (way == 0) {
            assert_int_equal(client_list()->C_Logout(session),
                             CKR_DEVICE_ERROR);
        } else if (way == 1) {
            assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
        } else {
            client_stop();
        }
        assert_int_equal(readers_resets(), resets + 1);
        assert_false(readers_pin_open(0));
        if (way < 2) {
            client_stop();
        }
    }
}

/* A connection of which pcscd knows nothing any more ends the login that came
 * through it, and no other: each slot has its own. */
static void
right_is_closed_with_the_service(void **state)
{
    (void)state;
    CK_SESSION_HANDLE other = 0;
    readers_attach(2);
    assert_true(readers_insert(1, READERS_1_8, "other"));
    CK_SESSION_HANDLE session = logged_in();
    assert_int_equal(client_list()->C_OpenSession(client_slot(1),
                                                  CKF_SERIAL_SESSION, NULL,
                                                  NULL, &other),
                     CKR_OK);
    readers_fail_begin(BEID_ERR_NO_SERVICE);
    assert_int_equal(client_login(other, CKU_USER, CLIENT_PIN),
                     CKR_DEVICE_ERROR);
    assert_true(readers_pin_open(0));
    readers_fail_begin(BEID_ERR_NO_SERVICE);
    assert_int_equal(client_list()->C_Logout(session), CKR_DEVICE_ERROR);
    assert_false(readers_pin_open(0));
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                     CKR_DEVICE_REMOVED);
    client_stop();
}

/*
 * libp11 opens a session of its own when the one it had is gone. For the agent
 * that one would be with a card that nobody was shown.
 */
static void
no_session_with_the_next_card_before_the_last_is_closed(void **state)
{
    (void)state;
    CK_SESSION_HANDLE next = 0;
    CK_FUNCTION_LIST *list = client_list();
    assert_true(readers_insert(1, READERS_1_8, "other"));
    for (int agent = 0; agent < 2; agent++) {
        assert_int_equal(client_start(agent ? "transaction=sign" : NULL),
                         CKR_OK);
        CK_SLOT_ID slot = client_slot(0);
        CK_SESSION_HANDLE shown = client_session();
        readers_swap(0, 1);
        assert_int_equal(
            list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &next),
            agent ? CKR_DEVICE_REMOVED : CKR_OK);
        assert_int_equal(list->C_CloseSession(shown), CKR_OK);
        assert_int_equal(
            list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &next),
            CKR_OK);
        client_stop();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(logout_after_a_strangers_reset_lets_go, prepare),
        cmocka_unit_test_setup(log_off_that_cannot_begin_resets_the_card,
                               prepare),
        cmocka_unit_test_setup(right_is_closed_with_the_service, prepare),
        cmocka_unit_test_setup(
            no_session_with_the_next_card_before_the_last_is_closed, prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
