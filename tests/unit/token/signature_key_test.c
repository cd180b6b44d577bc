/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The signature key: each signature takes a VERIFY of its own right before it,
 * and no way out leaves that right, or one that nobody has, on the card
 * (facts §4.4).
 */
#include "../unit.h"
#include "client.h"

#include <string.h>

#define ID 0x03
#define FILE_ID 0x5039

struct applet {
    enum readers_applet kind;
    CK_MECHANISM_TYPE plain;
    CK_MECHANISM_TYPE hashing;
};

static struct applet applets[] = {
    {READERS_1_7, CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS},
    {READERS_1_8, CKM_ECDSA, CKM_ECDSA_SHA384},
};

static unsigned char hash[48] = {0x5A, 1, 2, 3};
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static int
prepare(void **state)
{
    const struct applet *applet = *state;
    (void)client_list()->C_Finalize(NULL);
    return readers_reset() && readers_insert(0, applet->kind, NULL) ? 0 : -1;
}

/* A client as they usually are: one login, then the key is found. */
static void
log_in(void)
{
    assert_int_equal(client_start(NULL), CKR_OK);
    session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    key = client_find_id(session, CKO_PRIVATE_KEY, ID);
    assert_int_not_equal(key, 0);
}

static CK_RV
context(const char *pin)
{
    return client_login(session, CKU_CONTEXT_SPECIFIC, pin);
}

static CK_RV
sign(const struct applet *applet)
{
    unsigned char out[256];
    CK_ULONG len = sizeof out;
    CK_RV rv = client_list()->C_Sign(session, hash, sizeof hash, out, &len);
    if (rv == CKR_OK) {
        assert_true(client_verify(readers_file(0, FILE_ID), applet->plain,
                                  beid_span_of(hash, sizeof hash),
                                  beid_span_of(out, len)));
    }
    return rv;
}

/* Signs with the authentication key, and with no new login. */
static CK_RV
sign_with_other(const struct applet *applet)
{
    unsigned char out[256];
    CK_ULONG len = sizeof out;
    CK_OBJECT_HANDLE other = client_find(session, CKO_PRIVATE_KEY);
    CK_RV rv = client_sign_init(session, applet->plain, other);
    return rv == CKR_OK
               ? client_list()->C_Sign(session, hash, sizeof hash, out, &len)
               : rv;
}

static CK_RV
init(const struct applet *applet)
{
    return client_sign_init(session, applet->plain, key);
}

/* Could a stranger sign now, if he had chosen the key before? */
static bool
stranger_signs(const struct applet *applet)
{
    if (applet->kind == READERS_1_8) {
        readers_strange_choice(0);
    }
    return readers_strange_signature(0);
}

/*
 * A login for the authentication key uses up what it allows this one: by the
 * read that comes next anyway, or when that is done or fails, for its own sake.
 */
static void
login_is_not_for_this_key(void **state)
{
    const struct applet *applet = *state;
    static const uint8_t absent[] = {0x6A, 0x82};
    bool rsa = applet->kind == READERS_1_7;
    const char *const traces[] = {
        "20 A4 B0",
        rsa ? "20 A4 A4" : "20 A4 A4 A4",
        rsa ? "20 A4" : "20 A4 A4",
    };
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        assert_int_equal(client_start(NULL), CKR_OK);
        session = client_session();
        if (i == 1) {
            /* An answer of nobody: the card has not seen the command. */
            readers_answer(2, beid_span_of(absent, sizeof absent));
        } else if (i == 2) {
            assert_int_not_equal(client_find(session, CKO_CERTIFICATE), 0);
        }
        readers_forget();
        assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
        assert_string_equal(readers_trace(), traces[i]);
        assert_false(stranger_signs(applet));
        if (i != 1) {
            assert_int_equal(sign_with_other(applet), CKR_OK);
        }
        client_stop();
    }
}

static void
each_signature_takes_its_own_login(void **state)
{
    const struct applet *applet = *state;
    log_in();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(init(applet), CKR_OK);
        readers_forget();
        assert_int_equal(context(CLIENT_PIN), CKR_OK);
        assert_int_equal(readers_transactions(), 1);
        assert_string_equal(readers_trace(), "A4 22 20");
        assert_int_equal(sign(applet), CKR_OK);
        assert_int_equal(readers_transactions(), 0);
        assert_string_equal(readers_trace(), "A4 22 20 2A C0");
        assert_false(stranger_signs(applet));
        /* The login of the user is what it was. */
        assert_int_equal(sign_with_other(applet), CKR_OK);
    }
    /* Nothing carries over to the next one. */
    assert_int_equal(init(applet), CKR_OK);
    readers_forget();
    assert_int_equal(sign(applet), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(readers_count(), 0);
    client_stop();
}

static void
in_parts(void **state)
{
    const struct applet *applet = *state;
    unsigned char out[256];
    CK_ULONG len = sizeof out;
    log_in();
    assert_int_equal(client_sign_init(session, applet->hashing, key), CKR_OK);
    assert_int_equal(client_list()->C_SignUpdate(session, hash, 20), CKR_OK);
    assert_int_equal(context(CLIENT_PIN), CKR_OK);
    assert_int_equal(client_list()->C_SignUpdate(session, hash + 20, 28),
                     CKR_OK);
    assert_int_equal(client_list()->C_SignFinal(session, NULL, &len), CKR_OK);
    assert_int_equal(readers_transactions(), 1);
    assert_int_equal(client_list()->C_SignFinal(session, out, &len), CKR_OK);
    assert_true(client_verify(readers_file(0, FILE_ID), applet->hashing,
                              beid_span_of(hash, sizeof hash),
                              beid_span_of(out, len)));
    assert_int_equal(readers_transactions(), 0);
    client_stop();
}

/* A user's login is for the other key only, whoever had chosen this one. */
static void
login_of_the_user_does_not_sign(void **state)
{
    const struct applet *applet = *state;
    assert_int_equal(client_start(NULL), CKR_OK);
    session = client_session();
    readers_strange_choice(0);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_false(readers_strange_signature(0));
    assert_true(readers_pin_open(0));
    assert_int_equal(sign_with_other(applet), CKR_OK);
    client_stop();
    assert_false(readers_pin_open(0));
}

/* The ways a context login ends without a signature. */
static void
unused_login_signs_for_nobody(void **state)
{
    const struct applet *applet = *state;
    for (int way = 0; way < 4; way++) {
        CK_ULONG len = 256;
        unsigned char out[256];
        CK_SESSION_HANDLE second = 0;
        log_in();
        second = client_session();
        assert_int_equal(init(applet), CKR_OK);
        assert_int_equal(context(CLIENT_PIN), CKR_OK);
        switch (way) {
        case 0:
            assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
            break;
        case 1: /* a failure ends the operation */
            assert_int_equal(client_list()->C_Sign(session, NULL, 5, out, &len),
                             CKR_ARGUMENTS_BAD);
            break;
        case 2: /* what the card cannot sign */
            assert_int_equal(client_list()->C_Sign(session, out, 0, out, &len),
                             CKR_DATA_LEN_RANGE);
            break;
        default:
            assert_int_equal(client_list()->C_Logout(second), CKR_OK);
            break;
        }
        assert_int_equal(readers_transactions(), 0);
        assert_false(stranger_signs(applet));
        if (way < 3) {
            session = second;
            assert_int_equal(sign_with_other(applet), CKR_OK);
        } else {
            assert_false(readers_pin_open(0));
        }
        assert_int_equal(readers_resets(), 0);
        client_stop();
        assert_false(readers_pin_open(0));
    }
}

/* The operation stays, but the card has forgotten the user's login as well. */
static void
wrong_pin_ends_the_login_but_not_the_signature(void **state)
{
    const struct applet *applet = *state;
    log_in();
    assert_int_equal(init(applet), CKR_OK);
    assert_int_equal(context(CLIENT_WRONG), CKR_PIN_INCORRECT);
    assert_int_equal(readers_transactions(), 0);
    assert_int_equal(readers_tries(0), 2);
    assert_false(readers_pin_open(0));
    assert_int_equal(context("12"), CKR_PIN_LEN_RANGE);
    assert_int_equal(context("12a4"), CKR_PIN_INVALID);
    assert_int_equal(readers_tries(0), 2);
    assert_int_equal(context(CLIENT_PIN), CKR_OK);
    assert_int_equal(sign(applet), CKR_OK);
    /* Nobody is logged in, so nothing stays. */
    assert_false(readers_pin_open(0));
    assert_int_equal(client_list()->C_Logout(session), CKR_USER_NOT_LOGGED_IN);
    client_stop();
}

/* A PIN that never reached the card changes nothing. */
static void
malformed_pin_changes_nothing(void **state)
{
    const struct applet *applet = *state;
    log_in();
    assert_int_equal(init(applet), CKR_OK);
    assert_int_equal(context("123"), CKR_PIN_LEN_RANGE);
    assert_int_equal(context("abcd"), CKR_PIN_INVALID);
    assert_int_equal(sign(applet), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(sign_with_other(applet), CKR_OK);
    assert_int_equal(readers_tries(0), 3);
    client_stop();
}

static void
order_of_calls(void **state)
{
    const struct applet *applet = *state;
    log_in();
    assert_int_equal(context(CLIENT_PIN), CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(init(applet), CKR_OK);
    assert_int_equal(
        client_list()->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0),
        CKR_ARGUMENTS_BAD);
    assert_int_equal(context(CLIENT_PIN), CKR_OK);
    assert_int_equal(context(CLIENT_PIN), CKR_USER_ALREADY_LOGGED_IN);
    assert_int_equal(sign(applet), CKR_OK);
    assert_int_equal(context(CLIENT_PIN), CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(client_list()->C_Logout(session), CKR_OK);
    assert_int_equal(client_find_id(session, CKO_PRIVATE_KEY, ID), 0);
    client_stop();
}

/* The agent's way, without C_Login(CKU_USER) (design §5). */
static void
transaction_for_this_key(void **state)
{
    const struct applet *applet = *state;
    assert_int_equal(client_start("transaction=sign objects=sign"), CKR_OK);
    session = client_session();
    key = client_find_id(session, CKO_PRIVATE_KEY, ID);
    assert_int_equal(client_find(session, CKO_PRIVATE_KEY), 0);
    assert_int_equal(init(applet), CKR_OK);
    readers_forget();
    assert_int_equal(context(CLIENT_PIN), CKR_OK);
    assert_int_equal(sign(applet), CKR_OK);
    assert_string_equal(readers_trace(), "E4 A4 22 20 2A C0 E6");
    assert_false(readers_pin_open(0));
    assert_int_equal(readers_transactions(), 0);
    assert_int_equal(init(applet), CKR_OK);
    assert_int_equal(context(CLIENT_WRONG), CKR_PIN_INCORRECT);
    assert_int_equal(sign(applet), CKR_OPERATION_NOT_INITIALIZED);
    client_stop();
}

static void
no_certificate_no_key(void **state)
{
    const struct applet *applet = *state;
    assert_true(readers_insert(0, applet->kind, "no-signature"));
    assert_int_equal(client_start("transaction=sign"), CKR_OK);
    session = client_session();
    assert_int_equal(client_find_id(session, CKO_PRIVATE_KEY, ID), 0);
    assert_int_equal(client_find_id(session, CKO_CERTIFICATE, ID), 0);
    assert_int_not_equal(client_find(session, CKO_PRIVATE_KEY), 0);
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
        BOTH(login_is_not_for_this_key),
        BOTH(each_signature_takes_its_own_login),
        BOTH(in_parts),
        BOTH(login_of_the_user_does_not_sign),
        BOTH(unused_login_signs_for_nobody),
        BOTH(wrong_pin_ends_the_login_but_not_the_signature),
        BOTH(malformed_pin_changes_nothing),
        BOTH(order_of_calls),
        BOTH(transaction_for_this_key),
        BOTH(no_certificate_no_key),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
