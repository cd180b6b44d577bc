/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Recognition by answer to reset and card data, status words, resets. */
#include "../unit.h"
#include "card/apdu.h"
#include "card/atr.h"
#include "card/card.h"
#include "card/status.h"
#include "script.h"

#include <string.h>
#include <time.h>

#define SERIAL "534C4E0102030405060708090A0B0C0D"
#define MIDDLE " A503010101 "
#define TAIL " 0003 0021010F"
#define DATA_17 SERIAL MIDDLE "17" TAIL
#define DATA_18 SERIAL MIDDLE "18" TAIL
#define APPLET_SELECT "00A4040C0FA00000003029057000AD13100101FF"
#define PAUSE_NS 10000000L

static unsigned pauses; /* that a card was given, and none slept through */

/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names */
/* clang-format on */
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);

int
__wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
    (void)left;
    assert_int_equal(pause->tv_sec, 0);
    assert_true(pause->tv_nsec >= PAUSE_NS);
    pauses++;
    return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

static void
atr_table(void **state)
{
    (void)state;
    static const struct {
        const char *atr;
        enum atr_family family;
    } cases[] = {
        {"3B989440FFA503010101AD1310", ATR_RSA},
        {"3B9894400AA503010101AD1310", ATR_RSA},
        {"3B9813400AA503010101AD1311", ATR_RSA},
        {"3B7F96000080318065B0850401 20120FFF829000", ATR_EC},
        {"3B7F96000080318065B0850300EF120FFE829000", ATR_FOREIGN},
        {"3B7F96000080318065B0850401 20120FFF8290", ATR_FOREIGN},
        {"3B9813400AA503010101AD13", ATR_FOREIGN},
        {"3B9813400AA503010101AD131100", ATR_FOREIGN},
        {"3B9813400AA503010101AD1321", ATR_FOREIGN},
        {"", ATR_FOREIGN},
        {"3B", ATR_FOREIGN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t atr[TRANSPORT_ATR_MAX];
        size_t len = script_hex(cases[i].atr, atr, sizeof atr);
        assert_int_equal(atr_family_of(beid_span_of(atr, len)),
                         cases[i].family);
    }
}

static void
status_tables(void **state)
{
    (void)state;
    for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
        int tries = 99;
        enum beid_err err = status_err((uint16_t)sw);
        enum beid_err verify = status_verify_err((uint16_t)sw, &tries);
        assert_int_equal(err == BEID_OK, sw == 0x9000);
        assert_int_equal(verify == BEID_OK, sw == 0x9000);
        bool counts = sw == 0x9000 || sw == 0x6983 || (sw >> 4) == 0x63C;
        assert_int_equal(tries != 99, counts);
    }
    int tries = 0;
    assert_int_equal(status_verify_err(0x63C2, &tries), BEID_ERR_PIN_WRONG);
    assert_int_equal(tries, 2);
    assert_int_equal(status_verify_err(0x63C0, &tries), BEID_ERR_PIN_BLOCKED);
    assert_int_equal(tries, 0);
    assert_int_equal(status_err(0x6982), BEID_ERR_PIN_REQUIRED);
}

static void
recognised_by_card_data(void **state)
{
    (void)state;
    static const struct {
        struct script_step step;
        enum atr_family family;
        enum beid_err err;
        int tries;
    } cases[] = {
        {{"80E400001C", DATA_17 "9000", BEID_OK}, ATR_RSA, BEID_OK, -1},
        {{"80E400011F", DATA_18 "02FFFF9000", BEID_OK}, ATR_EC, BEID_OK, 2},
        {{"80E400011F", DATA_18 "FFFFFF9000", BEID_OK}, ATR_EC, BEID_OK, -1},
        {{"80E400011F", DATA_18 "00FFFF9000", BEID_OK}, ATR_EC, BEID_OK, 0},
        {{"80E400001C", SERIAL MIDDLE "01" TAIL "9000", BEID_OK},
         ATR_RSA,
         BEID_ERR_CARD_TOO_OLD,
         0},
        {{"80E400001C", SERIAL MIDDLE "11" TAIL "9000", BEID_OK},
         ATR_RSA,
         BEID_ERR_CARD_TOO_OLD,
         0},
        {{"80E400001C", SERIAL MIDDLE "16" TAIL "9000", BEID_OK},
         ATR_RSA,
         BEID_ERR_CARD_TOO_OLD,
         0},
        {{"80E400001C", SERIAL MIDDLE "17 0003 0021019000", BEID_OK},
         ATR_RSA,
         BEID_ERR_CARD_UNKNOWN,
         0},
        {{"80E400001C", DATA_17 "009000", BEID_OK},
         ATR_RSA,
         BEID_ERR_CARD_UNKNOWN,
         0},
        {{"80E400001C", "9000", BEID_OK}, ATR_RSA, BEID_ERR_CARD_UNKNOWN, 0},
        {{"80E400001C", "6F00", BEID_OK}, ATR_RSA, BEID_ERR_CARD_UNKNOWN, 0},
        {{"80E400001C", "90", BEID_OK}, ATR_RSA, BEID_ERR_CARD_UNKNOWN, 0},
        {{"80E400001C", NULL, BEID_ERR_CARD_REMOVED},
         ATR_RSA,
         BEID_ERR_CARD_REMOVED,
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct card card = {0};
        assert_int_equal(
            card_open(&card, script_start(&cases[i].step, 1), cases[i].family),
            cases[i].err);
        assert_int_equal(script_closed(), cases[i].err != BEID_OK);
        if (cases[i].err == BEID_OK) {
            assert_int_equal(card.tries, cases[i].tries);
            assert_memory_equal(card.serial, "SLN\x01\x02", 5);
            card_close(&card, false);
        }
        script_end();
    }
}

static void
recognised_after_selecting_the_applet(void **state)
{
    (void)state;
    static const struct script_step other_applet[] = {
        {"80E400001C", "6E00", BEID_OK},
        {APPLET_SELECT, "9000", BEID_OK},
        {"80E400001C", DATA_17 "9000", BEID_OK},
    };
    static const struct script_step not_ours[] = {
        {"80E400001C", "6D00", BEID_OK},
        {"80E400001C", "6D00", BEID_OK}, /* not believed the first time */
        {APPLET_SELECT, "6A82", BEID_OK},
        {"80E400001C", "6D00", BEID_OK},
        {"80E400001C", "6D00", BEID_OK},
    };
    static const struct script_step no_extended[] = {
        {"80E400011F", "6B00", BEID_OK},
        {"80E400001C", DATA_18 "9000", BEID_OK},
    };
    struct card card = {0};
    assert_int_equal(card_open(&card, SCRIPT(other_applet), ATR_RSA), BEID_OK);
    script_end();
    assert_int_equal(card_open(&card, SCRIPT(not_ours), ATR_RSA),
                     BEID_ERR_CARD_UNKNOWN);
    script_end();
    assert_int_equal(card_open(&card, SCRIPT(no_extended), ATR_EC), BEID_OK);
    assert_int_equal(card.applet, CARD_APPLET_18);
    assert_int_equal(card.tries, CARD_TRIES_UNKNOWN);
    script_end();
}

/* After 6Cxx applets 1.0 and 1.1 go mute without a pause (facts §1.5): one is
 * made until it is known that the card has none of them, and never again. */
static void
pauses_where_an_old_applet_may_be(void **state)
{
    (void)state;
    static const struct script_step old[] = {
        {"80E400001C", "6C1C", BEID_OK},
        {"80E400001C", SERIAL MIDDLE "11" TAIL "9000", BEID_OK},
    };
    static const struct script_step rsa[] = {
        {"80E400001C", "6C1C", BEID_OK},
        {"80E400001C", DATA_17 "9000", BEID_OK},
        {"00B0000000", "6C02", BEID_OK},
        {"00B0000002", "AABB9000", BEID_OK},
    };
    static const struct script_step ec[] = {
        {"80E400011F", "6C1F", BEID_OK},
        {"80E400011F", DATA_18 "03FFFF9000", BEID_OK},
    };
    static const uint8_t read[] = {0x00, 0xB0, 0x00, 0x00, 0x00};
    struct card card = {0};
    struct beid_buf data;
    uint16_t sw = 0;
    pauses = 0;
    assert_int_equal(card_open(&card, SCRIPT(old), ATR_RSA),
                     BEID_ERR_CARD_TOO_OLD);
    script_end();
    assert_int_equal(pauses, 1);
    assert_int_equal(card_open(&card, SCRIPT(rsa), ATR_RSA), BEID_OK);
    assert_int_equal(pauses, 2);
    beid_buf_init(&data, 2);
    assert_int_equal(apdu_exchange(&card.transport,
                                   beid_span_of(read, sizeof read), &data, &sw),
                     BEID_OK);
    beid_buf_clear(&data);
    script_end();
    assert_int_equal(pauses, 2);
    assert_int_equal(card_open(&card, SCRIPT(ec), ATR_EC), BEID_OK);
    script_end();
    assert_int_equal(pauses, 2);
}

static void
reset_by_another_program(void **state)
{
    (void)state;
    static const struct script_step same[] = {
        {"80E400001C", DATA_17 "9000", BEID_OK}};
    static const struct script_step other[] = {
        {"80E400001C",
         "FF4C4E0102030405060708090A0B0C0D" MIDDLE "17" TAIL "9000", BEID_OK}};
    bool was_reset = false;
    struct card card = script_card_17(SCRIPT(same));
    (void)script_hex(SERIAL, card.serial, sizeof card.serial);
    script_begin_fails(BEID_ERR_CARD_RESET, 1);
    assert_int_equal(card_begin(&card, &was_reset), BEID_OK);
    assert_true(was_reset);
    assert_int_equal(script_reconnects(), 1);
    assert_int_equal(card_end(&card, false), BEID_OK);
    script_end();
    card.transport = SCRIPT(other);
    script_begin_fails(BEID_ERR_CARD_RESET, 1);
    assert_int_equal(card_begin(&card, &was_reset), BEID_ERR_CARD_MISMATCH);
    script_end();
    /* As long as it is not, whatever was answered before. */
    card.transport = SCRIPT(other);
    was_reset = false;
    assert_int_equal(card_begin(&card, &was_reset), BEID_ERR_CARD_MISMATCH);
    assert_true(was_reset);
    script_end();
    /* Resets that follow one another at once are one, up to a point. */
    card = script_card_17(SCRIPT(same));
    (void)script_hex(SERIAL, card.serial, sizeof card.serial);
    was_reset = false;
    script_begin_fails(BEID_ERR_CARD_RESET, 3);
    assert_int_equal(card_begin(&card, &was_reset), BEID_OK);
    assert_true(was_reset);
    assert_int_equal(script_reconnects(), 3);
    assert_int_equal(card_end(&card, false), BEID_OK);
    script_end();
    card.transport = script_start(NULL, 0);
    was_reset = false;
    script_begin_fails(BEID_ERR_CARD_RESET, 100);
    assert_int_equal(card_begin(&card, &was_reset), BEID_ERR_IO);
    assert_true(was_reset);
    script_end();
    /* Our own reset is followed by taking the connection up again. */
    card = script_card_17(script_start(NULL, 0));
    assert_int_equal(card_begin(&card, &was_reset), BEID_OK);
    assert_int_equal(card_end(&card, true), BEID_OK);
    assert_int_equal(script_resets(), 1);
    assert_int_equal(script_reconnects(), 1);
    script_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(atr_table),
        cmocka_unit_test(status_tables),
        cmocka_unit_test(recognised_by_card_data),
        cmocka_unit_test(recognised_after_selecting_the_applet),
        cmocka_unit_test(pauses_where_an_old_applet_may_be),
        cmocka_unit_test(reset_by_another_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
