/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Readers with keys: structures byte by byte, quirks, forms, outcomes. */
#include "../unit.h"
#include "card/pinpad.h"
#include "script.h"

#include <stdlib.h>

#define ASK "@42000D48"
#define DIRECT "060442330006 070442330007"
#define START                                                                  \
    "010442330001 020442330002 030442330003 040442330004 050442330005 "        \
    "0B044233000B"
#define VERIFY                                                                 \
    "1E1E8947040C040201 1308 000000000D000000 0020000108 20FFFFFFFFFFFFFF"
#define MODIFY                                                                 \
    "1E1E8947040008 0C04 03 02 03 1308 000102 000000 15000000 0024000110 "     \
    "20FFFFFFFFFFFFFF 20FFFFFFFFFFFFFF"

static const struct pinpad_person dutch = {.language = PINPAD_DUTCH};

static void
assert_bytes(const struct beid_buf *buf, const char *hex)
{
    uint8_t bytes[80];
    size_t len = script_hex(hex, bytes, sizeof bytes);
    assert_int_equal(beid_buf_status(buf), BEID_OK);
    assert_int_equal(buf->len, len);
    assert_memory_equal(buf->ptr, bytes, len);
}

static void
structures(void **state)
{
    (void)state;
    struct beid_buf buf;
    struct pinpad_habits habits = pinpad_habits_of("any reader", 0);
    beid_buf_init(&buf, PINPAD_ORDER_MAX);
    pinpad_order_verify(&buf, &habits, PINPAD_DUTCH);
    assert_bytes(&buf, VERIFY);
    pinpad_order_verify(&buf, &habits, PINPAD_FRENCH);
    assert_bytes(&buf, "1E1E8947040C040201 0C08 000000000D000000 0020000108 "
                       "20FFFFFFFFFFFFFF");
    pinpad_order_modify(&buf, &habits, PINPAD_DUTCH);
    assert_bytes(&buf, MODIFY);
    pinpad_order_modify(&buf, &habits, PINPAD_GERMAN);
    assert_int_equal(buf.len, PINPAD_ORDER_MAX);
    assert_int_equal(buf.ptr[12], 0x07);
    assert_int_equal(buf.ptr[13], 0x04);
    beid_buf_clear(&buf);
}

static void
quirks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t firmware;
        struct pinpad_habits wanted;
    } cases[] = {
        {"SPRx32 USB 00 00", 0x0505, {false, false, 0x01, 1, 3, 100}},
        {"SPRx32 USB 00 00", 0x0506, {false, false, 0x89, 1, 3, 100}},
        {"SPRx32 USB 00 00", 0, {false, false, 0x89, 1, 3, 100}},
        {"A SPRx32 USB", 0x0505, {false, false, 0x89, 1, 3, 100}},
        {"Gemplus GemPC Pinpad 00", 0, {true, false, 0x89, 1, 1, 100}},
        {"Vega Alpha 00 00", 0, {false, false, 0x89, 1, 1, 100}},
        {"Dell Dell Smart Card Keyboard", 0, {false, false, 0x89, 0, 0, 250}},
        {"VASCO DIGIPASS 840 00", 0, {false, true, 0x89, 1, 3, 100}},
        {"VASCO DIGIPASS 870 00", 0, {false, true, 0x89, 1, 3, 100}},
        {"VASCO DIGIPASS 875", 0, {false, true, 0x89, 1, 3, 100}},
        {"VASCO DIGIPASS 876", 0, {false, true, 0x89, 1, 3, 100}},
        {"VASCO DIGIPASS 920", 0, {false, true, 0x89, 1, 3, 100}},
        {"Gemalto ING Shield Pro 00", 0, {false, true, 0x89, 1, 3, 100}},
        {"ETSWW eKrypto PINPhab", 0, {false, true, 0x89, 1, 3, 100}},
        {"ETSWW eKrypto PINPad", 0, {false, true, 0x89, 1, 3, 100}},
        {"DIOSS pinpad", 0, {false, true, 0x89, 1, 3, 100}},
        {"Cherry XX44", 0, {false, false, 0x89, 1, 3, 100}},
        /* As pcscd names those of the list that libccid 1.5 has under another
         * name. */
        {"SCM Microsystems Inc. SPR 532 [Vendor Interface] (21) 00 00",
         0x0505,
         {false, false, 0x01, 1, 3, 100}},
        {"SCM Microsystems Inc. SPR 532 [Vendor Interface] (21) 00 00",
         0x0506,
         {false, false, 0x89, 1, 3, 100}},
        {"Gemalto USB GemPCPinpad SmartCard Reader 00 00",
         0,
         {true, false, 0x89, 1, 1, 100}},
        {"COVADIS VEGA-ALPHA 00 00", 0, {false, false, 0x89, 1, 1, 100}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pinpad_habits got =
            pinpad_habits_of(cases[i].name, cases[i].firmware);
        assert_int_equal(got.refused, cases[i].wanted.refused);
        assert_int_equal(got.pseudo, cases[i].wanted.pseudo);
        assert_int_equal(got.format, cases[i].wanted.format);
        assert_int_equal(got.verify_messages, cases[i].wanted.verify_messages);
        assert_int_equal(got.modify_messages, cases[i].wanted.modify_messages);
        assert_int_equal(got.wait_ms, cases[i].wanted.wait_ms);
    }
}

static void
languages(void **state)
{
    (void)state;
    static const struct {
        const char *locale;
        uint16_t language;
    } cases[] = {
        {NULL, PINPAD_DUTCH},
        {"", PINPAD_DUTCH},
        {"C", PINPAD_DUTCH},
        {"f", PINPAD_DUTCH},
        {"fr_BE.UTF-8", PINPAD_FRENCH},
        {"fr", PINPAD_FRENCH},
        {"frr_DE", PINPAD_DUTCH},
        {"de_BE@euro", PINPAD_GERMAN},
        {"de.UTF-8", PINPAD_GERMAN},
        {"en_US.UTF-8", PINPAD_ENGLISH},
        {"nl_BE.UTF-8", PINPAD_DUTCH},
        {"es_ES.UTF-8", PINPAD_DUTCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(pinpad_language(cases[i].locale), cases[i].language);
    }
}

static struct pinpad
discover(const char *name, const struct script_step *steps, size_t count,
         enum beid_err wanted)
{
    struct pinpad pinpad = {0};
    struct transport transport = script_start(steps, count);
    assert_int_equal(pinpad_discover(&transport, name, &pinpad), wanted);
    script_end();
    return pinpad;
}

static void
features(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        bool verify;
        bool modify;
    } cases[] = {
        {"", false, false},
        {DIRECT, true, true},
        {START, true, true},
        {"010442330001 020442330002", true, false},
        {"010442330001", false, false},
        {"020442330002 030442330003", false, false},
        {"060442330006", true, false},
        {"070442330007", false, true},
        {"0604423300", false, false},
        {"060442330006 07", false, false},
        {"060542330006", false, false},
        {"060442330006 070342330007", false, false},
        {"FF0442330006", false, false},
        {"060400000000", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct script_step step = {ASK, cases[i].reply, BEID_OK};
        struct pinpad pinpad = discover("reader", &step, 1, BEID_OK);
        assert_int_equal(pinpad_can_verify(&pinpad), cases[i].verify);
        assert_int_equal(pinpad_can_modify(&pinpad), cases[i].modify);
    }
    const struct script_step none = {ASK, NULL, BEID_ERR_UNSUPPORTED};
    struct pinpad pinpad = discover("reader", &none, 1, BEID_OK);
    assert_false(pinpad_can_verify(&pinpad));
    const struct script_step busy = {ASK, NULL, BEID_ERR_READER_BUSY};
    (void)discover("reader", &busy, 1, BEID_ERR_READER_BUSY);
    const struct script_step harmful = {ASK, DIRECT, BEID_OK};
    pinpad = discover("Gemplus GemPC Pinpad 0", &harmful, 1, BEID_OK);
    assert_false(pinpad_can_verify(&pinpad));
    assert_false(pinpad_can_modify(&pinpad));
}

static void
outcomes(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        enum beid_err transport;
        enum beid_err err;
        int tries;
        bool sent;
    } cases[] = {
        {"9000", BEID_OK, BEID_OK, 3, true},
        {"63C1", BEID_OK, BEID_ERR_PIN_WRONG, 1, true},
        {"63C0", BEID_OK, BEID_ERR_PIN_BLOCKED, 0, true},
        {"6983", BEID_OK, BEID_ERR_PIN_BLOCKED, 0, true},
        {"6400", BEID_OK, BEID_ERR_TIMEOUT, 2, false},
        {"6401", BEID_OK, BEID_ERR_CANCELLED, 2, false},
        {"6402", BEID_OK, BEID_ERR_ARGUMENT, 2, false},
        {"6403", BEID_OK, BEID_ERR_PIN_LENGTH, 2, false},
        {"6B80", BEID_OK, BEID_ERR_READER, 2, false},
        {"6D00", BEID_OK, BEID_ERR_UNSUPPORTED, -1, true},
        {"", BEID_OK, BEID_ERR_FORMAT, -1, true},
        {"009000", BEID_OK, BEID_ERR_FORMAT, -1, true},
        {NULL, BEID_ERR_READER, BEID_ERR_READER, -1, true},
        {NULL, BEID_ERR_CARD_REMOVED, BEID_ERR_CARD_REMOVED, -1, true},
    };
    const struct script_step ask = {ASK, DIRECT, BEID_OK};
    struct pinpad pinpad = discover("reader", &ask, 1, BEID_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct script_step step = {"@42330006" VERIFY, cases[i].reply,
                                         cases[i].transport};
        struct pinpad_outcome outcome;
        struct card card = script_card_17(script_start(&step, 1));
        card.tries = 2;
        assert_int_equal(pinpad_verify(&card, &pinpad, &dutch, &outcome),
                         cases[i].err);
        assert_int_equal(card.tries, cases[i].tries);
        assert_int_equal(outcome.sent, cases[i].sent);
        script_end(); /* sent once, never again */
    }
}

static void
change(void **state)
{
    (void)state;
    static const struct script_step step = {"@42330007" MODIFY, "9000",
                                            BEID_OK};
    const struct script_step ask = {ASK, DIRECT, BEID_OK};
    struct pinpad pinpad = discover("reader", &ask, 1, BEID_OK);
    struct pinpad_outcome outcome;
    struct card card = script_card_18(script_start(&step, 1));
    assert_int_equal(pinpad_change(&card, &pinpad, &dutch, &outcome), BEID_OK);
    assert_int_equal(card.tries, 3);
    script_end();
}

static void
started(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {"@42330001" VERIFY, "9000", BEID_OK}, {"@42330005", "2B", BEID_OK},
        {"@42330005", "08", BEID_OK},          {"@42330005", "00", BEID_OK},
        {"@42330005", "0D", BEID_OK},          {"@42330002", "63C2", BEID_OK},
    };
    static const struct script_step refused[] = {
        {"@42330001" VERIFY, "6B80", BEID_OK},
    };
    static const struct script_step given_up[] = {
        {"@42330003" MODIFY, "", BEID_OK}, /* not all answer with a word */
        {"@42330005", "0D", BEID_OK},
        {"@42330005", "40", BEID_OK},
        {"@42330004", "6400", BEID_OK},
    };
    const struct script_step ask = {ASK, START, BEID_OK};
    struct pinpad pinpad = discover("reader", &ask, 1, BEID_OK);
    struct pinpad_outcome outcome;
    struct card card = script_card_17(SCRIPT(steps));
    assert_int_equal(pinpad_verify(&card, &pinpad, &dutch, &outcome),
                     BEID_ERR_PIN_WRONG);
    script_end();
    card = script_card_17(SCRIPT(refused));
    assert_int_equal(pinpad_verify(&card, &pinpad, &dutch, &outcome),
                     BEID_ERR_READER);
    script_end();
    card = script_card_17(SCRIPT(given_up));
    assert_int_equal(pinpad_change(&card, &pinpad, &dutch, &outcome),
                     BEID_ERR_TIMEOUT);
    script_end();
}

/* True from the n-th time on that it is asked. */
static bool
countdown(void *ctx)
{
    int *left = ctx;
    return --*left < 0;
}

static void
withdrawn(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {"@42330001" VERIFY, "9000", BEID_OK},
        {"@42330005", "2B", BEID_OK},
        {"@4233000B", "9000", BEID_OK},
        {"@42330002", "6401", BEID_OK},
    };
    const struct script_step ask = {ASK, START, BEID_OK};
    struct pinpad pinpad = discover("reader", &ask, 1, BEID_OK);
    struct pinpad_outcome outcome;
    int left = 1;
    const struct pinpad_person person = {PINPAD_DUTCH, countdown, &left};
    struct card card = script_card_17(SCRIPT(steps));
    assert_int_equal(pinpad_verify(&card, &pinpad, &person, &outcome),
                     BEID_ERR_CANCELLED);
    assert_false(outcome.sent);
    script_end();
    /* Before it began: nothing is asked of the reader. */
    left = 0;
    card = script_card_17(script_start(NULL, 0));
    assert_int_equal(pinpad_verify(&card, &pinpad, &person, &outcome),
                     BEID_ERR_CANCELLED);
    script_end();
}

static void
pseudo(void **state)
{
    (void)state;
    static const struct script_step found[] = {
        {ASK, "", BEID_OK},
        {"FFC2010000", "06 07 9000", BEID_OK},
    };
    static const struct script_step absent[] = {
        {ASK, NULL, BEID_ERR_UNSUPPORTED},
        {"FFC2010000", "6E00", BEID_OK},
    };
    static const struct script_step entry[] = {
        {"FFC2010620" VERIFY, "9000", BEID_OK},
        {"FFC201072D" MODIFY, "6402", BEID_OK},
    };
    assert_true(pinpad_is_pseudo("VASCO DIGIPASS 870 00 00"));
    assert_false(pinpad_is_pseudo("reader"));
    struct pinpad pinpad = discover("VASCO DIGIPASS 870", absent, 2, BEID_OK);
    assert_false(pinpad_can_verify(&pinpad));
    pinpad = discover("VASCO DIGIPASS 870", found, 2, BEID_OK);
    assert_true(pinpad_can_verify(&pinpad));
    assert_true(pinpad_can_modify(&pinpad));
    struct pinpad_outcome outcome;
    struct card card = script_card_17(SCRIPT(entry));
    assert_int_equal(pinpad_verify(&card, &pinpad, &dutch, &outcome), BEID_OK);
    assert_int_equal(pinpad_change(&card, &pinpad, &dutch, &outcome),
                     BEID_ERR_ARGUMENT);
    script_end();
}

static void
old_firmware(void **state)
{
    (void)state;
    static const struct script_step entry[] = {
        {"@42330006 1E1E01 47040C040201 1308 000000000D000000 0020000108 "
         "20FFFFFFFFFFFFFF",
         "9000", BEID_OK},
    };
    const struct script_step ask = {ASK, DIRECT, BEID_OK};
    script_firmware(0x0505);
    struct pinpad pinpad = discover("SPRx32 USB 00 00", &ask, 1, BEID_OK);
    script_firmware(0);
    struct pinpad_outcome outcome;
    struct card card = script_card_17(SCRIPT(entry));
    assert_int_equal(pinpad_verify(&card, &pinpad, &dutch, &outcome), BEID_OK);
    script_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structures), cmocka_unit_test(quirks),
        cmocka_unit_test(languages),  cmocka_unit_test(features),
        cmocka_unit_test(outcomes),   cmocka_unit_test(change),
        cmocka_unit_test(started),    cmocka_unit_test(withdrawn),
        cmocka_unit_test(pseudo),     cmocka_unit_test(old_firmware),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
