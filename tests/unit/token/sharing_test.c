/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What others do meanwhile: another program spends a try, another session
 * holds the card for its signature, another thread looks at the readers,
 * readers of ever other names come and leave.
 */
#include "../unit.h"
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static CK_FUNCTION_LIST *list;

/* The linker puts these in place of the library's: a clock that can be set
 * ahead, and pauses that can be left out. */
static time_t ahead;
static atomic_bool hasty;
int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    int failed = __real_clock_gettime(clock, out);
    out->tv_sec += ahead;
    return failed;
}

int __real_nanosleep(const struct timespec *pause, struct timespec *left);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);

int
__wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
    return atomic_load(&hasty) ? 0 : __real_nanosleep(pause, left);
}

static enum readers_applet kinds[] = {READERS_1_7, READERS_1_8};

static int
prepare(void **state)
{
    const enum readers_applet *kind = *state;
    list = client_list();
    ahead = 0;
    atomic_store(&hasty, false);
    (void)list->C_Finalize(NULL);
    return readers_reset() && readers_insert(0, *kind, NULL) ? 0 : -1;
}

static CK_FLAGS
pin_flags(CK_SLOT_ID slot)
{
    CK_TOKEN_INFO info;
    assert_int_equal(list->C_GetTokenInfo(slot, &info), CKR_OK);
    return info.flags
           & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY
              | CKF_USER_PIN_LOCKED);
}

/* Nothing tells that another program used up a try: what the card said once is
 * believed for some seconds only. */
static void
tries_do_not_grow_old(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(pin_flags(slot), 0);
    readers_strange_wrong_pin(0);
    ahead = 9;
    readers_forget();
    assert_int_equal(pin_flags(slot), 0);
    assert_int_equal(readers_count(), 0);
    ahead = 20;
    assert_int_equal(pin_flags(slot), CKF_USER_PIN_COUNT_LOW);
    assert_int_equal(readers_count(), 1);
    /* That is as fresh as the first answer was. */
    assert_int_equal(pin_flags(slot), CKF_USER_PIN_COUNT_LOW);
    assert_int_equal(readers_count(), 1);
    readers_strange_wrong_pin(0);
    ahead = 40;
    assert_int_equal(pin_flags(slot),
                     CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
    /* Our own VERIFY tells them as well. */
    ahead = 60;
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    ahead = 65;
    readers_forget();
    assert_int_equal(pin_flags(slot), 0);
    assert_int_equal(readers_count(), 0);
    /* To ask costs no login. */
    ahead = 80;
    assert_int_equal(pin_flags(slot), 0);
    assert_int_equal(readers_count(), 1);
    assert_true(readers_pin_open(0));
    assert_int_equal(readers_tries(0), 3);
    client_stop();
}

/* A client that only looks may let go of the card without a session. */
static void
looking_without_a_session(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    assert_int_equal(pin_flags(slot), 0);
    assert_int_equal(readers_open_cards(), 1);
    assert_int_equal(readers_transactions(), 0);
    assert_int_equal(list->C_CloseAllSessions(slot), CKR_OK);
    assert_int_equal(readers_open_cards(), 0);
    assert_int_equal(readers_open_services(), 0);
    client_stop();
}

/* The signature key's login is made, the signature is not yet. */
static CK_SESSION_HANDLE
hold(void)
{
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    CK_OBJECT_HANDLE key = client_find_id(session, CKO_PRIVATE_KEY, 0x03);
    CK_MECHANISM_TYPE plain = client_is_rsa() ? CKM_RSA_PKCS : CKM_ECDSA;
    assert_int_equal(client_sign_init(session, plain, key), CKR_OK);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OK);
    return session;
}

static CK_RV
sign(CK_SESSION_HANDLE session)
{
    unsigned char data[48] = {1};
    unsigned char signature[256];
    CK_ULONG len = sizeof signature;
    return list->C_Sign(session, data, sizeof data, signature, &len);
}

/* Reads a certificate that nobody read before. */
static CK_RV
read_ca(CK_SESSION_HANDLE session)
{
    CK_BYTE id = 0x04;
    CK_ATTRIBUTE wanted = {CKA_ID, &id, sizeof id};
    CK_RV rv = list->C_FindObjectsInit(session, &wanted, 1);
    return rv == CKR_OK ? list->C_FindObjectsFinal(session) : rv;
}

struct task {
    CK_SESSION_HANDLE session;
    CK_RV rv;
};

static void *
read_in_thread(void *out)
{
    struct task *task = out;
    task->rv = read_ca(task->session);
    return NULL;
}

static void *
count_in_thread(void *out)
{
    struct task *task = out;
    CK_ULONG count = 0;
    task->rv = list->C_GetSlotList(CK_FALSE, NULL, &count);
    return NULL;
}

static pthread_t
start(void *(*run)(void *), struct task *task)
{
    /* Long enough to get where it has to wait, most of the time. */
    const struct timespec moment = {.tv_nsec = 50000000L};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run, task), 0);
    (void)nanosleep(&moment, NULL);
    return thread;
}

/* What other sessions want of the card meanwhile waits for the signature. */
static void
a_context_login_makes_others_wait(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    struct task other = {.session = client_session(), .rv = CKR_CANCEL};
    CK_SESSION_HANDLE session = hold();
    pthread_t thread = start(read_in_thread, &other);
    assert_int_equal(sign(session), CKR_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(other.rv, CKR_OK);
    client_stop();
}

/* The thread that is to sign cannot wait for itself; its login stays good. */
static void
a_context_login_is_not_waited_for_by_its_thread(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE other = client_session();
    CK_SESSION_HANDLE session = hold();
    readers_forget();
    assert_int_equal(read_ca(other), CKR_FUNCTION_FAILED);
    assert_int_equal(readers_count(), 0);
    assert_int_equal(sign(session), CKR_OK);
    assert_int_equal(read_ca(other), CKR_OK);
    client_stop();
}

/* Who waits leaves when the login's session or the module ends. */
static void
waiting_for_a_context_login_ends(void **state)
{
    (void)state;
    for (int ended = 0; ended < 2; ended++) {
        assert_int_equal(client_start(NULL), CKR_OK);
        struct task other = {.session = client_session(), .rv = CKR_CANCEL};
        CK_SESSION_HANDLE session = hold();
        pthread_t thread = start(read_in_thread, &other);
        assert_int_equal(ended ? list->C_Finalize(NULL)
                               : list->C_CloseSession(session),
                         CKR_OK);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(other.rv,
                         ended ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_OK);
        if (!ended) {
            client_stop();
        }
        assert_false(readers_pin_open(0));
    }
}

/* A login that nobody uses does not keep others waiting for ever. */
static void
waiting_for_a_context_login_has_an_end(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    struct task other = {.session = client_session(), .rv = CKR_CANCEL};
    CK_SESSION_HANDLE session = hold();
    atomic_store(&hasty, true);
    pthread_t thread = start(read_in_thread, &other);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(other.rv, CKR_FUNCTION_FAILED);
    assert_int_equal(sign(session), CKR_OK);
    client_stop();
}

/* A look that saw readers is not noted after one that found pcscd gone. */
static void
an_older_look_does_not_overtake(void **state)
{
    (void)state;
    CK_SLOT_ID slots[READERS_MAX];
    CK_ULONG count = READERS_MAX;
    struct task looks = {.rv = CKR_CANCEL};
    struct task lost = {.rv = CKR_CANCEL};
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(client_slot(0), 0);
    readers_pause_scan(true);
    pthread_t older = start(count_in_thread, &looks);
    readers_await_scan();
    readers_stop_service(true);
    pthread_t newer = start(count_in_thread, &lost);
    readers_pause_scan(false);
    assert_int_equal(pthread_join(older, NULL), 0);
    assert_int_equal(pthread_join(newer, NULL), 0);
    assert_int_equal(lost.rv, CKR_OK);
    /* With room for the answer nobody looks again. */
    assert_int_equal(list->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
    assert_int_equal(count, 0);
    readers_stop_service(false);
    client_stop();
}

static CK_ULONG
count_slots(void)
{
    CK_ULONG count = 0;
    assert_int_equal(list->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    return count;
}

/* More names than there are slots, one after the other. */
static void
readers_of_ever_other_names(void **state)
{
    (void)state;
    CK_SESSION_INFO info;
    CK_SLOT_INFO slot_info;
    readers_attach(READERS_MAX);
    assert_int_equal(client_start(NULL), CKR_OK);
    assert_int_equal(count_slots(), READERS_MAX);
    CK_SESSION_HANDLE session = client_session();
    readers_attach(3);
    for (size_t first = 100; first < 400; first += 3) {
        readers_rename(first);
        assert_int_equal(count_slots(), 3);
        CK_SLOT_ID slot = 0;
        CK_ULONG count = 1; /* there is a card in the first of them */
        assert_int_equal(list->C_GetSlotList(CK_TRUE, &slot, &count), CKR_OK);
        assert_int_equal(pin_flags(slot), 0);
        assert_int_equal(list->C_GetSlotInfo(slot, &slot_info), CKR_OK);
        assert_int_equal(slot_info.slotDescription[7], '0' + first / 100);
        assert_int_equal(slot_info.slotDescription[9], '0' + first % 10);
    }
    /* The session went with its reader, long ago. */
    assert_int_equal(list->C_GetSessionInfo(session, &info),
                     CKR_SESSION_HANDLE_INVALID);
    client_stop();
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on kinds[" #n "]", .test_func = (test),                \
        .setup_func = prepare, .initial_state = &kinds[(n)]                    \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(tries_do_not_grow_old),
        ON(looking_without_a_session, 1),
        BOTH(a_context_login_makes_others_wait),
        BOTH(a_context_login_is_not_waited_for_by_its_thread),
        ON(waiting_for_a_context_login_ends, 1),
        ON(waiting_for_a_context_login_has_an_end, 1),
        ON(an_older_look_does_not_overtake, 1),
        ON(readers_of_ever_other_names, 1),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
