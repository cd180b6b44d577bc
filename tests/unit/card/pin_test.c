/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* PIN blocks, the try counter, LOG OFF; VERIFY is sent once. */
#include "../unit.h"
#include "card/pin.h"
#include "script.h"

#define SERIAL "534C4E0102030405060708090A0B0C0D"
#define MIDDLE " A503010101 "
#define TAIL " 0003 0021010F"
#define DATA_18 SERIAL MIDDLE "18" TAIL

static void
pin_blocks(void **state)
{
    (void)state;
    static const struct {
        const char *pin;
        const char *command;
    } cases[] = {
        {"1234", "0020000108 241234FFFFFFFFFF"},
        {"12345", "0020000108 2512345FFFFFFFFF"},
        {"123456789012", "0020000108 2C123456789012FF"},
        {"00000", "0020000108 2500000FFFFFFFFF"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct script_step step = {cases[i].command, "9000", BEID_OK};
        struct card card = script_card_17(script_start(&step, 1));
        assert_int_equal(pin_verify(&card, beid_span_str(cases[i].pin)),
                         BEID_OK);
        assert_int_equal(card.tries, 3);
        script_end();
    }
}

static void
bad_pins_are_not_sent(void **state)
{
    (void)state;
    static const struct {
        const char *pin;
        enum beid_err err;
    } cases[] = {
        {"", BEID_ERR_PIN_LENGTH},
        {"123", BEID_ERR_PIN_LENGTH},
        {"1234567890123", BEID_ERR_PIN_LENGTH},
        {"12a4", BEID_ERR_ARGUMENT},
        {"12 4", BEID_ERR_ARGUMENT},
        {"123\xC2", BEID_ERR_ARGUMENT},
        {"/234", BEID_ERR_ARGUMENT},
        {"123:", BEID_ERR_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct card card = script_card_17(script_start(NULL, 0));
        card.tries = 3;
        assert_int_equal(pin_verify(&card, beid_span_str(cases[i].pin)),
                         cases[i].err);
        assert_int_equal(card.tries, 3);
        script_end();
    }
}

static void
verify_is_never_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        enum beid_err transport;
        enum beid_err err;
        int tries;
    } cases[] = {
        {"63C2", BEID_OK, BEID_ERR_PIN_WRONG, 2},
        {"63C1", BEID_OK, BEID_ERR_PIN_WRONG, 1},
        {"63C0", BEID_OK, BEID_ERR_PIN_BLOCKED, 0},
        {"6983", BEID_OK, BEID_ERR_PIN_BLOCKED, 0},
        {"6C08", BEID_OK, BEID_ERR_CARD, -1},
        {"6102", BEID_OK, BEID_ERR_CARD, -1},
        {"6D00", BEID_OK, BEID_ERR_UNSUPPORTED, -1},
        {"90", BEID_OK, BEID_ERR_FORMAT, -1},
        {NULL, BEID_ERR_READER, BEID_ERR_READER, -1},
        {NULL, BEID_ERR_CARD_RESET, BEID_ERR_CARD_RESET, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct script_step step = {"0020000108 241234FFFFFFFFFF",
                                         cases[i].reply, cases[i].transport};
        struct card card = script_card_17(script_start(&step, 1));
        card.tries = 3;
        assert_int_equal(pin_verify(&card, beid_span_str("1234")),
                         cases[i].err);
        assert_int_equal(card.tries, cases[i].tries);
        assert_int_equal(script_commands(), 1);
        script_end();
    }
}

static void
tries_cost_none(void **state)
{
    (void)state;
    static const struct script_step empty_verify[] = {
        {"0020000100", "63C1", BEID_OK}};
    static const struct script_step verified[] = {
        {"0020000100", "9000", BEID_OK}};
    static const struct script_step blocked[] = {
        {"0020000100", "6983", BEID_OK}};
    static const struct script_step card_data[] = {
        {"80E400011F", DATA_18 "01FFFF9000", BEID_OK}};
    struct card card = script_card_17(SCRIPT(empty_verify));
    assert_int_equal(pin_ask_tries(&card), BEID_OK);
    assert_int_equal(card.tries, 1);
    card = script_card_17(SCRIPT(verified));
    assert_int_equal(pin_ask_tries(&card), BEID_OK);
    assert_int_equal(card.tries, 3);
    card = script_card_17(SCRIPT(blocked));
    assert_int_equal(pin_ask_tries(&card), BEID_OK);
    assert_int_equal(card.tries, 0);
    card = script_card_18(SCRIPT(card_data));
    (void)script_hex(SERIAL, card.serial, sizeof card.serial);
    assert_int_equal(pin_ask_tries(&card), BEID_OK);
    assert_int_equal(card.tries, 1);
    script_end();
}

static void
log_off_is_exact(void **state)
{
    (void)state;
    static const struct script_step good[] = {{"80E6000000", "9000", BEID_OK}};
    static const struct script_step bad[] = {{"80E6000000", "6D00", BEID_OK}};
    struct card card = script_card_17(SCRIPT(good));
    assert_int_equal(pin_log_off(&card), BEID_OK);
    script_end();
    card = script_card_17(SCRIPT(bad));
    assert_int_not_equal(pin_log_off(&card), BEID_OK);
    script_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pin_blocks),
        cmocka_unit_test(bad_pins_are_not_sent),
        cmocka_unit_test(verify_is_never_repeated),
        cmocka_unit_test(tries_cost_none),
        cmocka_unit_test(log_off_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
