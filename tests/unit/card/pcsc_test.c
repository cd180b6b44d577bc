/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The transport over a pcscd that lies. */
#include "../unit.h"
#include "card/pcsc.h"
#include "pcsc_fake.h"

#include <string.h>

#define NO_SERVICE 0x8010001DL
#define NO_READERS 0x8010002EL
#define NOT_TRANSACTED 0x80100016L
#define REMOVED 0x80100069L
#define UNRESPONSIVE 0x80100066L
#define PROTO_MISMATCH 0x8010000FL
#define CANCELLED 0x80100002L
#define TIMEOUT 0x8010000AL
#define MUTE 0x200UL
#define PRESENT 0x20UL
#define EMPTY 0x10UL
#define LEAVE 0UL
#define RESET 1UL

static struct reader_scan list;

static enum beid_err
list_readers(const char *names, size_t len)
{
    void *self = NULL;
    fake.names_len = len;
    memcpy(fake.names, names, len < sizeof fake.names ? len : 0);
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    list.count = 99;
    enum beid_err err = pcsc_service.scan(self, &list);
    pcsc_service.close(self);
    return err;
}

static int
prepare(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    return 0;
}

static void
reader_lists(void **state)
{
    (void)state;
    static const struct {
        const char *names;
        size_t len;
        size_t count;
    } cases[] = {
        {"One\0Two\0\0", 9, 2}, {"One\0\0", 5, 1},
        {"\0", 1, 0},           {"", 0, 0},
        {"One\0Two", 7, 1}, /* the last name does not end */
        {"One", 3, 0},          {"One\0\0Hidden\0\0", 13, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(list_readers(cases[i].names, cases[i].len), BEID_OK);
        assert_int_equal(list.count, cases[i].count);
        if (list.count > 0) {
            assert_string_equal(list.readers[0].name, "One");
        }
    }
}

static void
long_and_many_names(void **state)
{
    (void)state;
    static char names[8192];
    memset(names, 'x', 128);
    memcpy(names + 129, "Good", 5);
    assert_int_equal(list_readers(names, 135), BEID_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.readers[0].name, "Good");
    memset(names, 0, sizeof names);
    for (size_t i = 0; i < 100; i++) {
        names[2 * i] = 'r';
    }
    assert_int_equal(list_readers(names, 201), BEID_OK);
    assert_int_equal(list.count, 16);
}

static void
impossible_list_length(void **state)
{
    (void)state;
    void *self = NULL;
    fake.names_len = sizeof fake.names + 1;
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.scan(self, &list), BEID_ERR_READER);
    fake.list = NO_READERS;
    fake.names_len = 0;
    assert_int_equal(pcsc_service.scan(self, &list), BEID_OK);
    assert_int_equal(list.count, 0);
    pcsc_service.close(self);
}

/* A reader that leaves between the list and its state is left out. */
static void
readers_that_left(void **state)
{
    (void)state;
    fake.missing = "One";
    fake.events[0] = PRESENT | (7UL << 16);
    assert_int_equal(list_readers("One\0Two\0\0", 9), BEID_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.readers[0].name, "Two");
    assert_true(list.readers[0].state.present);
    assert_int_equal(list.readers[0].state.events, 7);
}

/* The wait begins from what was seen, the count of events included. */
static void
waits_from_what_was_seen(void **state)
{
    (void)state;
    void *self = NULL;
    fake.events[0] = PRESENT | (7UL << 16);
    assert_int_equal(list_readers("One\0\0", 5), BEID_OK);
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.wait(self, &list), BEID_OK);
    assert_int_equal(fake.watched, 2);
    /* Never for long: a reader may have come just before. */
    assert_in_range(fake.timeout, 1, 1000);
    assert_int_equal(fake.current[0], PRESENT | (7UL << 16));
    assert_int_equal(fake.current[1], 0);
    assert_string_equal(fake.watched_name, "\\\\?PnP?\\Notification");
    fake.change = TIMEOUT;
    assert_int_equal(pcsc_service.wait(self, &list), BEID_OK);
    assert_in_range(fake.timeout, 1, 1000);
    fake.change = CANCELLED;
    pcsc_service.cancel(self);
    assert_int_equal(fake.cancels, 1);
    assert_int_equal(pcsc_service.wait(self, &list), BEID_ERR_CANCELLED);
    pcsc_service.close(self);
}

/* pcsc-lite refuses to look at more readers than it can have. */
static void
waits_with_every_reader_there_can_be(void **state)
{
    (void)state;
    void *self = NULL;
    static char names[64];
    for (size_t i = 0; i < 16; i++) {
        names[2 * i] = (char)('a' + i);
    }
    fake.events[0] = PRESENT | MUTE;
    assert_int_equal(list_readers(names, 33), BEID_OK);
    assert_int_equal(list.count, 16);
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.wait(self, &list), BEID_OK);
    assert_int_equal(fake.watched, 16);
    assert_string_equal(fake.watched_name, "p");
    assert_int_equal(fake.current[15], PRESENT | MUTE);
    pcsc_service.close(self);
}

static void
no_service(void **state)
{
    (void)state;
    void *self = NULL;
    fake.establish = NO_SERVICE;
    assert_int_equal(pcsc_service.open(&self), BEID_ERR_NO_SERVICE);
    assert_null(self);
}

static void
states_and_their_atr(void **state)
{
    (void)state;
    static const unsigned long lengths[] = {0, 13, 33, 34, 4000};
    static const size_t kept[] = {0, 13, 33, 0, 0};
    void *self = NULL;
    struct reader_state seen;
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    for (size_t i = 0; i < 5; i++) {
        fake.looks = 0;
        fake.events[0] = PRESENT | (5UL << 16);
        fake.atr_len = lengths[i];
        assert_int_equal(pcsc_service.state(self, "One", &seen), BEID_OK);
        assert_true(seen.attached && seen.present && !seen.mute);
        assert_int_equal(seen.events, 5);
        assert_int_equal(seen.atr_len, kept[i]);
    }
    fake.looks = 0;
    fake.events[0] = 0x4; /* unknown reader */
    assert_int_equal(pcsc_service.state(self, "One", &seen),
                     BEID_ERR_NO_READER);
    pcsc_service.close(self);
}

static enum beid_err
transmit(unsigned long answer_len, long rv, size_t *len)
{
    static const uint8_t command[] = {0x00, 0xB0, 0x00, 0x00, 0x00};
    void *self = NULL;
    struct transport transport = {0};
    uint8_t answer[TRANSPORT_ANSWER_MAX];
    fake.answer_len = answer_len;
    fake.transmit = rv;
    fake.connects = 0;
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.connect(self, "One", &transport), BEID_OK);
    enum beid_err err = transport.ops->transmit(
        transport.self, beid_span_of(command, sizeof command), answer, len);
    transport.ops->close(transport.self, false);
    pcsc_service.close(self);
    return err;
}

static void
answer_lengths(void **state)
{
    (void)state;
    size_t len = 0;
    assert_int_equal(transmit(258, 0, &len), BEID_OK);
    assert_int_equal(len, 258);
    assert_int_equal(transmit(259, 0, &len), BEID_ERR_READER);
    assert_int_equal(transmit(65538, 0, &len), BEID_ERR_READER);
    assert_int_equal(transmit(2, REMOVED, &len), BEID_ERR_CARD_REMOVED);
}

/* A reader tells of bytes that it did not write: nothing of ours is believed
 * to be its answer, connected with the card or without it. */
static void
bytes_that_nobody_wrote(void **state)
{
    static const uint8_t zeros[TRANSPORT_ANSWER_MAX];
    (void)state;
    void *self = NULL;
    struct transport transport = {0};
    uint8_t answer[TRANSPORT_ANSWER_MAX];
    size_t len = sizeof answer;
    fake.control_told = sizeof answer;
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    memset(answer, 0x33, sizeof answer);
    assert_int_equal(pcsc_service.features(self, "One", answer, &len), BEID_OK);
    assert_int_equal(len, sizeof answer);
    assert_memory_equal(answer, zeros, sizeof answer);
    assert_int_equal(pcsc_service.connect(self, "One", &transport), BEID_OK);
    memset(answer, 0x33, sizeof answer);
    assert_int_equal(transport.ops->control(transport.self, 1,
                                            beid_span_of(NULL, 0), answer,
                                            &len),
                     BEID_OK);
    assert_memory_equal(answer, zeros, sizeof answer);
    fake.control_told++;
    assert_int_not_equal(transport.ops->control(transport.self, 1,
                                                beid_span_of(NULL, 0), answer,
                                                &len),
                         BEID_OK);
    len = sizeof answer;
    assert_int_not_equal(pcsc_service.features(self, "One", answer, &len),
                         BEID_OK);
    transport.ops->close(transport.self, false);
    assert_int_equal(fake.open_cards, 0);
    pcsc_service.close(self);
}

/* A failed exchange whose cause shows only at the second look. */
static void
removal_is_found_out(void **state)
{
    (void)state;
    size_t len = 0;
    fake.events[0] = PRESENT;
    fake.events[1] = EMPTY;
    assert_int_equal(transmit(2, NOT_TRANSACTED, &len), BEID_ERR_CARD_REMOVED);
    fake.looks = 0;
    fake.events[0] = EMPTY;
    assert_int_equal(transmit(2, NOT_TRANSACTED, &len), BEID_ERR_CARD_REMOVED);
    assert_int_equal(fake.looks, 1);
    fake.looks = 0;
    fake.events[0] = PRESENT;
    fake.events[1] = PRESENT;
    /* Neither did another exchange work after a reset. */
    assert_int_equal(transmit(2, NOT_TRANSACTED, &len), BEID_ERR_IO);
}

/* The reset for a failed exchange happens in a transaction that pcscd counts
 * once, and is told at the next one. */
static void
restart_in_a_transaction(void **state)
{
    (void)state;
    static const uint8_t read[] = {0x80, 0xE4, 0x00, 0x00, 0x1C};
    uint8_t answer[TRANSPORT_ANSWER_MAX];
    size_t len = 0;
    void *self = NULL;
    struct transport transport = {0};
    fake.events[0] = PRESENT;
    fake.events[1] = PRESENT;
    fake.answer_len = 2;
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.connect(self, "One", &transport), BEID_OK);
    assert_int_equal(transport.ops->begin(transport.self), BEID_OK);
    fake.transmit_once = NOT_TRANSACTED;
    assert_int_equal(transport.ops->transmit(transport.self,
                                             beid_span_of(read, sizeof read),
                                             answer, &len),
                     BEID_OK);
    assert_int_equal(fake.ended_with, RESET); /* once, by its end */
    assert_int_equal(fake.last_disposition, LEAVE);
    assert_int_equal(fake.begins, 2);
    assert_int_equal(fake.transactions, 1);
    assert_int_equal(transport.ops->end(transport.self, false), BEID_OK);
    assert_int_equal(fake.transactions, 0);
    assert_int_equal(transport.ops->begin(transport.self), BEID_ERR_CARD_RESET);
    assert_int_equal(transport.ops->begin(transport.self), BEID_OK);
    assert_int_equal(transport.ops->end(transport.self, false), BEID_OK);
    transport.ops->close(transport.self, false);
    pcsc_service.close(self);
}

/* A transaction that could not be begun again is none to end. */
static void
restart_that_loses_the_transaction(void **state)
{
    (void)state;
    static const uint8_t read[] = {0x80, 0xE4, 0x00, 0x00, 0x1C};
    uint8_t answer[TRANSPORT_ANSWER_MAX];
    size_t len = 0;
    void *self = NULL;
    struct transport transport = {0};
    fake.events[0] = PRESENT;
    fake.events[1] = PRESENT;
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.connect(self, "One", &transport), BEID_OK);
    assert_int_equal(transport.ops->begin(transport.self), BEID_OK);
    fake.transmit_once = NOT_TRANSACTED;
    fake.begin = REMOVED;
    assert_int_equal(transport.ops->transmit(transport.self,
                                             beid_span_of(read, sizeof read),
                                             answer, &len),
                     BEID_ERR_CARD_REMOVED);
    assert_int_equal(fake.transactions, 0);
    assert_int_equal(transport.ops->end(transport.self, false), BEID_ERR_IO);
    assert_int_equal(fake.transactions, 0);
    transport.ops->close(transport.self, false);
    pcsc_service.close(self);
}

static void
dispositions(void **state)
{
    (void)state;
    void *self = NULL;
    struct transport transport = {0};
    assert_int_equal(pcsc_service.open(&self), BEID_OK);
    assert_int_equal(pcsc_service.connect(self, "One", &transport), BEID_OK);
    assert_int_equal(transport.ops->begin(transport.self), BEID_OK);
    assert_int_equal(transport.ops->end(transport.self, true), BEID_OK);
    assert_int_equal(fake.last_disposition, RESET);
    assert_int_equal(transport.ops->begin(transport.self), BEID_OK);
    assert_int_equal(transport.ops->end(transport.self, false), BEID_OK);
    assert_int_equal(fake.last_disposition, LEAVE);
    fake.last_disposition = 9;
    assert_int_equal(transport.ops->reconnect(transport.self), BEID_OK);
    assert_int_equal(fake.last_disposition, LEAVE);
    transport.ops->close(transport.self, true);
    assert_int_equal(fake.last_disposition, RESET);
    pcsc_service.close(self);
}

/* While pcscd resets a card whose owner died, it knows no protocol of it. */
static void
connects_once_more_after_a_reset(void **state)
{
    (void)state;
    static const struct {
        long first;
        long second;
        size_t tries;
        enum beid_err err;
    } cases[] = {
        {0, 0, 1, BEID_OK},
        {PROTO_MISMATCH, 0, 2, BEID_OK},
        {UNRESPONSIVE, 0, 2, BEID_OK},
        {PROTO_MISMATCH, PROTO_MISMATCH, 2, BEID_ERR_CARD_UNKNOWN},
        {UNRESPONSIVE, UNRESPONSIVE, 2, BEID_ERR_CARD_MUTE},
        {REMOVED, 0, 1, BEID_ERR_CARD_REMOVED},
        {NO_SERVICE, 0, 1, BEID_ERR_NO_SERVICE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *self = NULL;
        struct transport transport = {0};
        memset(&fake, 0, sizeof fake);
        fake.connect[0] = cases[i].first;
        fake.connect[1] = cases[i].second;
        assert_int_equal(pcsc_service.open(&self), BEID_OK);
        assert_int_equal(pcsc_service.connect(self, "One", &transport),
                         cases[i].err);
        assert_int_equal(fake.connects, cases[i].tries);
        if (cases[i].err == BEID_OK) {
            fake.connects = 0;
            fake.connect[0] = cases[i].first;
            assert_int_equal(transport.ops->reconnect(transport.self), BEID_OK);
            assert_int_equal(fake.connects, cases[i].tries);
            transport.ops->close(transport.self, false);
        }
        assert_int_equal(fake.open_cards, 0);
        pcsc_service.close(self);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reader_lists, prepare),
        cmocka_unit_test_setup(long_and_many_names, prepare),
        cmocka_unit_test_setup(impossible_list_length, prepare),
        cmocka_unit_test_setup(readers_that_left, prepare),
        cmocka_unit_test_setup(waits_from_what_was_seen, prepare),
        cmocka_unit_test_setup(waits_with_every_reader_there_can_be, prepare),
        cmocka_unit_test_setup(no_service, prepare),
        cmocka_unit_test_setup(states_and_their_atr, prepare),
        cmocka_unit_test_setup(answer_lengths, prepare),
        cmocka_unit_test_setup(bytes_that_nobody_wrote, prepare),
        cmocka_unit_test_setup(removal_is_found_out, prepare),
        cmocka_unit_test_setup(restart_in_a_transaction, prepare),
        cmocka_unit_test_setup(restart_that_loses_the_transaction, prepare),
        cmocka_unit_test_setup(dispositions, prepare),
        cmocka_unit_test_setup(connects_once_more_after_a_reset, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
