/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../../unit.h"
#include "journal/journal.h"

#include <string.h>

static const struct journal_entry sample = {
    .number = 7,
    .time = 1764096000,
    .origin = {(const uint8_t *)"https://portal.example", 22},
    .kind = {(const uint8_t *)"authenticate", 12},
    .outcome = {(const uint8_t *)"done", 4},
};

static struct beid_span
without_feed(const struct beid_buf *line)
{
    struct beid_span text = beid_buf_span(line);
    assert_true(text.len > 0 && text.ptr[text.len - 1] == '\n');
    text.len--;
    return text;
}

static void
a_line_comes_back(void **state)
{
    (void)state;
    uint8_t written[JOURNAL_HASH_LEN] = {1};
    uint8_t chain[JOURNAL_HASH_LEN] = {1};
    struct journal_entry entry;
    struct beid_buf line;
    beid_buf_init(&line, JOURNAL_LINE_MAX);
    assert_int_equal(journal_line_put(&line, &sample, written), BEID_OK);
    assert_int_equal(journal_line_get(without_feed(&line), chain, &entry),
                     BEID_OK);
    assert_memory_equal(chain, written, sizeof chain);
    assert_int_equal(entry.number, 7);
    assert_int_equal(entry.time, 1764096000);
    assert_true(beid_span_same(entry.origin, sample.origin));
    assert_true(beid_span_same(entry.outcome, sample.outcome));
    assert_int_equal(entry.resource.len, 0);
    assert_int_equal(entry.hash.len, JOURNAL_HEX_LEN);
    beid_buf_clear(&line);
}

/* The document says how the hash is made: SHA-256(before ‖ line). */
static void
the_hash_is_the_documented_one(void **state)
{
    (void)state;
    uint8_t chain[JOURNAL_HASH_LEN] = {0};
    struct beid_buf line;
    beid_buf_init(&line, JOURNAL_LINE_MAX);
    assert_int_equal(journal_line_put(&line, &sample, chain), BEID_OK);
    /* By printf and sha256sum. */
    assert_string_equal(
        beid_buf_cstr(&line),
        "7\t2025-11-25T18:40:00Z\thttps://portal.example\tauthenticate\t-\t-"
        "\tdone\t-\te8ce368a2857d8767ae87f2c5fa797a979dbc097c32db6a078a6efa6e89f54dc\n");
    beid_buf_clear(&line);
}

static void
another_hash_is_told_from_no_line(void **state)
{
    (void)state;
    uint8_t chain[JOURNAL_HASH_LEN] = {0};
    struct journal_entry entry;
    struct beid_buf line;
    beid_buf_init(&line, JOURNAL_LINE_MAX);
    assert_int_equal(journal_line_put(&line, &sample, chain), BEID_OK);
    memset(chain, 9, sizeof chain);
    assert_int_equal(journal_line_get(without_feed(&line), chain, &entry),
                     BEID_ERR_SIGNATURE);
    static const char *const wrong[] = {
        "",
        "x",
        "7\t2025-11-25T18:40:00Z",
        "-7\t2025-11-25T18:40:00Z\ta\tb\tc\td\te\tf\t0",
        "7\t2025-11-25 18:40:00Z\ta\tb\tc\td\te\tf\t0",
        "99999999999999999999\t2025-11-25T18:40:00Z\ta\tb\tc\td\te\tf\t0",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(
            journal_line_get(beid_span_str(wrong[i]), chain, &entry),
            BEID_ERR_FORMAT);
    }
    beid_buf_clear(&line);
}

static void
no_field_ends_the_line(void **state)
{
    (void)state;
    uint8_t chain[JOURNAL_HASH_LEN] = {0};
    uint8_t again[JOURNAL_HASH_LEN] = {0};
    uint8_t long_text[JOURNAL_FIELD_MAX + 50];
    struct journal_entry entry = sample;
    struct journal_entry back;
    struct beid_buf line;
    memset(long_text, 'x', sizeof long_text);
    beid_buf_init(&line, JOURNAL_LINE_MAX);
    entry.origin = beid_span_str("a\tb\nc\x1b\x7f");
    entry.resource = beid_span_of(long_text, sizeof long_text);
    assert_int_equal(journal_line_put(&line, &entry, chain), BEID_OK);
    assert_int_equal(journal_line_get(without_feed(&line), again, &back),
                     BEID_OK);
    assert_true(beid_span_same(back.origin, beid_span_str("a?b?c??")));
    assert_int_equal(back.resource.len, JOURNAL_FIELD_MAX);
    beid_buf_clear(&line);
}

static void
first_line_and_head_come_back(void **state)
{
    (void)state;
    uint8_t chain[JOURNAL_HASH_LEN];
    uint8_t back[JOURNAL_HASH_LEN];
    uint64_t number = 0;
    struct beid_buf text;
    struct journal_head head = {.count = 12, .oldest = 3, .missed = 4};
    struct journal_head got;
    memset(chain, 0xAB, sizeof chain);
    memcpy(head.hash, chain, sizeof chain);
    beid_buf_init(&text, 300);
    assert_int_equal(journal_first_put(&text, 42, chain), BEID_OK);
    assert_int_equal(journal_first_get(without_feed(&text), &number, back),
                     BEID_OK);
    assert_int_equal(number, 42);
    assert_memory_equal(back, chain, sizeof chain);
    beid_buf_reset(&text);
    assert_int_equal(journal_head_put(&text, &head), BEID_OK);
    assert_int_equal(text.len, JOURNAL_HEAD_LEN);
    assert_int_equal(journal_head_get(beid_buf_span(&text), &got), BEID_OK);
    assert_int_equal(got.count, 12);
    assert_int_equal(got.oldest, 3);
    assert_int_equal(got.missed, 4);
    assert_memory_equal(got.hash, chain, sizeof chain);
    for (size_t len = 0; len < text.len; len++) {
        assert_int_equal(journal_head_get(beid_span_of(text.ptr, len), &got),
                         BEID_ERR_FORMAT);
    }
    beid_buf_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_comes_back),
        cmocka_unit_test(the_hash_is_the_documented_one),
        cmocka_unit_test(another_hash_is_told_from_no_line),
        cmocka_unit_test(no_field_ends_the_line),
        cmocka_unit_test(first_line_and_head_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
