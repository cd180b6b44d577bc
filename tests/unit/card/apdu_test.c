/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* 61xx, 6Cxx, short and hostile answers, and the caps of threats C-01. */
#include "../unit.h"
#include "card/apdu.h"
#include "script.h"

#include <string.h>
#include <time.h>

#define READ_4 "00B0000004"

static enum beid_err
exchange(struct transport transport, const char *command, size_t max,
         struct beid_buf *data, uint16_t *sw)
{
    uint8_t bytes[300];
    size_t len = script_hex(command, bytes, sizeof bytes);
    beid_buf_init(data, max);
    return apdu_exchange(&transport, beid_span_of(bytes, len), data, sw);
}

/* The data that came, as a check against hexadecimal text. */
static void
expect_data(struct beid_buf *data, const char *hex)
{
    uint8_t bytes[600];
    size_t len = script_hex(hex, bytes, sizeof bytes);
    assert_int_equal(data->len, len);
    if (len > 0) {
        assert_memory_equal(data->ptr, bytes, len);
    }
    beid_buf_clear(data);
}

static void
plain_answers(void **state)
{
    (void)state;
    static const struct {
        struct script_step step;
        uint16_t sw;
        const char *data;
    } cases[] = {
        {{READ_4, "010203049000", BEID_OK}, 0x9000, "01020304"},
        {{READ_4, "9000", BEID_OK}, 0x9000, ""},
        {{READ_4, "6A82", BEID_OK}, 0x6A82, ""},
        {{READ_4, "0102 6282", BEID_OK}, 0x6282, "0102"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct beid_buf data;
        uint16_t sw = 0;
        assert_int_equal(
            exchange(script_start(&cases[i].step, 1), READ_4, 256, &data, &sw),
            BEID_OK);
        assert_int_equal(sw, cases[i].sw);
        expect_data(&data, cases[i].data);
        script_end();
    }
}

static void
wrong_length_is_corrected_once(void **state)
{
    (void)state;
    static const struct script_step good[] = {
        {"00B0000000", "6C02", BEID_OK}, {"00B0000002", "AABB9000", BEID_OK}};
    static const struct script_step stubborn[] = {
        {"00B0000000", "6C02", BEID_OK}, {"00B0000002", "6C02", BEID_OK}};
    static const struct script_step with_data[] = {
        {"002A9E9A021122", "6C10", BEID_OK}};
    struct beid_buf data;
    uint16_t sw = 0;
    assert_int_equal(exchange(SCRIPT(good), "00B0000000", 256, &data, &sw),
                     BEID_OK);
    assert_int_equal(sw, 0x9000);
    expect_data(&data, "AABB");
    script_end();
    assert_int_equal(exchange(SCRIPT(stubborn), "00B0000000", 256, &data, &sw),
                     BEID_OK);
    assert_int_equal(sw, 0x6C02);
    expect_data(&data, "");
    script_end();
    /* A command with data is never sent again. */
    assert_int_equal(
        exchange(SCRIPT(with_data), "002A9E9A021122", 256, &data, &sw),
        BEID_OK);
    assert_int_equal(sw, 0x6C10);
    expect_data(&data, "");
    script_end();
}

/* Of commands that read only, and once only. */
static void
spurious_answer_is_not_believed(void **state)
{
    (void)state;
    static const struct script_step good[] = {
        {"00B0000002", "6D00", BEID_OK}, {"00B0000002", "AABB9000", BEID_OK}};
    static const struct script_step stubborn[] = {
        {"00B0000002", "6D00", BEID_OK}, {"00B0000002", "6D00", BEID_OK}};
    static const char *const once[] = {"0020000108241234FFFFFFFFFF",
                                       "002A9E9A021122", "80E6000000",
                                       "00C0000002", "002241B600"};
    struct beid_buf data;
    uint16_t sw = 0;
    assert_int_equal(exchange(SCRIPT(good), "00B0000002", 256, &data, &sw),
                     BEID_OK);
    assert_int_equal(sw, 0x9000);
    expect_data(&data, "AABB");
    script_end();
    assert_int_equal(exchange(SCRIPT(stubborn), "00B0000002", 256, &data, &sw),
                     BEID_OK);
    assert_int_equal(sw, 0x6D00);
    expect_data(&data, "");
    script_end();
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        const struct script_step step = {once[i], "6D00", BEID_OK};
        assert_int_equal(
            exchange(script_start(&step, 1), once[i], 256, &data, &sw),
            BEID_OK);
        assert_int_equal(sw, 0x6D00);
        expect_data(&data, "");
        script_end();
    }
}

/* An applet that needs it is left alone after 6Cxx; others cost no time. */
static void
pause_after_wrong_length(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {"00B0000000", "6C02", BEID_OK}, {"00B0000002", "AABB9000", BEID_OK}};
    struct beid_buf data;
    uint16_t sw = 0;
    struct timespec before;
    struct timespec after;
    struct transport transport = SCRIPT(steps);
    transport.hasty = true;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(exchange(transport, "00B0000000", 256, &data, &sw),
                     BEID_OK);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    expect_data(&data, "AABB");
    script_end();
    int64_t ns = (after.tv_sec - before.tv_sec) * INT64_C(1000000000)
                 + (after.tv_nsec - before.tv_nsec);
    assert_true(ns >= 10000000);
}

static void
waiting_data_is_fetched(void **state)
{
    (void)state;
    static const struct script_step parts[] = {
        {"002A9E9A0111", "6103", BEID_OK},
        {"00C0000003", "0102 6102", BEID_OK},
        {"00C0000002", "6C01", BEID_OK},
        {"00C0000001", "03 9000", BEID_OK},
    };
    static const struct script_step with_first[] = {
        {"002A9E9A0111", "AA 6101", BEID_OK},
        {"00C0000001", "BB 9000", BEID_OK},
    };
    static const struct script_step refused[] = {
        {"002A9E9A0111", "6100", BEID_OK},
        {"00C0000000", "6985", BEID_OK},
    };
    static const struct script_step broken[] = {
        {"002A9E9A0111", "6100", BEID_OK},
        {"00C0000000", NULL, BEID_ERR_CARD_REMOVED},
    };
    struct beid_buf data;
    uint16_t sw = 0;
    assert_int_equal(exchange(SCRIPT(parts), "002A9E9A0111", 256, &data, &sw),
                     BEID_OK);
    assert_int_equal(sw, 0x9000);
    expect_data(&data, "010203");
    script_end();
    assert_int_equal(
        exchange(SCRIPT(with_first), "002A9E9A0111", 256, &data, &sw), BEID_OK);
    expect_data(&data, "AABB");
    script_end();
    assert_int_equal(exchange(SCRIPT(refused), "002A9E9A0111", 256, &data, &sw),
                     BEID_OK);
    assert_int_equal(sw, 0x6985);
    expect_data(&data, "");
    script_end();
    assert_int_equal(exchange(SCRIPT(broken), "002A9E9A0111", 256, &data, &sw),
                     BEID_ERR_CARD_REMOVED);
    beid_buf_clear(&data);
    script_end();
}

/* A card that has always one more part: 64 rounds, not 65. */
static void
endless_parts_end(void **state)
{
    (void)state;
    struct script_step steps[APDU_ROUNDS_MAX + 1];
    struct beid_buf data;
    uint16_t sw = 0;
    steps[0] = (struct script_step){"002A9E9A0111", "6101", BEID_OK};
    for (size_t i = 1; i <= APDU_ROUNDS_MAX; i++) {
        steps[i] = (struct script_step){"00C0000001", "AA 6101", BEID_OK};
    }
    assert_int_equal(exchange(SCRIPT(steps), "002A9E9A0111", 256, &data, &sw),
                     BEID_ERR_FORMAT);
    beid_buf_clear(&data);
    script_end();
    steps[APDU_ROUNDS_MAX].reply = "AA 9000";
    assert_int_equal(exchange(SCRIPT(steps), "002A9E9A0111", 256, &data, &sw),
                     BEID_OK);
    assert_int_equal(data.len, APDU_ROUNDS_MAX);
    beid_buf_clear(&data);
    script_end();
}

static void
too_much_data_is_refused(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {READ_4, "01020304 6102", BEID_OK},
        {"00C0000002", "0506 9000", BEID_OK}};
    static const enum beid_err expected[] = {BEID_ERR_LIMIT, BEID_OK, BEID_OK};
    for (size_t i = 0; i < 3; i++) {
        struct beid_buf data;
        uint16_t sw = 0;
        assert_int_equal(exchange(SCRIPT(steps), READ_4, 5 + i, &data, &sw),
                         expected[i]);
        beid_buf_clear(&data);
        script_end();
    }
}

static void
answers_without_status_word(void **state)
{
    (void)state;
    static const char *const replies[] = {"", "90"};
    for (size_t i = 0; i < 2; i++) {
        const struct script_step step = {READ_4, replies[i], BEID_OK};
        struct beid_buf data;
        uint16_t sw = 0x1234;
        assert_int_equal(
            exchange(script_start(&step, 1), READ_4, 256, &data, &sw),
            BEID_ERR_FORMAT);
        assert_int_equal(sw, 0x1234);
        beid_buf_clear(&data);
        script_end();
    }
}

/* A transport that says more arrived than there was room for. */
static size_t claimed;

static enum beid_err
claim(void *self, struct beid_span command, uint8_t *answer, size_t *len)
{
    (void)self;
    (void)command;
    memset(answer, 0x90, TRANSPORT_ANSWER_MAX);
    *len = claimed;
    return BEID_OK;
}

static void
impossible_lengths(void **state)
{
    (void)state;
    static const struct transport_ops liar = {.transmit = claim};
    static const uint8_t command[] = {0x00, 0xB0, 0x00, 0x00, 0x00};
    const struct transport transport = {.ops = &liar};
    for (claimed = TRANSPORT_ANSWER_MAX - 1; claimed < SCRIPT_ANSWER_MAX;
         claimed++) {
        struct beid_buf data;
        uint16_t sw = 0;
        beid_buf_init(&data, 256);
        enum beid_err err = apdu_exchange(
            &transport, beid_span_of(command, sizeof command), &data, &sw);
        assert_int_equal(
            err, claimed <= TRANSPORT_ANSWER_MAX ? BEID_OK : BEID_ERR_FORMAT);
        beid_buf_clear(&data);
    }
}

static void
once_means_once(void **state)
{
    (void)state;
    static const char *const replies[] = {"6102", "6C08", "9000", "63C1"};
    static const uint8_t command[] = {0x00, 0x20, 0x00, 0x01, 0x00};
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        const struct script_step step = {"0020000100", replies[i], BEID_OK};
        struct transport transport = script_start(&step, 1);
        uint16_t sw = 0;
        assert_int_equal(
            apdu_once(&transport, beid_span_of(command, sizeof command), &sw),
            BEID_OK);
        assert_int_equal(script_commands(), 1);
        script_end();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_answers),
        cmocka_unit_test(wrong_length_is_corrected_once),
        cmocka_unit_test(spurious_answer_is_not_believed),
        cmocka_unit_test(pause_after_wrong_length),
        cmocka_unit_test(waiting_data_is_fetched),
        cmocka_unit_test(endless_parts_end),
        cmocka_unit_test(too_much_data_is_refused),
        cmocka_unit_test(answers_without_status_word),
        cmocka_unit_test(impossible_lengths),
        cmocka_unit_test(once_means_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
