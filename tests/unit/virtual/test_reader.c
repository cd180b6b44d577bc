/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A slot: presence, power, faults, counters, and the trace file. */

#include "../unit.h"
#include "card_case.h"
#include "reader.h"
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_DIR "00A4080C043F002F00"

/* What a reply brought. */
struct got {
    int calls;
    enum vreader_result result;
    unsigned sw;
};

static struct trace off;

static void
keep(void *ctx, enum vreader_result result, struct beid_span answer)
{
    struct got *got = ctx;
    got->calls++;
    got->result = result;
    got->sw = answer.len < 2 ? 0
                             : ((unsigned)answer.ptr[answer.len - 2] << 8)
                                   | answer.ptr[answer.len - 1];
}

static void
open_reader(struct vreader *reader, const struct trace *trace)
{
    struct beid_span atr;
    vreader_init(reader, 0, case_card(VCARD_APPLET_1_8), trace);
    assert_int_equal(vreader_power_on(reader, &atr), VREADER_NO_CARD);
    assert_int_equal(vreader_insert(reader), BEID_OK);
    assert_int_equal(vreader_insert(reader), BEID_ERR_STATE);
    assert_int_equal(vreader_power_on(reader, &atr), VREADER_ANSWER);
    assert_int_equal(atr.len, 20);
}

static struct got
transmit(struct vreader *reader, const char *command)
{
    struct got got = {0};
    uint8_t bytes[300];
    size_t len = case_hex(command, bytes, sizeof(bytes));
    vreader_transmit(reader, beid_span_of(bytes, len), keep, &got);
    return got;
}

static void
test_counters(void **state)
{
    (void)state;
    struct vreader reader;
    struct beid_span atr;
    open_reader(&reader, &off);
    assert_int_equal(transmit(&reader, READ_DIR).sw, 0x9000);
    assert_int_equal(transmit(&reader, "00B0000025").sw, 0x9000);
    assert_int_equal(reader.counts.apdus, 2);
    assert_int_equal(reader.counts.bytes_in, 14);
    assert_int_equal(reader.counts.bytes_out, 41);
    assert_int_equal(vreader_reset(&reader, &atr), VREADER_ANSWER);
    assert_int_equal(reader.counts.resets, 1);
    assert_int_equal(reader.counts.power_ons, 1);
    assert_int_equal(transmit(&reader, "00B0000025").sw, 0x6986);
    vreader_counts_reset(&reader);
    assert_int_equal(reader.counts.apdus, 0);
    vreader_power_off(&reader);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_MUTE);
    assert_int_equal(reader.counts.apdus, 0);
    vreader_clear(&reader);
}

static void
test_remove(void **state)
{
    (void)state;
    struct vreader reader;
    open_reader(&reader, &off);
    vreader_fault_set(&reader, VREADER_FAULT_REMOVE, 2, 0);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_ANSWER);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_NO_CARD);
    assert_false(reader.inserted);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_NO_CARD);
    assert_int_equal(vreader_remove(&reader), BEID_ERR_STATE);
    assert_int_equal(reader.counts.apdus, 1);
    vreader_clear(&reader);
}

/* The tries are the card's: they survive being outside. */
static void
test_tries_survive(void **state)
{
    (void)state;
    struct vreader reader;
    struct beid_span atr;
    open_reader(&reader, &off);
    assert_int_equal(transmit(&reader, "0020000108249999FFFFFFFFFF").sw,
                     0x63C2);
    assert_int_equal(vreader_remove(&reader), BEID_OK);
    assert_int_equal(vreader_insert(&reader), BEID_OK);
    assert_int_equal(vreader_power_on(&reader, &atr), VREADER_ANSWER);
    assert_int_equal(transmit(&reader, "00200001").sw, 0x63C2);
    vreader_clear(&reader);
}

static void
test_mute(void **state)
{
    (void)state;
    struct vreader reader;
    struct beid_span atr;
    open_reader(&reader, &off);
    vreader_fault_set(&reader, VREADER_FAULT_MUTE, 1, 0);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_MUTE);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_MUTE);
    assert_int_equal(vreader_power_on(&reader, &atr), VREADER_MUTE);
    assert_int_equal(vreader_remove(&reader), BEID_OK);
    assert_int_equal(vreader_insert(&reader), BEID_OK);
    assert_int_equal(vreader_power_on(&reader, &atr), VREADER_ANSWER);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_ANSWER);
    vreader_fault_set(&reader, VREADER_FAULT_MUTE, 0, 0);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_MUTE);
    vreader_fault_off(&reader);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_ANSWER);
    vreader_clear(&reader);
}

static void
test_status_word(void **state)
{
    (void)state;
    struct vreader reader;
    open_reader(&reader, &off);
    vreader_fault_set(&reader, VREADER_FAULT_SW, 1, 0x6F00);
    assert_int_equal(transmit(&reader, READ_DIR).sw, 0x6F00);
    assert_int_equal(transmit(&reader, "00B0000001").sw, 0x6986);
    vreader_fault_set(&reader, VREADER_FAULT_SW, 1, 0x6F00);
    vreader_fault_off(&reader);
    assert_int_equal(transmit(&reader, READ_DIR).sw, 0x9000);
    static const uint8_t bytes[] = {0x30, 0x82, 0xFF, 0xFF, 0x61, 0x10};
    vreader_fault_answer(&reader, 2, beid_span_of(bytes, sizeof bytes));
    assert_int_equal(transmit(&reader, READ_DIR).sw, 0x9000);
    assert_int_equal(transmit(&reader, READ_DIR).sw, 0x6110);
    assert_int_equal(transmit(&reader, READ_DIR).sw, 0x9000);
    vreader_clear(&reader);
}

static void
count(void *ctx)
{
    int *calls = ctx;
    (*calls)++;
}

static void
test_hold(void **state)
{
    (void)state;
    struct vreader reader;
    struct got got = {0};
    int reached = 0;
    uint8_t command[16];
    size_t len = case_hex("80E6000000", command, sizeof(command));
    open_reader(&reader, &off);
    reader.hold_reached = count;
    reader.hold_ctx = &reached;
    assert_int_equal(vreader_release(&reader), BEID_ERR_STATE);

    /* The card sees a held command only when it is released. */
    vreader_fault_set(&reader, VREADER_FAULT_HOLD, 1, 0);
    vreader_transmit(&reader, beid_span_of(command, len), keep, &got);
    assert_int_equal(reached, 1);
    assert_int_equal(got.calls, 0);
    assert_int_equal(vcard_counts_of(reader.card).logoffs, 0);
    assert_int_equal(vreader_release(&reader), BEID_OK);
    assert_int_equal(got.calls, 1);
    assert_int_equal(got.sw, 0x9000);
    assert_int_equal(vcard_counts_of(reader.card).logoffs, 1);

    /* A card that leaves meanwhile ends the wait. */
    vreader_fault_set(&reader, VREADER_FAULT_HOLD, 1, 0);
    vreader_transmit(&reader, beid_span_of(command, len), keep, &got);
    assert_int_equal(vreader_remove(&reader), BEID_OK);
    assert_int_equal(got.calls, 2);
    assert_int_equal(got.result, VREADER_NO_CARD);

    /* An asker that is gone gets nothing. */
    struct beid_span atr;
    assert_int_equal(vreader_insert(&reader), BEID_OK);
    assert_int_equal(vreader_power_on(&reader, &atr), VREADER_ANSWER);
    vreader_fault_set(&reader, VREADER_FAULT_HOLD, 1, 0);
    vreader_transmit(&reader, beid_span_of(command, len), keep, &got);
    vreader_abandon(&reader, &got);
    assert_int_equal(vreader_release(&reader), BEID_ERR_STATE);
    assert_int_equal(got.calls, 2);
    vreader_clear(&reader);
}

static void
test_hold_after(void **state)
{
    (void)state;
    struct vreader reader;
    struct got got = {0};
    int reached = 0;
    uint8_t command[16];
    size_t len = case_hex("80E6000000", command, sizeof(command));
    open_reader(&reader, &off);
    reader.hold_reached = count;
    reader.hold_ctx = &reached;

    /* The card acts at once and once; only its answer waits. */
    unsigned long before = reader.counts.apdus;
    vreader_fault_set(&reader, VREADER_FAULT_HOLD_AFTER, 1, 0);
    vreader_transmit(&reader, beid_span_of(command, len), keep, &got);
    assert_int_equal(reached, 1);
    assert_int_equal(got.calls, 0);
    assert_int_equal(vcard_counts_of(reader.card).logoffs, 1);
    assert_int_equal(reader.counts.apdus, before);
    assert_int_equal(vreader_release(&reader), BEID_OK);
    assert_int_equal(got.calls, 1);
    assert_int_equal(got.result, VREADER_ANSWER);
    assert_int_equal(got.sw, 0x9000);
    assert_int_equal(vcard_counts_of(reader.card).logoffs, 1);
    assert_int_equal(reader.counts.apdus, before + 1);

    /* An abandoned answer is not the next command's. */
    vreader_fault_set(&reader, VREADER_FAULT_HOLD_AFTER, 1, 0);
    vreader_transmit(&reader, beid_span_of(command, len), keep, &got);
    vreader_abandon(&reader, &got);
    assert_int_equal(vreader_release(&reader), BEID_ERR_STATE);
    assert_int_equal(vcard_counts_of(reader.card).logoffs, 2);
    vreader_fault_set(&reader, VREADER_FAULT_HOLD, 1, 0);
    vreader_transmit(&reader, beid_span_of(command, len), keep, &got);
    assert_int_equal(vreader_release(&reader), BEID_OK);
    assert_int_equal(got.calls, 2);
    assert_int_equal(vcard_counts_of(reader.card).logoffs, 3);
    vreader_clear(&reader);
}

static void
test_swap(void **state)
{
    (void)state;
    struct vreader reader;
    struct beid_span atr;
    int changes = 0;
    open_reader(&reader, &off);
    reader.changed = count;
    reader.changed_ctx = &changes;
    vreader_swap(&reader, case_card(VCARD_APPLET_1_7));
    assert_int_equal(changes, 2);
    assert_true(reader.inserted);
    assert_int_equal(transmit(&reader, READ_DIR).result, VREADER_MUTE);
    assert_int_equal(vreader_power_on(&reader, &atr), VREADER_ANSWER);
    assert_int_equal(atr.len, 13);
    vreader_clear(&reader);
}

static void
test_trace(void **state)
{
    (void)state;
    static const char expected[] =
        "0 insert\n"
        "0 power-on\n"
        "0 > 002000010824****FFFFFFFFFF\n"
        "0 < 9000\n"
        "0 > 002400011024****FFFFFFFFFF25*****FFFFFFFFF\n"
        "0 < 63C2\n"
        "0 > 002C0001082C************FF\n"
        "0 < 6982\n"
        "0 > 0020000104********\n"
        "0 < 6700\n"
        "0 > 00A4080C043F002F00\n"
        "0 < 9000\n"
        "0 remove\n";
    char path[] = "/tmp/beid-trace-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct trace trace = {NULL};
    assert_int_equal(trace_open(&trace, "/nonexistent/trace"), BEID_ERR_IO);
    assert_int_equal(trace_open(&trace, path), BEID_OK);
    struct vreader reader;
    open_reader(&reader, &trace);
    (void)transmit(&reader, "0020000108241234FFFFFFFFFF");
    (void)transmit(&reader, "0024000110244321FFFFFFFFFF2512345FFFFFFFFF");
    (void)transmit(&reader, "002C0001082C222222111111FF");
    (void)transmit(&reader, "002000010431323334"); /* not a block at all */
    (void)transmit(&reader, READ_DIR);
    assert_int_equal(vreader_remove(&reader), BEID_OK);
    trace_close(&trace);
    vreader_clear(&reader);

    char text[1024];
    ssize_t len = read(fd, text, sizeof(text) - 1);
    assert_true(len > 0);
    text[len] = '\0';
    assert_string_equal(text, expected);
    (void)close(fd);
    (void)unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters),      cmocka_unit_test(test_remove),
        cmocka_unit_test(test_tries_survive), cmocka_unit_test(test_mute),
        cmocka_unit_test(test_status_word),   cmocka_unit_test(test_hold),
        cmocka_unit_test(test_hold_after),    cmocka_unit_test(test_swap),
        cmocka_unit_test(test_trace),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
