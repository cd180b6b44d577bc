/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* C_SetPIN with both PINs: what the card gets, once, and what stays open. */
#include "../unit.h"
#include "client.h"

#include <stdio.h>
#include <string.h>

#define NEW_PIN "987654"

static enum readers_applet kinds[] = {READERS_1_7, READERS_1_8};
static CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;

static int
prepare(void **state)
{
    const enum readers_applet *kind = *state;
    list = client_list();
    (void)list->C_Finalize(NULL);
    if (!readers_reset() || !readers_insert(0, *kind, NULL)) {
        return -1;
    }
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(list->C_OpenSession(client_slot(0),
                                         CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                         NULL, NULL, &session),
                     CKR_OK);
    readers_forget();
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    client_stop();
    return 0;
}

static CK_RV
set_pin(const char *old_pin, const char *new_pin)
{
    char old_copy[32];
    char new_copy[32];
    (void)snprintf(old_copy, sizeof old_copy, "%s", old_pin);
    (void)snprintf(new_copy, sizeof new_copy, "%s", new_pin);
    return list->C_SetPIN(session, (unsigned char *)old_copy, strlen(old_pin),
                          (unsigned char *)new_copy, strlen(new_pin));
}

static CK_FLAGS
flags(void)
{
    CK_TOKEN_INFO info;
    assert_int_equal(list->C_GetTokenInfo(client_slot(0), &info), CKR_OK);
    return info.flags
           & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY
              | CKF_USER_PIN_LOCKED);
}

static void
changes_and_leaves_nothing_open(void **state)
{
    (void)state;
    assert_int_equal(set_pin(CLIENT_PIN, NEW_PIN), CKR_OK);
    assert_string_equal(readers_trace(), "24 E6");
    assert_false(readers_pin_open(0));
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                     CKR_PIN_INCORRECT);
    assert_int_equal(client_login(session, CKU_USER, NEW_PIN), CKR_OK);
    assert_int_equal(flags(), 0);
}

static void
login_of_the_user_stays(void **state)
{
    (void)state;
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    readers_forget();
    assert_int_equal(set_pin(CLIENT_PIN, NEW_PIN), CKR_OK);
    assert_int_equal(readers_count_ins(0xE6), 0);
    assert_true(readers_pin_open(0));
    /* But not for the signature key. */
    readers_strange_choice(0);
    assert_false(readers_strange_signature(0));
    assert_int_equal(list->C_Logout(session), CKR_OK);
    assert_false(readers_pin_open(0));
}

/* Each refusal costs one try and is never repeated. */
static void
wrong_old_pin(void **state)
{
    (void)state;
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    readers_forget();
    assert_int_equal(set_pin(CLIENT_WRONG, NEW_PIN), CKR_PIN_INCORRECT);
    assert_string_equal(readers_trace(), "24");
    assert_int_equal(readers_tries(0), 2);
    assert_int_equal(flags(), CKF_USER_PIN_COUNT_LOW);
    assert_int_equal(list->C_Logout(session), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(set_pin(CLIENT_WRONG, NEW_PIN), CKR_PIN_INCORRECT);
    assert_int_equal(flags(), CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
    assert_int_equal(set_pin(CLIENT_WRONG, NEW_PIN), CKR_PIN_LOCKED);
    assert_int_equal(flags(), CKF_USER_PIN_LOCKED);
    assert_int_equal(set_pin(CLIENT_PIN, NEW_PIN), CKR_PIN_LOCKED);
    assert_int_equal(readers_resets(), 0);
}

/* What the card cannot take is not sent. */
static void
malformed_pins(void **state)
{
    (void)state;
    static const struct {
        const char *old_pin;
        const char *new_pin;
        CK_RV rv;
    } cases[] = {
        {"123", NEW_PIN, CKR_PIN_LEN_RANGE},
        {"1234567890123", NEW_PIN, CKR_PIN_LEN_RANGE},
        {CLIENT_PIN, "123", CKR_PIN_LEN_RANGE},
        {CLIENT_PIN, "1234567890123", CKR_PIN_LEN_RANGE},
        {CLIENT_PIN, "", CKR_PIN_LEN_RANGE},
        {"12a4", NEW_PIN, CKR_PIN_INVALID},
        {CLIENT_PIN, "98765x", CKR_PIN_INVALID},
    };
    unsigned char pin[] = "1234";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(set_pin(cases[i].old_pin, cases[i].new_pin),
                         cases[i].rv);
    }
    assert_int_equal(list->C_SetPIN(session, pin, 4, NULL, 0),
                     CKR_ARGUMENTS_BAD);
    assert_int_equal(list->C_SetPIN(session, NULL, 0, pin, 4),
                     CKR_ARGUMENTS_BAD);
    session = client_session();
    assert_int_equal(set_pin(CLIENT_PIN, NEW_PIN), CKR_SESSION_READ_ONLY);
    assert_int_equal(readers_count(), 0);
}

/* The card refuses the new PIN after it took the old one (facts §5.3). */
static void
new_pin_that_the_card_refuses(void **state)
{
    (void)state;
    static const uint8_t wrong_data[] = {0x6A, 0x80};
    readers_answer(1, beid_span_of(wrong_data, sizeof wrong_data));
    assert_int_equal(set_pin(CLIENT_PIN, NEW_PIN), CKR_PIN_INVALID);
    assert_string_equal(readers_trace(), "24 E6");
}

/* An answer that is lost is no reason to send it again. */
static void
lost_answer(void **state)
{
    (void)state;
    readers_fail(1, BEID_ERR_READER);
    assert_int_equal(set_pin(CLIENT_PIN, NEW_PIN), CKR_DEVICE_ERROR);
    assert_int_equal(readers_count_ins(0x24), 1);
    assert_false(readers_pin_open(0));
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on kinds[" #n "]", .test_func = (test),                \
        .setup_func = prepare, .teardown_func = finish,                        \
        .initial_state = &kinds[(n)]                                           \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(changes_and_leaves_nothing_open),
        BOTH(login_of_the_user_stays),
        BOTH(wrong_old_pin),
        BOTH(malformed_pins),
        BOTH(new_pin_that_the_card_refuses),
        BOTH(lost_answer),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
