/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Wrong calls: nothing crashes, the code is the standard's, and the module
 * works as before afterwards (PKCS#11 2.40 §5.1).
 */
#include "../unit.h"
#include "calls.h"
#include "client.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WILD 0xDEADBEEFUL

static int
prepare(void **state)
{
    (void)state;
    (void)client_list()->C_Finalize(NULL);
    return readers_reset() && readers_insert(0, READERS_1_8, NULL) ? 0 : -1;
}

static void
every_function_is_there(void **state)
{
    (void)state;
    void *const *entries = (void *const *)&client_list()->C_Initialize;
    const size_t bytes =
        sizeof(CK_FUNCTION_LIST) - offsetof(CK_FUNCTION_LIST, C_Initialize);
    assert_int_equal(bytes / sizeof *entries, 68);
    assert_int_equal(calls_count + 3, 68);
    for (size_t i = 0; i < 68; i++) {
        assert_non_null(entries[i]);
    }
    assert_int_equal(client_list()->version.major, 2);
    assert_int_equal(client_list()->version.minor, 40);
    assert_int_equal(C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
}

static void
nothing_works_before_initialize(void **state)
{
    (void)state;
    for (size_t i = 0; i < calls_count; i++) {
        if (calls[i].run(1) != CKR_CRYPTOKI_NOT_INITIALIZED) {
            fail_msg("%s", calls[i].name);
        }
    }
    assert_int_equal(client_list()->C_Finalize(NULL),
                     CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(readers_count(), 0);
}

static void
null_pointers_and_wild_handles(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    CK_SESSION_HANDLE session = client_session();
    for (size_t i = 0; i < calls_count; i++) {
        CK_RV wild = calls[i].run(WILD);
        CK_RV valid =
            calls[i].run(calls[i].takes == CALL_SLOT ? slot : session);
        if (calls[i].takes == CALL_SESSION
            && wild != CKR_SESSION_HANDLE_INVALID) {
            fail_msg("%s with a wild session: %#lx", calls[i].name, wild);
        }
        if (valid != calls[i].expected) {
            fail_msg("%s: %#lx", calls[i].name, valid);
        }
    }
    client_stop();
}

static void
wild_slots(void **state)
{
    (void)state;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;
    CK_MECHANISM_INFO mechanism_info;
    CK_ULONG count = 0;
    CK_SESSION_HANDLE session = 0;
    CK_FUNCTION_LIST *list = client_list();
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(list->C_GetSlotInfo(WILD, &slot_info),
                     CKR_SLOT_ID_INVALID);
    assert_int_equal(list->C_GetTokenInfo(WILD, &token_info),
                     CKR_SLOT_ID_INVALID);
    assert_int_equal(list->C_GetMechanismList(WILD, NULL, &count),
                     CKR_SLOT_ID_INVALID);
    assert_int_equal(list->C_GetMechanismInfo(WILD, CKM_ECDSA, &mechanism_info),
                     CKR_SLOT_ID_INVALID);
    assert_int_equal(
        list->C_OpenSession(WILD, CKF_SERIAL_SESSION, NULL, NULL, &session),
        CKR_SLOT_ID_INVALID);
    assert_int_equal(list->C_CloseAllSessions(WILD), CKR_SLOT_ID_INVALID);
    assert_int_equal(
        list->C_OpenSession(client_slot(0), 0, NULL, NULL, &session),
        CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    client_stop();
}

static CK_RV
mutex_never_called(void *mutex)
{
    (void)mutex;
    return CKR_GENERAL_ERROR;
}

static CK_RV
mutex_never_made(void **mutex)
{
    (void)mutex;
    return CKR_GENERAL_ERROR;
}

static void
initialize_and_finalize(void **state)
{
    (void)state;
    CK_FUNCTION_LIST *list = client_list();
    CK_C_INITIALIZE_ARGS args = {.CreateMutex = mutex_never_made};
    int reserved = 0;
    assert_int_equal(list->C_Initialize(&args), CKR_ARGUMENTS_BAD);
    args.DestroyMutex = mutex_never_called;
    args.LockMutex = mutex_never_called;
    args.UnlockMutex = mutex_never_called;
    args.flags = CKF_OS_LOCKING_OK;
    assert_int_equal(list->C_Initialize(&args), CKR_OK);
    assert_int_equal(list->C_Initialize(NULL),
                     CKR_CRYPTOKI_ALREADY_INITIALIZED);
    assert_int_equal(list->C_Finalize(&reserved), CKR_ARGUMENTS_BAD);
    client_stop();
    assert_int_equal(list->C_Initialize(NULL), CKR_OK);
    client_stop();
}

static void
options_are_exact(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "transaction=sign", "objects=auth,sign,ca,root,rrn,data",
        "slot-state=yes transaction=sign objects=auth"};
    static const char *const bad[] = {" ",
                                      "transaction=sign ",
                                      " transaction=sign",
                                      "transaction=sign  slot-state=yes",
                                      "transaction",
                                      "transaction=",
                                      "Transaction=sign",
                                      "slot-state=no",
                                      "objects=",
                                      "objects=auth,",
                                      "objects=auth,auth",
                                      "objects=,auth",
                                      "objects=pin",
                                      "verbose=1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(client_start(good[i]), CKR_OK);
        client_stop();
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (client_start(bad[i]) != CKR_ARGUMENTS_BAD) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    char text[290];
    memset(text, ' ', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(client_start(text), CKR_ARGUMENTS_BAD);
}

static void
sessions_have_a_limit(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session = 0;
    CK_RV rv = CKR_OK;
    size_t opened = 0;
    CK_TOKEN_INFO info;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    while (rv == CKR_OK && opened < 10000) {
        rv = client_list()->C_OpenSession(
            slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
        opened += rv == CKR_OK ? 1 : 0;
    }
    assert_int_equal(rv, CKR_SESSION_COUNT);
    assert_int_equal(client_list()->C_GetTokenInfo(slot, &info), CKR_OK);
    assert_int_equal(info.ulMaxSessionCount, opened);
    assert_int_equal(info.ulSessionCount, opened);
    assert_int_equal(info.ulRwSessionCount, opened);
    /* With their card they are over, and nobody need have closed them. */
    readers_remove(0);
    assert_true(readers_insert(0, READERS_1_8, NULL));
    assert_int_equal(client_list()->C_OpenSession(slot, CKF_SERIAL_SESSION,
                                                  NULL, NULL, &session),
                     CKR_OK);
    assert_int_equal(client_list()->C_GetTokenInfo(slot, &info), CKR_OK);
    assert_int_equal(info.ulSessionCount, 1);
    assert_int_equal(client_list()->C_CloseAllSessions(slot), CKR_OK);
    client_stop();
}

/* The child of a fork starts anew, and leaves the parent's card alone. */
static void
child_is_not_initialised(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        CK_SESSION_INFO info;
        size_t cards = readers_open_cards();
        bool good =
            client_list()->C_GetSessionInfo(session, &info)
                == CKR_CRYPTOKI_NOT_INITIALIZED
            && client_list()->C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED
            && readers_open_cards() == cards && client_start(NULL) == CKR_OK
            && client_list()->C_GetSessionInfo(session, &info)
                   == CKR_SESSION_HANDLE_INVALID
            && client_list()->C_Finalize(NULL) == CKR_OK
            && readers_open_cards() == cards;
        _exit(good ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(readers_pin_open(0));
    assert_int_equal(client_list()->C_Logout(session), CKR_OK);
    client_stop();
}

#define THREADS 8
#define ROUNDS 20

/* Opens, finds, signs and closes; any code that is not CKR_OK is returned. */
static void *
work(void *slot)
{
    CK_FUNCTION_LIST *list = client_list();
    const CK_SLOT_ID *id = slot;
    for (int i = 0; i < ROUNDS; i++) {
        CK_SESSION_HANDLE session = 0;
        unsigned char data[48] = {1};
        unsigned char signature[96];
        CK_ULONG len = sizeof signature;
        CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
        CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
        CK_OBJECT_HANDLE key = 0;
        CK_ULONG count = 0;
        CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
        if (list->C_OpenSession(*id, CKF_SERIAL_SESSION, NULL, NULL, &session)
                != CKR_OK
            || list->C_FindObjectsInit(session, &wanted, 1) != CKR_OK
            || list->C_FindObjects(session, &key, 1, &count) != CKR_OK
            || list->C_FindObjectsFinal(session) != CKR_OK
            || list->C_SignInit(session, &mechanism, key) != CKR_OK
            || list->C_Sign(session, data, sizeof data, signature, &len)
                   != CKR_OK
            || list->C_CloseSession(session) != CKR_OK) {
            return slot;
        }
    }
    return NULL;
}

static void
threads_share_the_module(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, &slot), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    client_stop();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_function_is_there, prepare),
        cmocka_unit_test_setup(nothing_works_before_initialize, prepare),
        cmocka_unit_test_setup(null_pointers_and_wild_handles, prepare),
        cmocka_unit_test_setup(wild_slots, prepare),
        cmocka_unit_test_setup(initialize_and_finalize, prepare),
        cmocka_unit_test_setup(options_are_exact, prepare),
        cmocka_unit_test_setup(sessions_have_a_limit, prepare),
        cmocka_unit_test_setup(child_is_not_initialised, prepare),
        cmocka_unit_test_setup(threads_share_the_module, prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
