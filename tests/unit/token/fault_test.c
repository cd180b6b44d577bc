/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Cards that leave, fall silent, are reset or swapped, at every command; and
 * the PIN right never stays open.
 */
#include "../unit.h"
#include "client.h"

#include <string.h>

#define AGENT "transaction=sign objects=auth slot-state=yes"

struct applet {
    enum readers_applet kind;
    CK_MECHANISM_TYPE plain;
};

static struct applet applets[] = {
    {READERS_1_7, CKM_RSA_PKCS},
    {READERS_1_8, CKM_ECDSA},
};

static int
prepare(void **state)
{
    const struct applet *applet = *state;
    /* What a failed test before this one left. */
    (void)client_list()->C_Finalize(NULL);
    bool ready = readers_reset() && readers_insert(0, applet->kind, NULL);
    return ready ? 0 : -1;
}

static CK_RV
sign(CK_SESSION_HANDLE session)
{
    unsigned char hash[32];
    unsigned char signature[256];
    CK_ULONG len = sizeof signature;
    memset(hash, 0x11, sizeof hash);
    return client_list()->C_Sign(session, hash, sizeof hash, signature, &len);
}

/* One authentication until it first fails; everything is closed at the end. */
static CK_RV
try_once(const struct applet *applet)
{
    CK_FUNCTION_LIST *list = client_list();
    CK_TOKEN_INFO info;
    CK_SESSION_HANDLE session = 0;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG count = 0;
    CK_SLOT_ID slot = client_slot(0);
    CK_RV rv = list->C_GetTokenInfo(slot, &info);
    if (rv == CKR_OK) {
        rv =
            list->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    }
    if (rv == CKR_OK) {
        rv = list->C_FindObjectsInit(session, &wanted, 1);
    }
    if (rv == CKR_OK) {
        rv = list->C_FindObjects(session, &key, 1, &count);
    }
    if (rv == CKR_OK) {
        rv = list->C_FindObjectsFinal(session);
    }
    if (rv == CKR_OK) {
        rv = client_sign_init(session, applet->plain, key);
    }
    if (rv == CKR_OK) {
        rv = client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN);
    }
    if (rv == CKR_OK) {
        rv = sign(session);
    }
    assert_int_equal(list->C_CloseAllSessions(slot), CKR_OK);
    assert_int_equal(readers_transactions(), 0);
    return rv;
}

/* How many commands one authentication takes. */
static size_t
commands(const struct applet *applet)
{
    assert_int_equal(client_start(AGENT), CKR_OK);
    readers_forget();
    assert_int_equal(try_once(applet), CKR_OK);
    size_t count = readers_count();
    client_stop();
    return count;
}

static void
card_removed_at_every_command(void **state)
{
    const struct applet *applet = *state;
    size_t count = commands(applet);
    for (size_t k = 1; k <= count; k++) {
        assert_int_equal(client_start(AGENT), CKR_OK);
        readers_remove_at(k);
        CK_RV rv = try_once(applet);
        /* LOG OFF comes after the signature; its failure costs nothing. */
        if (k == count) {
            assert_int_equal(rv, CKR_OK);
        } else {
            assert_true(rv == CKR_DEVICE_REMOVED
                        || rv == CKR_TOKEN_NOT_PRESENT);
        }
        readers_put_back(0);
        assert_int_equal(try_once(applet), CKR_OK);
        assert_int_equal(readers_tries(0), 3);
        client_stop();
    }
}

static void
reader_fails_at_every_command(void **state)
{
    static const enum beid_err errors[] = {BEID_ERR_READER, BEID_ERR_NO_SERVICE,
                                           BEID_ERR_CARD_RESET,
                                           BEID_ERR_CARD_MUTE};
    const struct applet *applet = *state;
    size_t count = commands(applet);
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        for (size_t k = 1; k <= count; k++) {
            assert_int_equal(client_start(AGENT), CKR_OK);
            readers_fail(k, errors[e]);
            (void)try_once(applet);
            readers_fail(0, BEID_OK);
            assert_false(readers_pin_open(0));
            assert_int_equal(try_once(applet), CKR_OK);
            assert_int_equal(readers_tries(0), 3);
            client_stop();
        }
    }
}

static void
hostile_answer_at_every_command(void **state)
{
    static const uint8_t empty_answer[] = {0x00};
    static const uint8_t more[] = {0x61, 0x00};
    static const uint8_t wrong_le[] = {0x6C, 0x01};
    static const uint8_t nothing[] = {0x90, 0x00};
    static const uint8_t broken[] = {0x6F, 0x00};
    uint8_t much[258];
    memset(much, 0x30, sizeof much);
    much[256] = 0x90;
    much[257] = 0x00;
    const struct beid_span answers[] = {
        beid_span_of(empty_answer, 0),
        beid_span_of(empty_answer, 1),
        beid_span_of(more, sizeof more),
        beid_span_of(wrong_le, sizeof wrong_le),
        beid_span_of(nothing, sizeof nothing),
        beid_span_of(broken, sizeof broken),
        beid_span_of(much, sizeof much),
    };
    const struct applet *applet = *state;
    size_t count = commands(applet);
    for (size_t a = 0; a < sizeof answers / sizeof *answers; a++) {
        for (size_t k = 1; k <= count; k++) {
            assert_int_equal(client_start(AGENT), CKR_OK);
            readers_answer(k, answers[a]);
            (void)try_once(applet);
            readers_fail(0, BEID_OK);
            /* Of a card that only says that it logged off we cannot know. */
            bool lied = k == count && answers[a].len >= 2
                        && answers[a].ptr[answers[a].len - 2] == 0x90;
            assert_true(lied || !readers_pin_open(0));
            assert_int_equal(try_once(applet), CKR_OK);
            client_stop();
        }
    }
}

/* The session after SignInit, ready for a context login. */
static CK_SESSION_HANDLE
ready_to_log_in(const struct applet *applet)
{
    CK_SESSION_HANDLE session = client_session();
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_not_equal(key, 0);
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    readers_forget();
    return session;
}

static void
another_card_is_never_asked_for_the_pin(void **state)
{
    const struct applet *applet = *state;
    assert_true(readers_insert(1, applet->kind, "other"));
    for (int way = 0; way < 3; way++) {
        assert_int_equal(client_start(AGENT), CKR_OK);
        CK_SESSION_HANDLE session = ready_to_log_in(applet);
        if (way == 0) {
            readers_swap(0, 1);
        } else {
            readers_swap_unseen(0, 1, way == 1);
        }
        assert_int_equal(
            client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
            CKR_DEVICE_REMOVED);
        assert_int_equal(readers_count_ins(0x20), 0);
        assert_int_equal(sign(session), CKR_DEVICE_REMOVED);
        client_stop();
    }
}

static void
failed_log_off_resets_the_card(void **state)
{
    static const uint8_t refused[] = {0x6F, 0x00};
    const struct applet *applet = *state;
    assert_int_equal(client_start(AGENT), CKR_OK);
    CK_SESSION_HANDLE session = ready_to_log_in(applet);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OK);
    assert_true(readers_pin_open(0));
    readers_answer(3, beid_span_of(refused, sizeof refused));
    assert_int_equal(sign(session), CKR_OK);
    assert_int_equal(readers_resets(), 1);
    assert_false(readers_pin_open(0));
    /* Our own handle goes on after our own reset. */
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OK);
    assert_int_equal(sign(session), CKR_OK);
    client_stop();
}

enum way_out {
    OUT_CLOSE,
    OUT_CLOSE_ALL,
    OUT_FINALIZE,
    OUT_BAD_CALL,
    OUT_ENDS
};

static void
every_way_out_logs_off(void **state)
{
    const struct applet *applet = *state;
    for (int way = OUT_CLOSE; way < OUT_ENDS; way++) {
        assert_int_equal(client_start(AGENT), CKR_OK);
        CK_SESSION_HANDLE session = ready_to_log_in(applet);
        assert_int_equal(
            client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN), CKR_OK);
        if (way == OUT_CLOSE) {
            assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
        } else if (way == OUT_CLOSE_ALL) {
            assert_int_equal(client_list()->C_CloseAllSessions(client_slot(0)),
                             CKR_OK);
        } else if (way == OUT_BAD_CALL) {
            assert_int_equal(
                client_list()->C_Sign(session, NULL, 20, NULL, NULL),
                CKR_ARGUMENTS_BAD);
        }
        if (way != OUT_FINALIZE) {
            assert_false(readers_pin_open(0));
            assert_int_equal(readers_transactions(), 0);
        }
        client_stop();
        assert_int_equal(readers_count_ins(0xE6), 1);
        assert_false(readers_pin_open(0));
    }
}

static void
failed_context_login_ends_the_signature(void **state)
{
    static const char *const pins[] = {"", "123", "1234567890123", "12a4"};
    static const CK_RV expected[] = {CKR_PIN_LEN_RANGE, CKR_PIN_LEN_RANGE,
                                     CKR_PIN_LEN_RANGE, CKR_PIN_INVALID};
    const struct applet *applet = *state;
    assert_int_equal(client_start(AGENT), CKR_OK);
    CK_SESSION_HANDLE session = ready_to_log_in(applet);
    assert_int_equal(sign(session), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(sign(session), CKR_OPERATION_NOT_INITIALIZED);
    for (size_t i = 0; i < 4; i++) {
        CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
        assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
        assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, pins[i]),
                         expected[i]);
        assert_int_equal(readers_count_ins(0x20), 0);
        assert_int_equal(sign(session), CKR_OPERATION_NOT_INITIALIZED);
        assert_int_equal(readers_transactions(), 0);
    }
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    assert_int_equal(
        client_list()->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0),
        CKR_ARGUMENTS_BAD);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                     CKR_USER_TYPE_INVALID);
    assert_int_equal(client_login(session, CKU_SO, CLIENT_PIN),
                     CKR_USER_TYPE_INVALID);
    client_stop();
}

static CK_FLAGS
pin_flags(void)
{
    CK_TOKEN_INFO info;
    assert_int_equal(client_list()->C_GetTokenInfo(client_slot(0), &info),
                     CKR_OK);
    return info.flags
           & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY
              | CKF_USER_PIN_LOCKED);
}

static void
tries_show_in_the_flags(void **state)
{
    static const CK_RV answers[] = {CKR_PIN_INCORRECT, CKR_PIN_INCORRECT,
                                    CKR_PIN_LOCKED, CKR_PIN_LOCKED};
    static const CK_FLAGS flags[] = {
        CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
        CKF_USER_PIN_LOCKED, CKF_USER_PIN_LOCKED};
    const struct applet *applet = *state;
    assert_int_equal(client_start(AGENT), CKR_OK);
    assert_int_equal(pin_flags(), 0);
    CK_SESSION_HANDLE session = client_session();
    for (size_t i = 0; i < 4; i++) {
        CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
        assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
        assert_int_equal(
            client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_WRONG),
            answers[i]);
        readers_forget();
        assert_int_equal(pin_flags(), flags[i]);
        /* Known from the answer to VERIFY: the card is not asked again. */
        assert_int_equal(readers_count(), 0);
    }
    client_stop();
    assert_int_equal(client_start(AGENT), CKR_OK);
    assert_int_equal(pin_flags(), CKF_USER_PIN_LOCKED);
    client_stop();
}

/* A stranger's reset: reading goes on, the login is known to be lost. */
static void
reset_by_another_program(void **state)
{
    const struct applet *applet = *state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    readers_strange_reset(0);
    assert_int_equal(sign(session), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    assert_int_equal(sign(session), CKR_OK);
    client_stop();
    assert_false(readers_pin_open(0));
}

static void
removed_card_closes_its_sessions(void **state)
{
    const struct applet *applet = *state;
    CK_SESSION_INFO info;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_list()->C_GetSessionInfo(session, &info), CKR_OK);
    readers_remove(0);
    assert_int_equal(client_list()->C_GetSessionInfo(session, &info),
                     CKR_DEVICE_REMOVED);
    assert_true(readers_insert(0, applet->kind, NULL));
    assert_int_equal(client_list()->C_GetSessionInfo(session, &info),
                     CKR_DEVICE_REMOVED);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                     CKR_DEVICE_REMOVED);
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    assert_int_equal(client_list()->C_CloseSession(session),
                     CKR_SESSION_HANDLE_INVALID);
    client_stop();
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on applets[" #n "]", .test_func = (test),              \
        .setup_func = prepare, .initial_state = &applets[(n)]                  \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(card_removed_at_every_command),
        BOTH(reader_fails_at_every_command),
        BOTH(hostile_answer_at_every_command),
        BOTH(another_card_is_never_asked_for_the_pin),
        BOTH(failed_log_off_resets_the_card),
        BOTH(every_way_out_logs_off),
        BOTH(failed_context_login_ends_the_signature),
        BOTH(tries_show_in_the_flags),
        BOTH(reset_by_another_program),
        BOTH(removed_card_closes_its_sessions),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
