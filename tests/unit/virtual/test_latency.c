/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Answers that come as late as those of a real card. */

#include "../unit.h"
#include "card_case.h"
#include "latency.h"
#include "loop.h"
#include "reader.h"
#include "trace.h"

#define READ_DIR "00A4080C043F002F00"
#define READ_256 "00B0000000"
#define SIGN "002A9E9A30"
#define SIGN_LEN 53U

static struct trace off;

struct got {
    int calls;
    enum vreader_result result;
    size_t len;
    struct loop *loop;
};

static void
keep(void *ctx, enum vreader_result result, struct beid_span answer)
{
    struct got *got = ctx;
    got->calls++;
    got->result = result;
    got->len = answer.len;
    if (got->loop != NULL) {
        loop_stop(got->loop);
    }
}

static void
count(void *ctx, struct beid_span command, struct beid_span answer)
{
    (void)command;
    (void)answer;
    int *calls = ctx;
    (*calls)++;
}

static unsigned
model(enum vcard_applet applet, const char *command, size_t command_len,
      size_t answer_len, uint8_t sw1)
{
    uint8_t sent[64] = {0};
    uint8_t got[300] = {0};
    (void)case_hex(command, sent, sizeof(sent));
    got[answer_len - 2] = sw1;
    return latency_us(applet, beid_span_of(sent, command_len),
                      beid_span_of(got, answer_len));
}

/* Close to the figures of facts §8: 0.31 and 0.054 ms for a byte. */
static void
test_model(void **state)
{
    (void)state;
    /* 5 of header, a procedure byte, 256 of data, 2 of status word */
    assert_in_range(model(VCARD_APPLET_1_7, READ_256, 5, 258, 0x90),
                    264 * 311UL, 264 * 314UL);
    assert_in_range(model(VCARD_APPLET_1_8, READ_256, 5, 258, 0x90), 264 * 53UL,
                    264 * 54UL);
    /* a header without P3 goes as five bytes, and has no procedure byte */
    assert_in_range(model(VCARD_APPLET_1_8, "00200001", 4, 2, 0x90), 7 * 53UL,
                    7 * 54UL);
    /* a signature that is not made costs the line alone */
    assert_in_range(model(VCARD_APPLET_1_7, SIGN, SIGN_LEN, 2, 0x69),
                    56 * 311UL, 56 * 314UL);
    assert_in_range(model(VCARD_APPLET_1_7, SIGN, SIGN_LEN, 2, 0x61),
                    LATENCY_SIGN_17_US + (56 * 311UL),
                    LATENCY_SIGN_17_US + (56 * 314UL));
    assert_in_range(model(VCARD_APPLET_1_8, SIGN, SIGN_LEN, 2, 0x61),
                    LATENCY_SIGN_18_US + (56 * 53UL),
                    LATENCY_SIGN_18_US + (56 * 54UL));
}

static void
open_reader(struct vreader *reader)
{
    struct beid_span atr;
    vreader_init(reader, 0, case_card(VCARD_APPLET_1_8), &off);
    assert_int_equal(vreader_insert(reader), BEID_OK);
    assert_int_equal(vreader_power_on(reader, &atr), VREADER_ANSWER);
}

static void
send_read(struct vreader *reader, struct got *got)
{
    uint8_t bytes[16];
    size_t len = case_hex(READ_DIR, bytes, sizeof(bytes));
    vreader_transmit(reader, beid_span_of(bytes, len), keep, got);
}

static void
test_waits(void **state)
{
    (void)state;
    struct vreader reader;
    struct got got = {0};
    int asked = 0;
    open_reader(&reader);
    reader.delay = count;
    reader.delay_ctx = &asked;
    vreader_due(&reader); /* nothing is late */

    send_read(&reader, &got);
    assert_int_equal(asked, 1);
    assert_int_equal(got.calls, 0);
    assert_int_equal(reader.counts.apdus, 0);
    vreader_due(&reader);
    assert_int_equal(got.calls, 1);
    assert_int_equal(got.result, VREADER_ANSWER);
    assert_int_equal(reader.counts.apdus, 1);
    assert_int_equal(reader.counts.bytes_in, 9);
    vreader_due(&reader);
    assert_int_equal(got.calls, 1);

    /* A card that leaves meanwhile ends the wait. */
    send_read(&reader, &got);
    assert_int_equal(vreader_remove(&reader), BEID_OK);
    assert_int_equal(got.calls, 2);
    assert_int_equal(got.result, VREADER_NO_CARD);
    vreader_due(&reader);
    assert_int_equal(got.calls, 2);

    /* An asker that is gone gets nothing. */
    struct beid_span atr;
    assert_int_equal(vreader_insert(&reader), BEID_OK);
    assert_int_equal(vreader_power_on(&reader, &atr), VREADER_ANSWER);
    send_read(&reader, &got);
    vreader_abandon(&reader, &got);
    vreader_due(&reader);
    assert_int_equal(got.calls, 2);
    assert_int_equal(reader.counts.apdus, 1);
    vreader_clear(&reader);
}

/* A command that was held is late as well when it is let go. */
static void
test_held_then_late(void **state)
{
    (void)state;
    struct vreader reader;
    struct got got = {0};
    int asked = 0;
    open_reader(&reader);
    reader.delay = count;
    reader.delay_ctx = &asked;
    vreader_fault_set(&reader, VREADER_FAULT_HOLD, 1, 0);
    send_read(&reader, &got);
    assert_int_equal(asked, 0);
    assert_int_equal(vreader_release(&reader), BEID_OK);
    assert_int_equal(asked, 1);
    assert_int_equal(got.calls, 0);
    vreader_due(&reader);
    assert_int_equal(got.calls, 1);
    vreader_clear(&reader);
}

/* The loop's clock brings the answer; it must not come without it. */
static void
test_timer(void **state)
{
    (void)state;
    static struct loop loop;
    struct vreader reader;
    struct latency latency = {0};
    loop_init(&loop);
    struct got got = {.loop = &loop};
    latency_close(&latency);
    open_reader(&reader);
    latency_open(&latency, &loop, &reader);
    send_read(&reader, &got);
    assert_int_equal(got.calls, 0);
    loop_run(&loop);
    assert_int_equal(got.calls, 1);
    assert_int_equal(got.len, 2);
    latency_close(&latency);
    send_read(&reader, &got);
    assert_int_equal(got.calls, 2);
    vreader_clear(&reader);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_held_then_late),
        cmocka_unit_test(test_timer),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
