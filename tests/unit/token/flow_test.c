/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What clients do with a card, on both applets, with the exact commands that
 * the card sees (design §5 and §7).
 */
#include "../unit.h"
#include "client.h"

#include <beid/slot_state.h>

#include <string.h>

struct applet {
    enum readers_applet kind;
    CK_MECHANISM_TYPE plain;
    CK_MECHANISM_TYPE hashing;
    CK_ULONG signature_len;
    CK_KEY_TYPE key_type;
};

static struct applet applets[] = {
    {READERS_1_7, CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS, 256, CKK_RSA},
    {READERS_1_8, CKM_ECDSA, CKM_ECDSA_SHA384, 96, CKK_EC},
};

#define AGENT "transaction=sign objects=auth slot-state=yes"

static int
prepare(void **state)
{
    const struct applet *applet = *state;
    /* What a failed test before this one left. */
    (void)client_list()->C_Finalize(NULL);
    if (!readers_reset() || !readers_insert(0, applet->kind, NULL)) {
        return -1;
    }
    return 0;
}

static CK_TOKEN_INFO
token_info(void)
{
    CK_TOKEN_INFO info;
    assert_int_equal(client_list()->C_GetTokenInfo(client_slot(0), &info),
                     CKR_OK);
    return info;
}

static void
read_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
           CK_ATTRIBUTE_TYPE type, unsigned char *out, size_t *len)
{
    CK_ATTRIBUTE asked = {type, NULL, 0};
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    assert_true(asked.ulValueLen <= *len);
    asked.pValue = out;
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    *len = asked.ulValueLen;
}

/* What the agent does for one authentication, as libp11 calls it. */
static void
authenticate(const struct applet *applet, CK_SESSION_HANDLE session)
{
    static unsigned char certificate[8192];
    unsigned char hash[48];
    unsigned char signature[256];
    CK_ULONG len = sizeof signature;
    size_t certificate_len = sizeof certificate;
    memset(hash, 0x5A, sizeof hash);
    CK_OBJECT_HANDLE found = client_find(session, CKO_CERTIFICATE);
    assert_int_not_equal(found, 0);
    read_value(session, found, CKA_VALUE, certificate, &certificate_len);
    assert_memory_equal(certificate, readers_certificate(0).ptr,
                        certificate_len);
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_not_equal(key, 0);
    size_t before = readers_count();
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    assert_int_equal(readers_count(), before);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OK);
    assert_int_equal(readers_transactions(), 1);
    assert_int_equal(
        client_list()->C_Sign(session, hash, sizeof hash, signature, &len),
        CKR_OK);
    assert_int_equal(len, applet->signature_len);
    assert_int_equal(readers_transactions(), 0);
    assert_false(readers_pin_open(0));
    assert_true(client_verify(beid_span_of(certificate, certificate_len),
                              applet->plain, beid_span_of(hash, sizeof hash),
                              beid_span_of(signature, len)));
}

/* The agent's flow costs what design §7 allows, and leaves nothing open. */
static void
agent_authenticates_within_budget(void **state)
{
    const struct applet *applet = *state;
    const bool rsa = applet->kind == READERS_1_7;
    assert_int_equal(client_start(AGENT), CKR_OK);
    (void)token_info();
    CK_SESSION_HANDLE session = client_session();
    authenticate(applet, session);
    print_message("fresh: %s\n", readers_trace());
    assert_true(readers_count() <= (rsa ? 16 : 14));
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    assert_int_equal(readers_open_cards(), 0);
    assert_int_equal(readers_open_services(), 0);

    readers_forget();
    (void)token_info();
    session = client_session();
    authenticate(applet, session);
    print_message("again: %s\n", readers_trace());
    assert_true(readers_count() <= 9);
    assert_int_equal(client_list()->C_CloseAllSessions(client_slot(0)), CKR_OK);
    client_stop();
}

/* An ordinary client: login stays, signs often, logs out. */
static void
client_logs_in_and_signs(void **state)
{
    const struct applet *applet = *state;
    static unsigned char data[] = "what is to be signed";
    unsigned char signature[256];
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_find(session, CKO_PRIVATE_KEY), 0);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                     CKR_USER_ALREADY_LOGGED_IN);
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_not_equal(key, 0);
    for (int i = 0; i < 3; i++) {
        CK_ULONG len = sizeof signature;
        assert_int_equal(client_sign_init(session, applet->hashing, key),
                         CKR_OK);
        assert_int_equal(
            client_list()->C_Sign(session, data, sizeof data, signature, &len),
            CKR_OK);
        assert_true(client_verify(readers_certificate(0), applet->hashing,
                                  beid_span_of(data, sizeof data),
                                  beid_span_of(signature, len)));
    }
    assert_int_equal(readers_count_ins(0xE6), 0);
    assert_int_equal(client_list()->C_Logout(session), CKR_OK);
    assert_int_equal(readers_count_ins(0xE6), 1);
    assert_false(readers_pin_open(0));
    assert_int_equal(client_list()->C_Logout(session), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(client_sign_init(session, applet->plain, key),
                     CKR_KEY_HANDLE_INVALID);
    client_stop();
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on applets[" #n "]", .test_func = (test),              \
        .setup_func = prepare, .initial_state = &applets[(n)]                  \
    }

/* libp11 0.4.13 must not be told of a lost card here; a flag tells the agent. */
static void
agent_learns_of_a_removal_in_a_flag(void **state)
{
    (void)state;
    CK_SESSION_INFO info = {0};
    const CK_FUNCTION_LIST *list = client_list();
    assert_int_equal(client_start(AGENT), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(list->C_GetSessionInfo(session, &info), CKR_OK);
    assert_int_equal(info.flags & BEID_SESSION_FAILED, 0);
    readers_remove(0);
    assert_int_equal(list->C_GetSessionInfo(session, &info), CKR_OK);
    assert_int_not_equal(info.flags & BEID_SESSION_FAILED, 0);
    assert_int_equal(info.ulDeviceError, CKR_DEVICE_REMOVED);
    assert_int_equal(list->C_GetSessionInfo(session, NULL), CKR_ARGUMENTS_BAD);
    assert_int_equal(list->C_FindObjectsInit(session, NULL, 0),
                     CKR_DEVICE_REMOVED);
    assert_int_equal(list->C_CloseSession(session), CKR_OK);
    assert_int_equal(list->C_GetSessionInfo(session, &info),
                     CKR_SESSION_HANDLE_INVALID);
    client_stop();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(agent_learns_of_a_removal_in_a_flag),
        BOTH(agent_authenticates_within_budget),
        BOTH(client_logs_in_and_signs),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
