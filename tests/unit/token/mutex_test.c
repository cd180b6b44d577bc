/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whose locks the module uses (PKCS#11 2.40 §5.4). */
#include "../unit.h"
#include "client.h"

#include <stdlib.h>

/* An application's mutex, and what was done with all of them. */
struct mutex {
    bool held;
};

static struct {
    size_t made;
    size_t made_max; /* then making fails */
    size_t destroyed;
    size_t locked;
    size_t held;
    bool broken; /* locking fails */
    bool wrong; /* something was done out of turn */
} seen;

static CK_RV
make(void **out)
{
    if (seen.made == seen.made_max) {
        return CKR_GENERAL_ERROR;
    }
    seen.made++;
    *out = calloc(1, sizeof(struct mutex));
    return CKR_OK;
}

static CK_RV
destroy(void *mutex)
{
    seen.wrong = seen.wrong || ((struct mutex *)mutex)->held;
    seen.destroyed++;
    free(mutex);
    return CKR_OK;
}

static CK_RV
take(void *mutex)
{
    if (seen.broken) {
        return CKR_MUTEX_BAD;
    }
    seen.wrong = seen.wrong || ((struct mutex *)mutex)->held;
    ((struct mutex *)mutex)->held = true;
    seen.locked++;
    seen.held++;
    return CKR_OK;
}

static CK_RV
give(void *mutex)
{
    seen.wrong = seen.wrong || !((struct mutex *)mutex)->held;
    ((struct mutex *)mutex)->held = false;
    seen.held--;
    return CKR_OK;
}

static const CK_C_INITIALIZE_ARGS all_four = {
    .CreateMutex = make,
    .DestroyMutex = destroy,
    .LockMutex = take,
    .UnlockMutex = give,
};

static int
prepare(void **state)
{
    (void)state;
    (void)client_list()->C_Finalize(NULL);
    seen.made = 0;
    seen.made_max = 1000;
    seen.destroyed = 0;
    seen.locked = 0;
    seen.held = 0;
    seen.broken = false;
    seen.wrong = false;
    return readers_reset() && readers_insert(0, READERS_1_8, NULL) ? 0 : -1;
}

static CK_RV
start(CK_C_INITIALIZE_ARGS args, CK_FLAGS flags)
{
    args.flags = flags;
    return client_list()->C_Initialize(&args);
}

static void
all_four_or_none(void **state)
{
    (void)state;
    for (unsigned given = 1; given < 15; given++) {
        CK_C_INITIALIZE_ARGS args = {
            .CreateMutex = (given & 1) != 0 ? make : NULL,
            .DestroyMutex = (given & 2) != 0 ? destroy : NULL,
            .LockMutex = (given & 4) != 0 ? take : NULL,
            .UnlockMutex = (given & 8) != 0 ? give : NULL,
        };
        assert_int_equal(start(args, 0), CKR_ARGUMENTS_BAD);
        assert_int_equal(start(args, CKF_OS_LOCKING_OK), CKR_ARGUMENTS_BAD);
    }
    assert_int_equal(seen.made, 0);
}

/* With the flag the system's are as good, and preferred. */
static void
ours_where_we_may(void **state)
{
    (void)state;
    const CK_C_INITIALIZE_ARGS none = {0};
    const CK_FLAGS flags[] = {0, CKF_OS_LOCKING_OK,
                              CKF_OS_LOCKING_OK
                                  | CKF_LIBRARY_CANT_CREATE_OS_THREADS,
                              CKF_LIBRARY_CANT_CREATE_OS_THREADS};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(start(none, flags[i]), CKR_OK);
        assert_int_not_equal(client_session(), 0);
        client_stop();
    }
    assert_int_equal(start(all_four, CKF_OS_LOCKING_OK), CKR_OK);
    assert_int_not_equal(client_session(), 0);
    client_stop();
    assert_int_equal(seen.made, 0);
}

static void
theirs_where_we_must(void **state)
{
    (void)state;
    assert_int_equal(start(all_four, 0), CKR_OK);
    assert_true(seen.made > 0);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_true(seen.locked > 0);
    assert_int_equal(seen.held, 0);
    assert_int_equal(client_list()->C_Initialize(NULL),
                     CKR_CRYPTOKI_ALREADY_INITIALIZED);
    client_stop();
    assert_int_equal(seen.destroyed, seen.made);
    assert_false(seen.wrong);
}

static void
theirs_may_fail(void **state)
{
    (void)state;
    CK_TOKEN_INFO info;
    for (size_t i = 0; i < 3; i++) {
        seen.made_max = seen.made + i;
        assert_int_equal(start(all_four, 0), CKR_CANT_LOCK);
        assert_int_equal(seen.destroyed, seen.made);
    }
    seen.made_max = 1000;
    assert_int_equal(start(all_four, 0), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    seen.broken = true;
    assert_int_equal(client_list()->C_GetTokenInfo(client_slot(0), &info),
                     CKR_CANT_LOCK);
    assert_int_equal(client_list()->C_CloseSession(session), CKR_CANT_LOCK);
    seen.broken = false;
    assert_int_equal(client_list()->C_GetTokenInfo(client_slot(0), &info),
                     CKR_OK);
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    seen.broken = true;
    client_stop();
    assert_int_equal(seen.destroyed, seen.made);
    assert_false(seen.wrong);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_four_or_none, prepare),
        cmocka_unit_test_setup(ours_where_we_may, prepare),
        cmocka_unit_test_setup(theirs_where_we_must, prepare),
        cmocka_unit_test_setup(theirs_may_fail, prepare),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
