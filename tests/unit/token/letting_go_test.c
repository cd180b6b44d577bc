/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What goes wrong beside the commands: transactions that do not begin or do
 * not end, a card that leaves while its reader is asked for keys, readers that
 * leave with their card, keys that nobody presses or asks for in vain.
 */
#include "../unit.h"
#include "client.h"

#include <pthread.h>
#include <string.h>

static enum readers_applet kinds[] = {READERS_1_7, READERS_1_8};
static CK_FUNCTION_LIST *list;

static int
prepare(void **state)
{
    const enum readers_applet *kind = *state;
    list = client_list();
    (void)list->C_Finalize(NULL);
    return readers_reset() && readers_insert(0, *kind, NULL) ? 0 : -1;
}

static CK_MECHANISM_TYPE
plain(void)
{
    return client_is_rsa() ? CKM_RSA_PKCS : CKM_ECDSA;
}

static CK_RV
sign(CK_SESSION_HANDLE session)
{
    unsigned char hash[32];
    unsigned char signature[256];
    CK_ULONG len = sizeof signature;
    memset(hash, 0x11, sizeof hash);
    return list->C_Sign(session, hash, sizeof hash, signature, &len);
}

/* A session that is logged in, and the authentication key. */
static CK_SESSION_HANDLE
logged_in(CK_OBJECT_HANDLE *key)
{
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    *key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_not_equal(*key, 0);
    return session;
}

static CK_STATE
state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    assert_int_equal(list->C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

/* The first call after a stranger's reset fails on its own account: the second
 * one must know of the reset all the same. */
static void
reset_is_not_forgotten_by_a_failure(void **state)
{
    CK_OBJECT_HANDLE key = 0;
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = logged_in(&key);
    assert_int_equal(client_sign_init(session, plain(), key), CKR_OK);
    readers_strange_reset(0);
    readers_fail_begin(BEID_ERR_READER);
    assert_int_equal(sign(session), CKR_DEVICE_ERROR);
    assert_int_equal(state_of(session), CKS_RO_PUBLIC_SESSION);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    client_stop();
}

/* And recognise the card again before anything else. */
static void
swap_is_not_forgotten_by_a_failure(void **state)
{
    const enum readers_applet *kind = *state;
    CK_OBJECT_HANDLE key = 0;
    assert_true(readers_insert(1, *kind, "other"));
    for (int way = 0; way < 2; way++) {
        assert_int_equal(client_start(NULL), CKR_OK);
        CK_SESSION_HANDLE session = logged_in(&key);
        assert_int_equal(client_sign_init(session, plain(), key), CKR_OK);
        readers_swap_unseen(0, 1, true);
        if (way == 0) {
            readers_fail_begin(BEID_ERR_READER);
        } else {
            readers_fail(1, BEID_ERR_READER);
        }
        assert_int_equal(sign(session), CKR_DEVICE_ERROR);
        readers_forget();
        assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                         CKR_DEVICE_REMOVED);
        assert_int_equal(readers_count_ins(0x20), 0);
        client_stop();
    }
}

/* A card that falls silent may speak again to the next program. */
static void
silent_card_keeps_no_right(void **state)
{
    CK_OBJECT_HANDLE key = 0;
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = logged_in(&key);
    assert_true(readers_pin_open(0));
    assert_int_equal(client_sign_init(session, plain(), key), CKR_OK);
    readers_fail(1, BEID_ERR_CARD_MUTE);
    assert_int_equal(sign(session), CKR_DEVICE_ERROR);
    assert_false(readers_pin_open(0));
    assert_int_equal(state_of(client_session()), CKS_RO_PUBLIC_SESSION);
    client_stop();
}

/* A transaction that does not end would keep all others from the card. */
static void
transaction_always_ends(void **state)
{
    CK_OBJECT_HANDLE key = 0;
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = logged_in(&key);
    assert_int_equal(client_sign_init(session, plain(), key), CKR_OK);
    readers_fail_end(BEID_ERR_IO);
    assert_int_equal(sign(session), CKR_DEVICE_ERROR);
    assert_int_equal(readers_transactions(), 0);
    assert_false(readers_pin_open(0));
    assert_int_equal(sign(session), CKR_DEVICE_REMOVED);
    session = logged_in(&key);
    assert_int_equal(client_sign_init(session, plain(), key), CKR_OK);
    assert_int_equal(sign(session), CKR_OK);
    client_stop();
}

/* No session is with the card that left while it was opened, nor later with
 * the next one. */
static void
session_needs_a_card(void **state)
{
    const enum readers_applet *kind = *state;
    CK_SESSION_HANDLE session = 0;
    readers_give_keys();
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    readers_remove_when_asked();
    CK_RV rv =
        list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    assert_true(rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT);
    assert_true(readers_insert(0, *kind, "other"));
    assert_int_not_equal(client_session(), 0);
    client_stop();
}

/* The serial number as the first half of what C_GetTokenInfo says. */
static void
serial_of(CK_SESSION_HANDLE session, unsigned char out[32])
{
    CK_OBJECT_HANDLE found = client_find(session, CKO_CERTIFICATE);
    CK_ATTRIBUTE asked = {CKA_SERIAL_NUMBER, out, 32};
    memset(out, 0, 32);
    assert_int_equal(list->C_GetAttributeValue(session, found, &asked, 1),
                     CKR_OK);
}

/* A reader is unplugged and comes back with another card in it, and nobody
 * looked meanwhile: the count of insertions is what it was. */
static void
reader_comes_back_with_another_card(void **state)
{
    const enum readers_applet *kind = *state;
    unsigned char first[32];
    unsigned char second[32];
    assert_true(readers_insert(1, *kind, "other"));
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE old = client_session();
    serial_of(old, first);
    readers_replug(0, 1);
    serial_of(client_session(), second);
    assert_memory_not_equal(first, second, sizeof first);
    assert_int_equal(client_login(old, CKU_USER, CLIENT_PIN),
                     CKR_DEVICE_REMOVED);
    client_stop();
}

/* An object that the card lacks is none, also by its number. */
static void
absent_object_has_no_handle(void **state)
{
    const enum readers_applet *kind = *state;
    CK_ULONG size = 0;
    CK_BBOOL token = CK_FALSE;
    CK_ATTRIBUTE asked = {CKA_TOKEN, &token, sizeof token};
    CK_OBJECT_HANDLE key = 0;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = logged_in(&key);
    CK_OBJECT_HANDLE other = client_find_id(session, CKO_PRIVATE_KEY, 0x03);
    assert_int_not_equal(other, 0);
    assert_true(readers_insert(0, *kind, "no-signature"));
    session = logged_in(&key);
    assert_int_equal(client_find_id(session, CKO_PRIVATE_KEY, 0x03), 0);
    assert_int_equal(list->C_GetAttributeValue(session, other, &asked, 1),
                     CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(list->C_GetObjectSize(session, other, &size),
                     CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(client_sign_init(session, plain(), other),
                     CKR_KEY_HANDLE_INVALID);
    client_stop();
}

/* The new PIN is on the card: a failure behind it is no failure of that, and
 * leaves no right open. */
static void
typed_new_pin_leaves_nothing_open(void **state)
{
    static const uint8_t refused[] = {0x6A, 0x82};
    CK_SESSION_HANDLE session = 0;
    (void)state;
    readers_give_keys();
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(list->C_OpenSession(client_slot(0),
                                         CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                         NULL, NULL, &session),
                     CKR_OK);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    readers_answer(1, beid_span_of(refused, sizeof refused));
    assert_int_equal(list->C_SetPIN(session, NULL, 0, NULL, 0), CKR_OK);
    assert_false(readers_pin_open(0));
    assert_int_equal(state_of(session), CKS_RW_PUBLIC_SESSION);
    assert_int_equal(client_login(session, CKU_USER, "4321"), CKR_OK);
    client_stop();
}

static void *
log_in_by_keys(void *arg)
{
    CK_RV *rv = arg;
    CK_SESSION_HANDLE session = client_session();
    *rv = list->C_Login(session, CKU_USER, NULL, 0);
    return NULL;
}

/* C_Finalize does not wait until the person gives up. */
static void
finalize_breaks_an_entry_off(void **state)
{
    pthread_t thread;
    CK_RV rv = CKR_OK;
    (void)state;
    readers_give_keys();
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(pthread_create(&thread, NULL, log_in_by_keys, &rv), 0);
    readers_await_entry();
    client_stop();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(rv, CKR_FUNCTION_CANCELED);
    assert_false(readers_pin_open(0));
}

/* A login without a PIN that does not even get to the reader's keys. */
static void
login_before_the_keys_are_known(void **state)
{
    (void)state;
    for (int agent = 0; agent < 2; agent++) {
        readers_give_keys();
        readers_make_deaf(true);
        assert_int_equal(client_start(agent ? "transaction=sign" : NULL),
                         CKR_OK);
        CK_SESSION_HANDLE session = client_session();
        if (!agent) {
            assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                             CKR_OK);
        }
        CK_OBJECT_HANDLE key = client_find_id(session, CKO_PRIVATE_KEY, 3);
        assert_int_equal(client_sign_init(session, plain(), key), CKR_OK);
        assert_int_equal(list->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0),
                         CKR_DEVICE_ERROR);
        assert_int_equal(readers_transactions(), 0);
        /* The agent's operation is over, any other goes on without login. */
        assert_int_equal(client_sign_init(session, plain(), key),
                         agent ? CKR_OK : CKR_OPERATION_ACTIVE);
        assert_int_equal(
            client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN), CKR_OK);
        assert_int_equal(sign(session), CKR_OK);
        client_stop();
        readers_make_deaf(false);
    }
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on kinds[" #n "]", .test_func = (test),                \
        .setup_func = prepare, .initial_state = &kinds[(n)]                    \
    }

/* Else the login would be with a card that the next look takes for another. */
static void
card_that_comes_at_the_connection(void **state)
{
    CK_SESSION_HANDLE session = 0;
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    readers_insert_at_connect();
    assert_int_equal(
        list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
        CKR_DEVICE_REMOVED);
    assert_int_equal(readers_open_cards(), 0);
    session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_int_not_equal(client_find(session, CKO_PRIVATE_KEY), 0);
    client_stop();
    assert_false(readers_pin_open(0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(reset_is_not_forgotten_by_a_failure),
        BOTH(swap_is_not_forgotten_by_a_failure),
        BOTH(silent_card_keeps_no_right),
        BOTH(transaction_always_ends),
        BOTH(session_needs_a_card),
        BOTH(reader_comes_back_with_another_card),
        BOTH(absent_object_has_no_handle),
        BOTH(typed_new_pin_leaves_nothing_open),
        BOTH(finalize_breaks_an_entry_off),
        BOTH(card_that_comes_at_the_connection),
        BOTH(login_before_the_keys_are_known),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
