/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A lack of memory inside libcrypto ends the process. Each case is a process
 * of its own, whose allocations the linker sends here.
 */
#include "../unit.h"
#include "wire/session.h"
#include "worker/memory.h"

#include <openssl/crypto.h>
#include <openssl/ui.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WELL 0
#define BAD 9

/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming): names that the linker makes */
/* clang-format on */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

/* Allocations until the one that fails; 0: none does. */
static unsigned left;

void *
__wrap_malloc(size_t size)
{
    return left > 0 && --left == 0 ? NULL : __real_malloc(size);
}
/* clang-format off */
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming) */
/* clang-format on */

/* How a process ended that did this. */
static int
status_of(int (*act)(unsigned number), unsigned number)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(act(number));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* What libp11 does to get the PIN, with the n-th allocation failing. */
static int
dialog(unsigned number)
{
    char answer[16];
    if (memory_guard() != BEID_OK) {
        return BAD;
    }
    UI *ui = UI_new();
    left = number;
    int added = UI_dup_input_string(ui, "PIN", 0, answer, 4, 12);
    bool reached = left == 0;
    left = 0;
    UI_free(ui);
    if (reached) {
        return BAD; /* it was to end there */
    }
    return added > 0 ? WELL : BAD;
}

static void
it_ends_at_each_allocation(void **state)
{
    (void)state;
    unsigned number = 1;
    while (status_of(dialog, number) == BEID_WIRE_EXIT_MEMORY) {
        number++;
    }
    assert_int_equal(status_of(dialog, number), WELL);
    assert_true(number > 3);
}

static int
growing(unsigned number)
{
    if (memory_guard() != BEID_OK) {
        return BAD;
    }
    char *block = OPENSSL_malloc(8);
    memcpy(block, "1234567", 8);
    left = number;
    block = OPENSSL_realloc(block, 4096);
    bool good = memcmp(block, "1234567", 8) == 0;
    block = OPENSSL_realloc(block, 4);
    good = good && memcmp(block, "1234", 4) == 0;
    OPENSSL_free(block);
    return good ? WELL : BAD;
}

static void
growing_ends_it_as_well(void **state)
{
    (void)state;
    assert_int_equal(status_of(growing, 1), BEID_WIRE_EXIT_MEMORY);
    assert_int_equal(status_of(growing, 0), WELL);
}

static int
nothing(unsigned number)
{
    (void)number;
    if (memory_guard() != BEID_OK) {
        return BAD;
    }
    void *none = OPENSSL_malloc(0);
    void *gone = OPENSSL_realloc(OPENSSL_malloc(8), 0);
    void *made = OPENSSL_realloc(NULL, 8);
    bool good = none == NULL && gone == NULL && made != NULL;
    OPENSSL_free(made);
    return good ? WELL : BAD;
}

static void
no_bytes_are_no_lack(void **state)
{
    (void)state;
    assert_int_equal(status_of(nothing, 0), WELL);
}

static int
late(unsigned number)
{
    (void)number;
    OPENSSL_free(OPENSSL_malloc(8));
    return memory_guard() == BEID_ERR_STATE ? WELL : BAD;
}

static void
it_is_not_too_late(void **state)
{
    (void)state;
    assert_int_equal(status_of(late, 0), WELL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_at_each_allocation),
        cmocka_unit_test(growing_ends_it_as_well),
        cmocka_unit_test(no_bytes_are_no_lack),
        cmocka_unit_test(it_is_not_too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
