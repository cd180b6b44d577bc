/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Memory runs out at the n-th allocation, for every n until there are no more
 * of them: in our own code (the linker sends its calls here) and in libcrypto.
 * No crash, no leak (the sanitizers watch), no lasting damage.
 */
#include "../unit.h"
#include "dialogue.h"
#include "pcscd.h"

#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming): names that the linker makes */
/* clang-format on */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

/* Allocations until the one that fails; 0: none does. */
static size_t left;
/* Do those of libcrypto count? They are thousands. */
static bool crypto_counts;

static bool
fails_now(void)
{
    return left > 0 && --left == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}
/* clang-format off */
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming) */
/* clang-format on */

static void *
crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return crypto_counts && fails_now() ? NULL : __real_malloc(size);
}

static void *
crypto_realloc(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return crypto_counts && fails_now() ? NULL : realloc(block, size);
}

static void
crypto_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

struct setting {
    enum still_applet applet;
    const char *options;
};

static struct setting settings[] = {
    {STILL_1_7, NULL},
    {STILL_1_8, NULL},
    {STILL_1_7, "transaction=sign"},
    {STILL_1_8, "transaction=sign"},
};

/* One step; false when the n-th allocation was not reached. */
static bool
try_at(const struct setting *setting, enum dialogue_step step, size_t n)
{
    bool context = setting->options != NULL;
    pcscd_reset(setting->applet, 1);
    left = n;
    CK_RV rv = dialogue_start(setting->options);
    if (rv == CKR_OK) {
        rv = dialogue_step(step, context, false);
        bool reached = left == 0;
        left = 0;
        assert_true(reached || rv == CKR_OK);
        /* Of libcrypto's failures the reason is not known. */
        assert_true(rv == CKR_OK || rv == CKR_HOST_MEMORY
                    || rv == CKR_DEVICE_ERROR || rv == CKR_FUNCTION_FAILED);
        assert_int_equal(dialogue_step(step, context, false), CKR_OK);
        dialogue_stop();
        return reached;
    }
    assert_int_equal(left, 0);
    assert_int_equal(rv, CKR_HOST_MEMORY);
    assert_int_equal(dialogue_start(setting->options), CKR_OK);
    assert_int_equal(dialogue_step(step, context, false), CKR_OK);
    dialogue_stop();
    return true;
}

/* Every allocation of a step, until there are no more of them. */
static void
every_one(const struct setting *setting, enum dialogue_step step)
{
    size_t n = 1;
    while (try_at(setting, step, n)) {
        n++;
        assert_true(n < 20000);
    }
    assert_true(n > 3);
    assert_int_equal(pcscd_card()->tries, STILL_TRIES);
}

static void
our_allocations(void **state)
{
    static const enum dialogue_step steps[] = {
        DIALOGUE_LIST, DIALOGUE_READ,       DIALOGUE_SIGN,
        DIALOGUE_DATA, DIALOGUE_SIGN_PARTS, DIALOGUE_SIGN_AGAIN,
    };
    crypto_counts = false;
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        every_one(*state, steps[s]);
    }
}

static void
allocations_of_libcrypto(void **state)
{
    crypto_counts = true;
    every_one(*state, DIALOGUE_FIND);
    every_one(*state, DIALOGUE_SIGN_PARTS);
}

static int
prepare(void **state)
{
    (void)state;
    left = 0;
    pcscd_reset(STILL_1_7, 1);
    (void)C_Finalize(NULL);
    return 0;
}

#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on settings[" #n "]", .test_func = (test),             \
        .setup_func = prepare, .initial_state = &settings[(n)]                 \
    }
#define ALL(test) ON((test), 0), ON((test), 1), ON((test), 2), ON((test), 3)

int
main(void)
{
    /* Before libcrypto allocates anything. */
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free)
        != 1) {
        return 1;
    }
    const struct CMUnitTest tests[] = {ALL(our_allocations),
                                       ALL(allocations_of_libcrypto)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
