/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"

#include <beid/bytes.h>

static const uint8_t nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void
assert_untouched(struct beid_span from)
{
    assert_ptr_equal(from.ptr, nine);
    assert_int_equal(from.len, sizeof nine);
}

static void
take_cuts_from_the_front(void **state)
{
    (void)state;
    struct beid_span from = beid_span_of(nine, sizeof nine);
    struct beid_span out = {0};
    assert_int_equal(beid_span_take(&from, 4, &out), BEID_OK);
    assert_ptr_equal(out.ptr, nine);
    assert_int_equal(out.len, 4);
    assert_ptr_equal(from.ptr, nine + 4);
    assert_int_equal(from.len, 5);
    assert_int_equal(beid_span_take(&from, 5, &out), BEID_OK);
    assert_ptr_equal(out.ptr, nine + 4);
    assert_int_equal(out.len, 5);
    assert_int_equal(from.len, 0);
    assert_int_equal(beid_span_take(&from, 0, &out), BEID_OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(beid_span_take(&from, 1, &out), BEID_ERR_FORMAT);
}

static void
take_too_much_touches_nothing(void **state)
{
    (void)state;
    const size_t much[] = {sizeof nine + 1, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < sizeof much / sizeof *much; i++) {
        struct beid_span from = beid_span_of(nine, sizeof nine);
        struct beid_span out = beid_span_of(&from, 77);
        assert_int_equal(beid_span_take(&from, much[i], &out), BEID_ERR_FORMAT);
        assert_untouched(from);
        assert_ptr_equal(out.ptr, &from);
        assert_int_equal(out.len, 77);
    }
}

static void
take_from_nothing(void **state)
{
    (void)state;
    struct beid_span from = {0};
    struct beid_span out = {0};
    assert_int_equal(beid_span_take(&from, 0, &out), BEID_OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(beid_span_take(&from, 1, &out), BEID_ERR_FORMAT);
    assert_null(from.ptr);
}

static void
numbers_are_big_endian(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0xFE, 0x80, 0x01, 0xFF, 0x02, 0x03, 0x04};
    struct beid_span from = beid_span_of(bytes, sizeof bytes);
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    assert_int_equal(beid_span_take_u8(&from, &u8), BEID_OK);
    assert_int_equal(beid_span_take_u16(&from, &u16), BEID_OK);
    assert_int_equal(beid_span_take_u32(&from, &u32), BEID_OK);
    assert_int_equal(u8, 0xFE);
    assert_int_equal(u16, 0x8001);
    assert_int_equal(u32, 0xFF020304);
    assert_int_equal(from.len, 0);
}

static void
short_numbers_touch_nothing(void **state)
{
    (void)state;
    struct beid_span from = beid_span_of(nine, 0);
    uint8_t u8 = 7;
    uint16_t u16 = 7;
    uint32_t u32 = 7;
    assert_int_equal(beid_span_take_u8(&from, &u8), BEID_ERR_FORMAT);
    from.len = 1;
    assert_int_equal(beid_span_take_u16(&from, &u16), BEID_ERR_FORMAT);
    assert_int_equal(from.len, 1);
    from.len = 3;
    assert_int_equal(beid_span_take_u32(&from, &u32), BEID_ERR_FORMAT);
    assert_int_equal(from.len, 3);
    assert_ptr_equal(from.ptr, nine);
    assert_int_equal(u8, 7);
    assert_int_equal(u16, 7);
    assert_int_equal(u32, 7);
}

static void
slice_stays_inside(void **state)
{
    (void)state;
    struct beid_span from = beid_span_of(nine, sizeof nine);
    struct beid_span out = {0};
    assert_int_equal(beid_span_slice(from, 0, 9, &out), BEID_OK);
    assert_int_equal(out.len, 9);
    assert_int_equal(beid_span_slice(from, 2, 3, &out), BEID_OK);
    assert_ptr_equal(out.ptr, nine + 2);
    assert_int_equal(out.len, 3);
    assert_int_equal(beid_span_slice(from, 9, 0, &out), BEID_OK);
    assert_int_equal(out.len, 0);
    const struct beid_span before = out;
    const size_t bad[][2] = {
        {0, 10},       {9, 1},        {10, 0},       {1, 9},
        {1, SIZE_MAX}, {SIZE_MAX, 1}, {SIZE_MAX, 0}, {SIZE_MAX, SIZE_MAX}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(beid_span_slice(from, bad[i][0], bad[i][1], &out),
                         BEID_ERR_FORMAT);
        assert_ptr_equal(out.ptr, before.ptr);
        assert_int_equal(out.len, before.len);
    }
    struct beid_span none = {0};
    assert_int_equal(beid_span_slice(none, 0, 0, &out), BEID_OK);
    assert_int_equal(beid_span_slice(none, 1, 0, &out), BEID_ERR_FORMAT);
    assert_int_equal(beid_span_slice(none, 0, 1, &out), BEID_ERR_FORMAT);
}

static void
same_compares_length_and_bytes(void **state)
{
    (void)state;
    const uint8_t other[] = {1, 2, 3, 4, 5, 6, 7, 8, 10};
    struct beid_span none = {0};
    assert_true(beid_span_same(none, beid_span_of(nine, 0)));
    assert_true(beid_span_same(beid_span_of(nine, 8), beid_span_of(other, 8)));
    assert_false(beid_span_same(beid_span_of(nine, 9), beid_span_of(other, 9)));
    assert_false(beid_span_same(beid_span_of(nine, 8), beid_span_of(nine, 9)));
    assert_false(beid_span_same(none, beid_span_of(nine, 1)));
}

static void
strings_lose_their_terminator(void **state)
{
    (void)state;
    assert_int_equal(beid_span_str("eID").len, 3);
    assert_int_equal(beid_span_str("").len, 0);
    assert_int_equal(beid_span_str(NULL).len, 0);
    assert_null(beid_span_str(NULL).ptr);
}

static void
only_trailing_zeros_are_trimmed(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0, 1, 0, 2, 0, 0};
    assert_int_equal(
        beid_span_trim_zeros(beid_span_of(bytes, sizeof bytes)).len, 4);
    assert_int_equal(beid_span_trim_zeros(beid_span_of(bytes, 4)).len, 4);
    assert_int_equal(beid_span_trim_zeros(beid_span_of(bytes, 1)).len, 0);
    assert_int_equal(beid_span_trim_zeros(beid_span_of(NULL, 0)).len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take_cuts_from_the_front),
        cmocka_unit_test(take_too_much_touches_nothing),
        cmocka_unit_test(take_from_nothing),
        cmocka_unit_test(numbers_are_big_endian),
        cmocka_unit_test(short_numbers_touch_nothing),
        cmocka_unit_test(slice_stays_inside),
        cmocka_unit_test(same_compares_length_and_bytes),
        cmocka_unit_test(strings_lose_their_terminator),
        cmocka_unit_test(only_trailing_zeros_are_trimmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
