/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"

#include <beid/tlv.h>

#include <string.h>

struct header {
    const char *why;
    uint8_t bytes[8];
    size_t count;
};

/* A file of zeros behind a header: big enough for every length used here. */
static uint8_t file[0x10000 + 16];

static struct beid_span
file_with(const uint8_t *head, size_t head_len, size_t len)
{
    memset(file, 0, sizeof file);
    memcpy(file, head, head_len);
    return beid_span_of(file, len);
}

static void
assert_der(const uint8_t *head, size_t head_len, size_t value_len)
{
    struct beid_span from = file_with(head, head_len, head_len + value_len + 1);
    struct beid_tlv tlv = {0};
    assert_int_equal(beid_der_take(&from, &tlv), BEID_OK);
    assert_int_equal(tlv.tag, head[0]);
    assert_ptr_equal(tlv.value.ptr, file + head_len);
    assert_int_equal(tlv.value.len, value_len);
    assert_int_equal(from.len, 1);
    /* One byte short. */
    from = beid_span_of(file, head_len + value_len - (value_len > 0 ? 1 : 0));
    size_t total = 0;
    assert_int_equal(beid_der_total(from, head_len + value_len, &total),
                     BEID_OK);
    assert_int_equal(total, head_len + value_len);
    if (value_len > 0) {
        const struct beid_span before = from;
        assert_int_equal(beid_der_take(&from, &tlv), BEID_ERR_FORMAT);
        assert_ptr_equal(from.ptr, before.ptr);
        assert_int_equal(from.len, before.len);
        assert_int_equal(tlv.value.len, value_len);
        total = 99;
        assert_int_equal(beid_der_total(from, head_len + value_len - 1, &total),
                         BEID_ERR_LIMIT);
        assert_int_equal(total, 99);
    }
}

static void
der_lengths_at_every_step(void **state)
{
    (void)state;
    assert_der((const uint8_t[]){0x05, 0x00}, 2, 0);
    assert_der((const uint8_t[]){0x04, 0x01}, 2, 1);
    assert_der((const uint8_t[]){0x04, 0x7F}, 2, 0x7F);
    assert_der((const uint8_t[]){0x30, 0x81, 0x80}, 3, 0x80);
    assert_der((const uint8_t[]){0x30, 0x81, 0xFF}, 3, 0xFF);
    assert_der((const uint8_t[]){0x30, 0x82, 0x01, 0x00}, 4, 0x100);
    assert_der((const uint8_t[]){0x30, 0x82, 0xFF, 0xFF}, 4, 0xFFFF);
    assert_der((const uint8_t[]){0x30, 0x83, 0x01, 0x00, 0x00}, 5, 0x10000);
}

static void
bad_der_headers_are_refused(void **state)
{
    (void)state;
    const struct header bad[] = {
        {"empty", {0}, 0},
        {"tag only", {0x30}, 1},
        {"multi-byte tag", {0x1F, 0x01, 0x00}, 3},
        {"constructed multi-byte tag", {0x3F, 0x01, 0x00}, 3},
        {"indefinite", {0x30, 0x80, 0x00, 0x00}, 4},
        {"reserved length FF", {0x30, 0xFF, 0x00}, 3},
        {"five length bytes", {0x30, 0x85, 1, 0, 0, 0, 0}, 7},
        {"81 7F", {0x30, 0x81, 0x7F}, 3},
        {"81 00", {0x30, 0x81, 0x00}, 3},
        {"82 00FF", {0x30, 0x82, 0x00, 0xFF}, 4},
        {"83 00FFFF", {0x30, 0x83, 0x00, 0xFF, 0xFF}, 5},
        {"84 00FFFFFF", {0x30, 0x84, 0x00, 0xFF, 0xFF, 0xFF}, 6},
        {"length cut at 81", {0x30, 0x81}, 2},
        {"length cut at 82 01", {0x30, 0x82, 0x01}, 3},
        {"length cut at 84 01 02 03", {0x30, 0x84, 1, 2, 3}, 5},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct beid_span from = beid_span_of(bad[i].bytes, bad[i].count);
        struct beid_tlv tlv = {.tag = 0x77};
        size_t total = 77;
        enum beid_err take = beid_der_take(&from, &tlv);
        if (take != BEID_ERR_FORMAT
            || beid_der_total(from, SIZE_MAX, &total) != BEID_ERR_FORMAT) {
            fail_msg("accepted: %s", bad[i].why);
        }
        assert_int_equal(from.len, bad[i].count);
        assert_int_equal(tlv.tag, 0x77);
        assert_int_equal(total, 77);
    }
}

/* 4 GiB announced in a six-byte file: no value, and a total past any cap. */
static void
the_largest_length_is_counted_not_believed(void **state)
{
    (void)state;
    const uint8_t head[] = {0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF};
    struct beid_span from = beid_span_of(head, sizeof head);
    struct beid_tlv tlv = {0};
    size_t total = 0;
    assert_int_equal(beid_der_take(&from, &tlv), BEID_ERR_FORMAT);
    assert_int_equal(from.len, sizeof head);
    assert_int_equal(beid_der_total(from, 0xFFFF, &total), BEID_ERR_LIMIT);
    assert_int_equal(beid_der_total(from, UINT32_MAX, &total), BEID_ERR_LIMIT);
    assert_int_equal(total, 0);
    if (SIZE_MAX > UINT32_MAX) {
        assert_int_equal(beid_der_total(from, SIZE_MAX, &total), BEID_OK);
        assert_true(total == (size_t)UINT32_MAX + 6);
    }
}

static void
objects_follow_each_other(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x02, 1, 5, 0x05, 0, 0x04, 2, 8, 9};
    struct beid_span from = beid_span_of(bytes, sizeof bytes);
    struct beid_tlv tlv = {0};
    assert_int_equal(beid_der_take(&from, &tlv), BEID_OK);
    assert_int_equal(tlv.tag, 0x02);
    assert_int_equal(beid_der_take(&from, &tlv), BEID_OK);
    assert_int_equal(tlv.tag, 0x05);
    assert_int_equal(tlv.value.len, 0);
    assert_int_equal(beid_der_take(&from, &tlv), BEID_OK);
    assert_int_equal(tlv.value.ptr[1], 9);
    assert_int_equal(beid_der_take(&from, &tlv), BEID_ERR_FORMAT);
}

static void
assert_belpic(const uint8_t *head, size_t head_len, size_t value_len)
{
    struct beid_span from = file_with(head, head_len, head_len + value_len + 2);
    struct beid_tlv tlv = {0};
    assert_int_equal(beid_belpic_take(&from, &tlv), BEID_OK);
    assert_int_equal(tlv.tag, head[0]);
    assert_ptr_equal(tlv.value.ptr, file + head_len);
    assert_int_equal(tlv.value.len, value_len);
    assert_int_equal(from.len, 2);
    for (size_t cut = 0; cut < head_len + value_len; cut++) {
        from = beid_span_of(file, cut);
        assert_int_equal(beid_belpic_take(&from, &tlv), BEID_ERR_FORMAT);
        assert_int_equal(from.len, cut);
        assert_int_equal(tlv.value.len, value_len);
    }
}

static void
belpic_lengths_are_summed_over_ff(void **state)
{
    (void)state;
    assert_belpic((const uint8_t[]){0x01, 0x00}, 2, 0);
    assert_belpic((const uint8_t[]){0x01, 0x0C}, 2, 12);
    assert_belpic((const uint8_t[]){0x01, 0x7F}, 2, 0x7F);
    assert_belpic((const uint8_t[]){0x01, 0x80}, 2, 0x80);
    assert_belpic((const uint8_t[]){0x01, 0x81}, 2, 0x81);
    assert_belpic((const uint8_t[]){0x07, 0xFE}, 2, 254);
    assert_belpic((const uint8_t[]){0x07, 0xFF, 0x00}, 3, 255);
    assert_belpic((const uint8_t[]){0x07, 0xFF, 0x01}, 3, 256);
    assert_belpic((const uint8_t[]){0xFF, 0xFF, 0xFE}, 3, 509);
    assert_belpic((const uint8_t[]){0x00, 0xFF, 0xFF, 0x02}, 4, 512);
}

static void
endless_ff_ends_with_the_file(void **state)
{
    (void)state;
    memset(file, 0xFF, sizeof file);
    struct beid_span from = beid_span_of(file, sizeof file);
    struct beid_tlv tlv = {.tag = 0x55};
    assert_int_equal(beid_belpic_take(&from, &tlv), BEID_ERR_FORMAT);
    assert_int_equal(from.len, sizeof file);
    assert_int_equal(tlv.tag, 0x55);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(der_lengths_at_every_step),
        cmocka_unit_test(bad_der_headers_are_refused),
        cmocka_unit_test(the_largest_length_is_counted_not_believed),
        cmocka_unit_test(objects_follow_each_other),
        cmocka_unit_test(belpic_lengths_are_summed_over_ff),
        cmocka_unit_test(endless_ff_ends_with_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
