/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Threads: a card at work holds up its own slot and no other, and what others
 * close or end meanwhile is defined. Run with ThreadSanitizer as well. */
#include "../unit.h"
#include "client.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READERS 4U
#define THREADS 16U
#define ROUNDS 12U

static int
prepare(void **state)
{
    (void)state;
    (void)client_list()->C_Finalize(NULL);
    if (!readers_reset()) {
        return -1;
    }
    readers_attach(READERS);
    for (size_t i = 0; i < READERS; i++) {
        if (!readers_insert(i, READERS_1_8, NULL)) {
            return -1;
        }
    }
    return 0;
}

static CK_SESSION_HANDLE
session_on(CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session = 0;
    assert_int_equal(client_list()->C_OpenSession(slot, CKF_SERIAL_SESSION,
                                                  NULL, NULL, &session),
                     CKR_OK);
    return session;
}

/* Mutexes of an application that does not let us use the system's. */
static CK_RV
make(void **out)
{
    *out = malloc(sizeof(pthread_mutex_t));
    return *out != NULL && pthread_mutex_init(*out, NULL) == 0
               ? CKR_OK
               : CKR_HOST_MEMORY;
}

static CK_RV
destroy(void *mutex)
{
    (void)pthread_mutex_destroy(mutex);
    free(mutex);
    return CKR_OK;
}

static CK_RV
take(void *mutex)
{
    return pthread_mutex_lock(mutex) == 0 ? CKR_OK : CKR_MUTEX_BAD;
}

static CK_RV
give(void *mutex)
{
    return pthread_mutex_unlock(mutex) == 0 ? CKR_OK : CKR_MUTEX_NOT_LOCKED;
}

static CK_RV
start_with(bool mutexes_of_its_own)
{
    CK_C_INITIALIZE_ARGS args = {.CreateMutex = make,
                                 .DestroyMutex = destroy,
                                 .LockMutex = take,
                                 .UnlockMutex = give};
    return mutexes_of_its_own ? client_list()->C_Initialize(&args)
                              : client_start(NULL);
}

struct task {
    CK_SESSION_HANDLE session;
    CK_SLOT_ID slot;
    CK_RV rv;
};

static void *
log_in(void *out)
{
    struct task *task = out;
    unsigned char pin[] = {'1', '2', '3', '4'};
    task->rv = client_list()->C_Login(task->session, CKU_USER, pin, sizeof pin);
    return NULL;
}

static void *
look(void *out)
{
    CK_TOKEN_INFO info;
    struct task *task = out;
    task->rv = client_list()->C_GetTokenInfo(task->slot, &info);
    return NULL;
}

static void *
close_it(void *out)
{
    struct task *task = out;
    task->rv = client_list()->C_CloseSession(task->session);
    return NULL;
}

static void *
close_all(void *out)
{
    struct task *task = out;
    task->rv = client_list()->C_CloseAllSessions(task->slot);
    return NULL;
}

static void *
finalize(void *out)
{
    struct task *task = out;
    task->rv = client_list()->C_Finalize(NULL);
    return NULL;
}

static pthread_t
start(void *(*run)(void *), struct task *task)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run, task), 0);
    return thread;
}

/* A thread that logs in on slot 0 and hangs in its first command. */
static pthread_t
start_held(struct task *task)
{
    readers_pause(0, true);
    pthread_t thread = start(log_in, task);
    readers_await_paused(0);
    return thread;
}

static void
let_go(pthread_t thread)
{
    readers_pause(0, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* One signature on a slot, everything included. */
static void
sign_on(CK_SLOT_ID slot)
{
    unsigned char data[48] = {1};
    unsigned char signature[96];
    CK_ULONG len = sizeof signature;
    CK_SESSION_HANDLE session = session_on(slot);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    assert_int_equal(client_sign_init(session, CKM_ECDSA, key), CKR_OK);
    assert_int_equal(
        client_list()->C_Sign(session, data, sizeof data, signature, &len),
        CKR_OK);
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
}

static void
card_at_work_holds_up_no_other_slot(void **state)
{
    (void)state;
    CK_SLOT_ID slots[READERS_MAX];
    CK_TOKEN_INFO info;
    CK_ULONG count = READERS_MAX;
    CK_SLOT_ID changed = 0;
    CK_FUNCTION_LIST *list = client_list();
    assert_int_equal(client_start(NULL), CKR_OK);
    struct task held = {.session = session_on(client_slot(0))};
    pthread_t thread = start_held(&held);
    assert_int_equal(list->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(list->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    assert_int_equal(count, READERS);
    assert_int_equal(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &changed, NULL),
                     CKR_NO_EVENT);
    for (CK_SLOT_ID slot = 1; slot < READERS; slot++) {
        assert_int_equal(list->C_GetTokenInfo(slot, &info), CKR_OK);
        sign_on(slot);
    }
    let_go(thread);
    assert_int_equal(held.rv, CKR_OK);
    client_stop();
}

/* The last session of all lets go of every card, and waits for none: the card
 * that is at work without a session goes with the next last one. */
static void
last_close_does_not_wait_for_other_slots(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        assert_int_equal(start_with(way % 2 == 1), CKR_OK);
        struct task held = {.slot = client_slot(0)};
        CK_SLOT_ID other = client_slot(1);
        CK_SESSION_HANDLE session = session_on(other);
        assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
        readers_pause(0, true);
        pthread_t thread = start(look, &held);
        readers_await_paused(0);
        (void)alarm(60); /* a close that waits would wait for ever */
        assert_int_equal(way < 2 ? client_list()->C_CloseSession(session)
                                 : client_list()->C_CloseAllSessions(other),
                         CKR_OK);
        (void)alarm(0);
        assert_false(readers_pin_open(1));
        assert_int_equal(readers_open_cards(), 1);
        let_go(thread);
        assert_int_equal(held.rv, CKR_OK);
        assert_int_equal(client_list()->C_CloseSession(session_on(other)),
                         CKR_OK);
        assert_int_equal(readers_open_cards(), 0);
        client_stop();
    }
}

static void
closing_waits_for_what_runs(void **state)
{
    (void)state;
    CK_SESSION_INFO info;
    assert_int_equal(client_start(NULL), CKR_OK);
    for (int i = 0; i < 2; i++) {
        struct task held = {.session = session_on(client_slot(0))};
        struct task closing = held;
        pthread_t thread = start_held(&held);
        pthread_t closer = start(i == 0 ? close_it : close_all, &closing);
        let_go(thread);
        assert_int_equal(pthread_join(closer, NULL), 0);
        assert_int_equal(held.rv, CKR_OK);
        assert_int_equal(closing.rv, CKR_OK);
        assert_int_equal(client_list()->C_GetSessionInfo(held.session, &info),
                         CKR_SESSION_HANDLE_INVALID);
        assert_int_equal(readers_open_cards(), 0);
        assert_false(readers_pin_open(0));
    }
    client_stop();
}

/* The call that runs ends well; one that waits for its slot leaves. */
static void
finalize_waits_for_what_runs(void **state)
{
    (void)state;
    CK_INFO info;
    assert_int_equal(client_start(NULL), CKR_OK);
    struct task held = {.session = session_on(client_slot(0))};
    struct task second = {.session = session_on(client_slot(0))};
    struct task ending = {0};
    pthread_t thread = start_held(&held);
    pthread_t waiting = start(log_in, &second);
    pthread_t ender = start(finalize, &ending);
    while (client_list()->C_GetInfo(&info) == CKR_OK) {
        (void)sched_yield();
    }
    assert_int_equal(client_list()->C_Finalize(NULL),
                     CKR_CRYPTOKI_NOT_INITIALIZED);
    let_go(thread);
    assert_int_equal(pthread_join(waiting, NULL), 0);
    assert_int_equal(pthread_join(ender, NULL), 0);
    assert_int_equal(held.rv, CKR_OK);
    assert_int_equal(second.rv, CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(ending.rv, CKR_OK);
    assert_false(readers_pin_open(0));
    assert_int_equal(readers_open_cards(), 0);
    assert_int_equal(readers_open_services(), 0);
}

/* Also when a thread of the parent was in a call, which the child lacks. */
static void
child_of_a_busy_parent(void **state)
{
    (void)state;
    CK_INFO info;
    assert_int_equal(client_start(NULL), CKR_OK);
    struct task held = {.session = session_on(client_slot(0))};
    pthread_t thread = start_held(&held);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool good =
            client_list()->C_GetInfo(&info) == CKR_CRYPTOKI_NOT_INITIALIZED
            && client_list()->C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED
            && client_start(NULL) == CKR_OK;
        if (good) {
            sign_on(client_slot(1));
            good = client_list()->C_Finalize(NULL) == CKR_OK;
        }
        _exit(good ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    let_go(thread);
    assert_int_equal(held.rv, CKR_OK);
    client_stop();
}

/* Answers that other threads and the strange resets may bring about; any other
 * is a fault. */
static bool
expected(CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_CRYPTOKI_NOT_INITIALIZED
           || rv == CKR_USER_ALREADY_LOGGED_IN || rv == CKR_USER_NOT_LOGGED_IN
           || rv == CKR_KEY_HANDLE_INVALID || rv == CKR_DEVICE_REMOVED
           || rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_OBJECT_HANDLE_INVALID
           || rv == CKR_SESSION_HANDLE_INVALID;
}

static CK_RV
read_one(CK_SESSION_HANDLE session)
{
    CK_FUNCTION_LIST *list = client_list();
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;
    unsigned char value[2048];
    CK_ATTRIBUTE asked = {CKA_VALUE, value, sizeof value};
    CK_RV rv = list->C_FindObjectsInit(session, &wanted, 1);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = list->C_FindObjects(session, &object, 1, &count);
    CK_RV ended = list->C_FindObjectsFinal(session);
    rv = rv == CKR_OK ? ended : rv;
    if (rv != CKR_OK || count == 0) {
        return rv;
    }
    return list->C_GetAttributeValue(session, object, &asked, 1);
}

static CK_RV
sign_one(CK_SESSION_HANDLE session)
{
    CK_FUNCTION_LIST *list = client_list();
    unsigned char pin[] = {'1', '2', '3', '4'};
    unsigned char data[48] = {1};
    unsigned char signature[96];
    CK_ULONG len = sizeof signature;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_RV rv = list->C_Login(session, CKU_USER, pin, sizeof pin);
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) {
        return rv;
    }
    /* The private key of the first credential has the third handle. */
    rv = list->C_SignInit(session, &mechanism, 3);
    return rv == CKR_OK
               ? list->C_Sign(session, data, sizeof data, signature, &len)
               : rv;
}

/* All that clients do, until the rounds or the module end. */
static void *
work(void *out)
{
    struct task *task = out;
    CK_FUNCTION_LIST *list = client_list();
    for (size_t i = 0; i < ROUNDS && task->rv == CKR_OK; i++) {
        CK_SESSION_HANDLE session = 0;
        CK_SLOT_ID slots[READERS_MAX];
        CK_ULONG count = READERS_MAX;
        CK_TOKEN_INFO info;
        CK_RV answers[6] = {0};
        answers[0] = list->C_GetSlotList(CK_TRUE, slots, &count);
        answers[1] = list->C_GetTokenInfo(task->slot, &info);
        answers[2] = list->C_OpenSession(task->slot, CKF_SERIAL_SESSION, NULL,
                                         NULL, &session);
        answers[3] = read_one(session);
        answers[4] = sign_one(session);
        answers[5] = i % 4 == 3 ? list->C_CloseAllSessions(task->slot)
                                : list->C_CloseSession(session);
        for (size_t k = 0; k < 6 && task->rv == CKR_OK; k++) {
            task->rv = expected(answers[k]) ? CKR_OK : answers[k];
        }
    }
    return NULL;
}

static void *
watch(void *out)
{
    struct task *task = out;
    CK_RV rv = CKR_OK;
    CK_SLOT_ID slot = 0;
    while (rv == CKR_OK) {
        rv = client_list()->C_WaitForSlotEvent(0, &slot, NULL);
    }
    task->rv = rv;
    return NULL;
}

/* Sixteen threads, a thread that waits for events, and cards that are pulled;
 * the second time the module is ended under them, the third time it uses the
 * application's mutexes. */
static void
all_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        bool ended_early = round == 1;
        pthread_t threads[THREADS];
        struct task tasks[THREADS] = {0};
        struct task watching = {0};
        assert_int_equal(start_with(round == 2), CKR_OK);
        assert_int_equal(client_slot(READERS - 1), READERS - 1);
        pthread_t watcher = start(watch, &watching);
        for (size_t i = 0; i < THREADS; i++) {
            tasks[i].slot = i % READERS;
            threads[i] = start(work, &tasks[i]);
        }
        for (size_t i = 0; i < 6; i++) {
            assert_true(readers_insert(i % READERS, READERS_1_8, NULL));
            readers_strange_reset((i + 1) % READERS);
        }
        if (ended_early) {
            assert_int_equal(client_list()->C_Finalize(NULL), CKR_OK);
        }
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(tasks[i].rv, CKR_OK);
        }
        if (!ended_early) {
            client_stop();
        }
        assert_int_equal(pthread_join(watcher, NULL), 0);
        assert_int_equal(watching.rv, CKR_CRYPTOKI_NOT_INITIALIZED);
        assert_int_equal(readers_open_cards(), 0);
        assert_int_equal(readers_open_services(), 0);
        assert_int_equal(readers_transactions(), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(card_at_work_holds_up_no_other_slot, prepare),
        cmocka_unit_test_setup(last_close_does_not_wait_for_other_slots,
                               prepare),
        cmocka_unit_test_setup(closing_waits_for_what_runs, prepare),
        cmocka_unit_test_setup(finalize_waits_for_what_runs, prepare),
        cmocka_unit_test_setup(child_of_a_busy_parent, prepare),
        cmocka_unit_test_setup(all_at_once, prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
