/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"

#include <beid/bytes.h>

#include <stdlib.h>
#include <string.h>

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __real_free(void *ptr);
void __wrap_free(void *ptr);

#define WATCHED 64U

static bool out_of_memory;
static size_t allocations;
static const uint8_t *watched[WATCHED];
static size_t watched_len[WATCHED];
static size_t dirty_frees;
static size_t clean_frees;

void *
__wrap_calloc(size_t count, size_t size)
{
    if (out_of_memory) {
        return NULL;
    }
    void *ptr = __real_calloc(count, size);
    if (allocations < WATCHED) {
        watched[allocations] = ptr;
        watched_len[allocations] = count * size;
        allocations++;
    }
    return ptr;
}

/* Whether a block that the buffer gives back was wiped over its whole size. */
void
__wrap_free(void *ptr)
{
    for (size_t i = 0; i < allocations; i++) {
        if (ptr != NULL && watched[i] == ptr) {
            size_t used = 0;
            for (size_t k = 0; k < watched_len[i]; k++) {
                used += watched[i][k] != 0;
            }
            dirty_frees += used > 0;
            clean_frees += used == 0;
            watched[i] = NULL;
        }
    }
    __real_free(ptr);
}

static int
fresh(void **state)
{
    (void)state;
    out_of_memory = false;
    allocations = 0;
    dirty_frees = 0;
    clean_frees = 0;
    return 0;
}

static void
put_bytes(struct beid_buf *buf, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        beid_buf_put_u8(buf, (uint8_t)(i + 1));
    }
}

static void
starts_empty_and_allocates_nothing(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, 10);
    assert_int_equal(allocations, 0);
    assert_int_equal(beid_buf_span(&buf).len, 0);
    assert_int_equal(beid_buf_status(&buf), BEID_OK);
    beid_buf_put(&buf, beid_span_of(NULL, 0));
    assert_int_equal(allocations, 0);
    assert_int_equal(beid_buf_status(&buf), BEID_OK);
    beid_buf_clear(&buf);
    beid_buf_clear(&buf);
}

static void
numbers_go_in_big_endian(void **state)
{
    (void)state;
    const uint8_t want[] = {0xAB, 0x01, 0x02, 0xF0, 0xE1, 0xD2, 0xC3, 'e', 'I'};
    struct beid_buf buf;
    beid_buf_init(&buf, 9);
    beid_buf_put_u8(&buf, 0xAB);
    beid_buf_put_u16(&buf, 0x0102);
    beid_buf_put_u32(&buf, 0xF0E1D2C3);
    beid_buf_put_str(&buf, "eI");
    assert_int_equal(beid_buf_status(&buf), BEID_OK);
    assert_true(
        beid_span_same(beid_buf_span(&buf), beid_span_of(want, sizeof want)));
    beid_buf_clear(&buf);
}

/* Every maximum around the block sizes: exactly max fits, one more does not. */
static void
the_maximum_is_exact(void **state)
{
    (void)state;
    for (size_t max = 0; max < 260; max++) {
        struct beid_buf buf;
        beid_buf_init(&buf, max);
        put_bytes(&buf, max);
        assert_int_equal(beid_buf_status(&buf), BEID_OK);
        assert_int_equal(beid_buf_span(&buf).len, max);
        beid_buf_put_u8(&buf, 0xEE);
        assert_int_equal(beid_buf_status(&buf), BEID_ERR_LIMIT);
        assert_int_equal(beid_buf_span(&buf).len, max);
        for (size_t i = 0; i < max; i++) {
            assert_int_equal(buf.ptr[i], (uint8_t)(i + 1));
        }
        beid_buf_clear(&buf);
        assert_int_equal(buf.max, max);
    }
}

static void
one_append_over_the_maximum(void **state)
{
    (void)state;
    static const uint8_t bytes[101] = {0};
    struct beid_buf buf;
    beid_buf_init(&buf, 100);
    beid_buf_put(&buf, beid_span_of(bytes, 101));
    assert_int_equal(beid_buf_status(&buf), BEID_ERR_LIMIT);
    assert_int_equal(buf.len, 0);
    beid_buf_reset(&buf);
    beid_buf_put(&buf, beid_span_of(bytes, 99));
    beid_buf_put_u16(&buf, 0xFFFF);
    assert_int_equal(beid_buf_status(&buf), BEID_ERR_LIMIT);
    assert_int_equal(buf.len, 99);
    beid_buf_clear(&buf);
}

/* Lengths that wrap around are refused before a byte is touched. */
static void
lengths_cannot_overflow(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, SIZE_MAX);
    beid_buf_put_u8(&buf, 1);
    const size_t wraps[] = {SIZE_MAX, SIZE_MAX - 1};
    for (size_t i = 0; i < sizeof wraps / sizeof *wraps; i++) {
        assert_null(beid_buf_extend(&buf, wraps[i]));
        assert_int_equal(beid_buf_status(&buf), BEID_ERR_LIMIT);
        assert_int_equal(buf.len, 1);
        buf.failed = BEID_OK;
    }
    beid_buf_clear(&buf);
}

static void
failure_is_sticky(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, 3);
    beid_buf_put_u16(&buf, 0x0102);
    beid_buf_put_u16(&buf, 0x0304);
    beid_buf_put_u8(&buf, 5); /* would fit, comes after a failure */
    assert_null(beid_buf_extend(&buf, 1));
    beid_buf_put_str(&buf, "");
    assert_null(beid_buf_cstr(&buf));
    assert_int_equal(beid_buf_status(&buf), BEID_ERR_LIMIT);
    assert_int_equal(buf.len, 2);
    beid_buf_reset(&buf);
    assert_int_equal(beid_buf_status(&buf), BEID_OK);
    beid_buf_put_u8(&buf, 5);
    assert_int_equal(beid_buf_status(&buf), BEID_OK);
    assert_int_equal(buf.len, 1);
    beid_buf_clear(&buf);
}

static void
memory_running_out_is_sticky(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, 1000);
    put_bytes(&buf, 60);
    out_of_memory = true;
    static const uint8_t bytes[100] = {0};
    beid_buf_put(&buf, beid_span_of(bytes, sizeof bytes));
    out_of_memory = false;
    assert_int_equal(beid_buf_status(&buf), BEID_ERR_MEMORY);
    assert_int_equal(buf.len, 60);
    assert_int_equal(buf.ptr[59], 60);
    beid_buf_put_u8(&buf, 1);
    assert_int_equal(beid_buf_status(&buf), BEID_ERR_MEMORY);
    beid_buf_clear(&buf);
    out_of_memory = true;
    assert_null(beid_buf_cstr(&buf));
    out_of_memory = false;
    assert_int_equal(beid_buf_status(&buf), BEID_ERR_MEMORY);
    beid_buf_clear(&buf);
}

static void
every_block_is_wiped_before_it_is_freed(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, 1000);
    put_bytes(&buf, 1000);
    assert_int_equal(beid_buf_status(&buf), BEID_OK);
    assert_true(allocations >= 3);
    beid_buf_clear(&buf);
    assert_int_equal(dirty_frees, 0);
    assert_int_equal(clean_frees, allocations);
}

static void
truncation_and_reset_wipe_what_they_drop(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, 40);
    put_bytes(&buf, 40);
    assert_int_equal(beid_buf_truncate(&buf, 41), BEID_ERR_ARGUMENT);
    assert_int_equal(beid_buf_truncate(&buf, SIZE_MAX), BEID_ERR_ARGUMENT);
    assert_int_equal(buf.len, 40);
    assert_int_equal(beid_buf_truncate(&buf, 40), BEID_OK);
    assert_int_equal(beid_buf_truncate(&buf, 39), BEID_OK);
    assert_int_equal(buf.ptr[38], 39);
    assert_int_equal(buf.ptr[39], 0);
    assert_int_equal(beid_buf_truncate(&buf, 0), BEID_OK);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(buf.ptr[i], 0);
    }
    put_bytes(&buf, 40);
    beid_buf_reset(&buf);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(buf.ptr[i], 0);
    }
    assert_int_equal(allocations, 1);
    beid_buf_clear(&buf);
    assert_int_equal(beid_buf_truncate(&buf, 0), BEID_OK);
}

static void
extend_gives_zeros(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, 100);
    put_bytes(&buf, 50);
    uint8_t *room = beid_buf_extend(&buf, 50);
    assert_non_null(room);
    assert_ptr_equal(room, buf.ptr + 50);
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(room[i], 0);
    }
    assert_int_equal(buf.len, 100);
    assert_null(beid_buf_extend(&buf, 1));
    beid_buf_clear(&buf);
}

static void
a_c_string_ends_behind_the_content(void **state)
{
    (void)state;
    struct beid_buf buf;
    beid_buf_init(&buf, 64);
    assert_string_equal(beid_buf_cstr(&buf), "");
    for (size_t i = 0; i < 64; i++) {
        beid_buf_put_str(&buf, "x");
        assert_int_equal(strlen(beid_buf_cstr(&buf)), i + 1);
    }
    assert_int_equal(beid_buf_truncate(&buf, 3), BEID_OK);
    assert_string_equal(beid_buf_cstr(&buf), "xxx");
    beid_buf_put_u8(&buf, 0);
    assert_null(beid_buf_cstr(&buf));
    assert_int_equal(beid_buf_status(&buf), BEID_OK);
    beid_buf_clear(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(starts_empty_and_allocates_nothing, fresh),
        cmocka_unit_test_setup(numbers_go_in_big_endian, fresh),
        cmocka_unit_test_setup(the_maximum_is_exact, fresh),
        cmocka_unit_test_setup(one_append_over_the_maximum, fresh),
        cmocka_unit_test_setup(lengths_cannot_overflow, fresh),
        cmocka_unit_test_setup(failure_is_sticky, fresh),
        cmocka_unit_test_setup(memory_running_out_is_sticky, fresh),
        cmocka_unit_test_setup(every_block_is_wiped_before_it_is_freed, fresh),
        cmocka_unit_test_setup(truncation_and_reset_wipe_what_they_drop, fresh),
        cmocka_unit_test_setup(extend_gives_zeros, fresh),
        cmocka_unit_test_setup(a_c_string_ends_behind_the_content, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
