/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"

#include <beid/secret.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd,
                  off_t off);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd,
                  off_t off);
int __real_munmap(void *addr, size_t len);
int __wrap_munmap(void *addr, size_t len);
int __real_mprotect(void *addr, size_t len, int prot);
int __wrap_mprotect(void *addr, size_t len, int prot);
int __real_mlock(const void *addr, size_t len);
int __wrap_mlock(const void *addr, size_t len);

static bool no_memory;
static bool no_room;
static bool no_lock;
static size_t locks;
static size_t unmapped;
static size_t dirty_bytes;

void *
__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
    if (no_memory) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(addr, len, prot, flags, fd, off);
}

int
__wrap_munmap(void *addr, size_t len)
{
    const uint8_t *bytes = addr;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    /* Around it is nothing that could be read. */
    for (size_t i = page; i + page < len && !no_room; i++) {
        dirty_bytes += bytes[i] != 0;
    }
    unmapped += len;
    return __real_munmap(addr, len);
}

int
__wrap_mprotect(void *addr, size_t len, int prot)
{
    if (no_room) {
        errno = ENOMEM;
        return -1;
    }
    return __real_mprotect(addr, len, prot);
}

int
__wrap_mlock(const void *addr, size_t len)
{
    locks++;
    if (no_lock) {
        errno = ENOMEM;
        return -1;
    }
    return __real_mlock(addr, len);
}

static int
fresh(void **state)
{
    (void)state;
    no_memory = false;
    no_room = false;
    no_lock = false;
    locks = 0;
    unmapped = 0;
    dirty_bytes = 0;
    return 0;
}

static struct beid_secret *
secret_with(const char *text)
{
    struct beid_secret *secret = NULL;
    assert_int_equal(beid_secret_new(&secret), BEID_OK);
    assert_int_equal(beid_secret_put(secret, beid_span_str(text)), BEID_OK);
    return secret;
}

static void
holds_what_is_put_and_is_wiped_when_freed(void **state)
{
    (void)state;
    struct beid_secret *secret = secret_with("12");
    assert_int_equal(locks, 1);
    assert_int_equal(beid_secret_put(secret, beid_span_str("34")), BEID_OK);
    assert_true(
        beid_span_same(beid_secret_span(secret), beid_span_str("1234")));
    beid_secret_free(&secret);
    assert_null(secret);
    assert_int_equal(unmapped, 3 * (size_t)sysconf(_SC_PAGESIZE));
    assert_int_equal(dirty_bytes, 0);
    beid_secret_free(&secret);
    beid_secret_free(NULL);
    assert_int_equal(unmapped, 3 * (size_t)sysconf(_SC_PAGESIZE));
}

static void
wiping_clears_every_byte(void **state)
{
    (void)state;
    struct beid_secret *secret = secret_with("123456789012");
    const uint8_t *bytes = beid_secret_span(secret).ptr;
    beid_secret_wipe(secret);
    assert_int_equal(beid_secret_span(secret).len, 0);
    for (size_t i = 0; i < BEID_SECRET_MAX; i++) {
        assert_int_equal(bytes[i], 0);
    }
    /* Also what was written behind a shortened length. */
    memset(beid_secret_room(secret), 0x5A, BEID_SECRET_MAX);
    assert_int_equal(beid_secret_set_len(secret, 1), BEID_OK);
    beid_secret_wipe(secret);
    for (size_t i = 0; i < BEID_SECRET_MAX; i++) {
        assert_int_equal(bytes[i], 0);
    }
    beid_secret_free(&secret);
}

static void
never_grows(void **state)
{
    (void)state;
    static const uint8_t bytes[BEID_SECRET_MAX + 1] = {7};
    struct beid_secret *secret = secret_with("");
    assert_int_equal(beid_secret_put(secret, beid_span_of(bytes, sizeof bytes)),
                     BEID_ERR_LIMIT);
    assert_int_equal(beid_secret_span(secret).len, 0);
    assert_int_equal(
        beid_secret_put(secret, beid_span_of(bytes, BEID_SECRET_MAX)), BEID_OK);
    assert_int_equal(beid_secret_put(secret, beid_span_of(bytes, 1)),
                     BEID_ERR_LIMIT);
    assert_int_equal(beid_secret_put(secret, beid_span_of(bytes, SIZE_MAX)),
                     BEID_ERR_LIMIT);
    assert_int_equal(beid_secret_put(secret, beid_span_of(NULL, 0)), BEID_OK);
    assert_true(beid_span_same(beid_secret_span(secret),
                               beid_span_of(bytes, BEID_SECRET_MAX)));
    beid_secret_free(&secret);
}

static void
length_follows_the_filled_room(void **state)
{
    (void)state;
    struct beid_secret *secret = secret_with("");
    memcpy(beid_secret_room(secret), "4321", 4);
    assert_int_equal(beid_secret_set_len(secret, 4), BEID_OK);
    assert_int_equal(beid_secret_set_len(secret, BEID_SECRET_MAX + 1),
                     BEID_ERR_LIMIT);
    assert_int_equal(beid_secret_set_len(secret, SIZE_MAX), BEID_ERR_LIMIT);
    assert_true(
        beid_span_same(beid_secret_span(secret), beid_span_str("4321")));
    assert_int_equal(beid_secret_set_len(secret, BEID_SECRET_MAX), BEID_OK);
    beid_secret_free(&secret);
    assert_int_equal(dirty_bytes, 0);
}

static void
a_forked_child_does_not_inherit_it(void **state)
{
    (void)state;
    struct beid_secret *secret = secret_with("1234");
    pid_t child = fork();
    if (child == 0) {
        const uint8_t *bytes = beid_secret_room(secret);
        int left = 0;
        for (size_t i = 0; i < BEID_SECRET_MAX; i++) {
            left |= bytes[i];
        }
        _exit(left != 0 || beid_secret_span(secret).len != 0 ? 1 : 0);
    }
    assert_true(child > 0);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(beid_secret_span(secret).len, 4);
    beid_secret_free(&secret);
}

static void
no_page_no_secret(void **state)
{
    (void)state;
    struct beid_secret *secret = NULL;
    no_memory = true;
    enum beid_err err = beid_secret_new(&secret);
    no_memory = false;
    assert_int_equal(err, BEID_ERR_MEMORY);
    assert_null(secret);
    no_room = true;
    err = beid_secret_new(&secret);
    no_room = false;
    assert_int_equal(err, BEID_ERR_MEMORY);
    assert_null(secret);
    assert_int_equal(unmapped, 3 * (size_t)sysconf(_SC_PAGESIZE));
}

/* Asks the kernel, which tells instead of ending the process. */
static bool
readable(uintptr_t address)
{
    int ends[2] = {-1, -1};
    assert_int_equal(pipe(ends), 0);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): an address is what is asked */
    ssize_t put = write(ends[1], (const void *)address, 1);
    assert_true(put == 1 || errno == EFAULT);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return put == 1;
}

static void
what_lies_beside_cannot_be_touched(void **state)
{
    (void)state;
    struct beid_secret *secret = secret_with("1234");
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = (uintptr_t)secret / page * page;
    const uintptr_t inside[] = {first, first + page - 1};
    const uintptr_t beside[] = {first - 1, first + page};
    for (size_t i = 0; i < 2; i++) {
        assert_true(readable(inside[i]));
        assert_false(readable(beside[i]));
    }
    beid_secret_free(&secret);
}

/* A low RLIMIT_MEMLOCK must not keep a citizen out. */
static void
works_without_a_locked_page(void **state)
{
    (void)state;
    no_lock = true;
    struct beid_secret *secret = secret_with("1234");
    assert_int_equal(locks, 1);
    beid_secret_free(&secret);
    assert_int_equal(dirty_bytes, 0);
}

static void
equality_sees_every_byte(void **state)
{
    (void)state;
    uint8_t a[40];
    uint8_t b[40];
    memset(a, 0x3C, sizeof a);
    memset(b, 0x3C, sizeof b);
    assert_true(beid_secret_equal(beid_span_of(a, sizeof a),
                                  beid_span_of(b, sizeof b)));
    for (size_t i = 0; i < sizeof b * 8; i++) {
        b[i / 8] ^= (uint8_t)(1U << (i % 8));
        assert_false(beid_secret_equal(beid_span_of(a, sizeof a),
                                       beid_span_of(b, sizeof b)));
        b[i / 8] ^= (uint8_t)(1U << (i % 8));
    }
    assert_false(beid_secret_equal(beid_span_of(a, 39), beid_span_of(b, 40)));
    assert_true(beid_secret_equal(beid_span_of(NULL, 0), beid_span_of(b, 0)));
}

static void
wipe_accepts_nothing(void **state)
{
    (void)state;
    uint8_t bytes[3] = {1, 2, 3};
    beid_wipe(NULL, 0);
    beid_wipe(bytes, 0);
    assert_int_equal(bytes[0], 1);
    beid_wipe(bytes, 2);
    assert_int_equal(bytes[0] | bytes[1], 0);
    assert_int_equal(bytes[2], 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(holds_what_is_put_and_is_wiped_when_freed,
                               fresh),
        cmocka_unit_test_setup(wiping_clears_every_byte, fresh),
        cmocka_unit_test_setup(never_grows, fresh),
        cmocka_unit_test_setup(length_follows_the_filled_room, fresh),
        cmocka_unit_test_setup(a_forked_child_does_not_inherit_it, fresh),
        cmocka_unit_test_setup(no_page_no_secret, fresh),
        cmocka_unit_test_setup(what_lies_beside_cannot_be_touched, fresh),
        cmocka_unit_test_setup(works_without_a_locked_page, fresh),
        cmocka_unit_test_setup(equality_sees_every_byte, fresh),
        cmocka_unit_test_setup(wipe_accepts_nothing, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
