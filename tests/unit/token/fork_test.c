/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * fork() in a program with another library that has handlers of its own: like
 * pkcs11-helper's, they initialise the module anew in the child, and wait in
 * the parent for a thread that may be in the module.
 */
#include "../child.h"
#include "../unit.h"
#include "client.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

/* Far more than a child takes, on any machine. */
#define HUNG_S 60U
#define CHILDREN 100
#define HANDLERS 2

static CK_FUNCTION_LIST *list;
static bool handlers; /* of the other library */
static atomic_ulong calls; /* of the other thread, that were answered */
static atomic_bool over;

static int
prepare(void **state)
{
    (void)state;
    list = client_list();
    handlers = false;
    (void)list->C_Finalize(NULL);
    (void)alarm(HUNG_S); /* a hang is a failure, not a time-out */
    return readers_reset() && readers_insert(0, READERS_1_8, NULL) ? 0 : -1;
}

static void *
call_on(void *unused)
{
    CK_INFO info;
    (void)unused;
    while (!atomic_load(&over)) {
        (void)list->C_GetInfo(&info);
        (void)atomic_fetch_add(&calls, 1);
    }
    return NULL;
}

/* Two calls from now one has begun and ended. */
static void
wait_for_the_thread(void)
{
    unsigned long end = atomic_load(&calls) + 2;
    while (handlers && atomic_load(&calls) < end) {
        (void)sched_yield();
    }
}

static bool initialised[HANDLERS]; /* in the child, by the n-th handler */

static void
initialise(size_t n)
{
    CK_INFO info;
    if (handlers) {
        initialised[n] =
            list->C_GetInfo(&info)
                == (n == 0 ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_OK)
            && client_start(NULL)
                   == (n == 0 ? CKR_OK : CKR_CRYPTOKI_ALREADY_INITIALIZED);
    }
}

static void
initialise_first(void)
{
    initialise(0);
}

static void
initialise_last(void)
{
    initialise(1);
}

static pthread_t
start_calls(void)
{
    pthread_t thread;
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&thread, NULL, call_on, NULL), 0);
    return thread;
}

static void
end_calls(pthread_t thread)
{
    atomic_store(&over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void
handlers_that_use_the_module(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    pthread_t thread = start_calls();
    handlers = true;
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0) {
            CK_SESSION_INFO info;
            (void)alarm(HUNG_S);
            bool good = initialised[0] && initialised[1]
                        && list->C_GetSessionInfo(session, &info)
                               == CKR_SESSION_HANDLE_INVALID
                        && list->C_Finalize(NULL) == CKR_OK;
            _exit(good ? 0 : 1);
        }
        assert_int_equal(exit_code_of(child), 0);
    }
    end_calls(thread);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    client_stop();
}

/* And a child of such a child. */
static void
children_that_use_the_module(void **state)
{
    (void)state;
    CK_INFO info;
    assert_int_equal(client_start(NULL), CKR_OK);
    pthread_t thread = start_calls();
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0) {
            (void)alarm(HUNG_S);
            bool good = list->C_GetInfo(&info) == CKR_CRYPTOKI_NOT_INITIALIZED
                        && client_start(NULL) == CKR_OK
                        && list->C_GetInfo(&info) == CKR_OK;
            pid_t its = good ? fork() : -1;
            if (its == 0) {
                good = list->C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED;
                _exit(good ? 0 : 1);
            }
            good = good && exit_code_of(its) == 0
                   && list->C_Finalize(NULL) == CKR_OK;
            _exit(good ? 0 : 1);
        }
        assert_int_equal(exit_code_of(child), 0);
    }
    end_calls(thread);
    client_stop();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(handlers_that_use_the_module, prepare),
        cmocka_unit_test_setup(children_that_use_the_module, prepare),
    };
    /* Before the module could register any, and after it. */
    if (pthread_atfork(wait_for_the_thread, NULL, initialise_first) != 0
        || client_start(NULL) != CKR_OK
        || pthread_atfork(wait_for_the_thread, NULL, initialise_last) != 0) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
