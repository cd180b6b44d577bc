/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* ATR, GET CARD DATA, GET RESPONSE, GET CHALLENGE and what every command has
 * in common. */

#include "../unit.h"
#include "card_case.h"

#include <string.h>

static void
atr_is(enum vcard_applet applet, const char *hex)
{
    struct vcard *card = case_card(applet);
    uint8_t expected[VCARD_ATR_MAX];
    size_t len = case_hex(hex, expected, sizeof(expected));
    struct beid_span atr = vcard_atr(card);
    assert_int_equal(atr.len, len);
    assert_memory_equal(atr.ptr, expected, len);
    vcard_free(&card);
}

static void
test_atr(void **state)
{
    (void)state;
    atr_is(VCARD_APPLET_1_1, "3B9813400AA503010101AD1311");
    atr_is(VCARD_APPLET_1_7, "3B9813400AA503010101AD1311");
    atr_is(VCARD_APPLET_1_8, "3B7F96000080318065B0850401 20120FFF829000");
}

/* A card of somebody else: no command of ours means anything to it. */
static void
test_foreign(void **state)
{
    (void)state;
    struct vcard_image image = {.applet = VCARD_FOREIGN};
    struct vcard *card = NULL;
    assert_int_equal(vcard_new(&image, &card), BEID_OK);
    assert_int_equal(vcard_atr(card).len, 6);
    CASE_EXPECT(card, "80E400001C", 0x6D00);
    CASE_EXPECT(card, "00A4080C043F00DF00", 0x6D00);
    CASE_EXPECT(card, "002000010824 1234FFFFFFFFFF", 0x6D00);
    vcard_free(&card);
}

static void
card_data_is(enum vcard_applet applet, const char *tail)
{
    struct vcard *card = case_card(applet);
    uint8_t expected[8];
    size_t len = case_hex(tail, expected, sizeof(expected));
    struct vcard_answer answer;
    assert_int_equal(case_ask(card, "80E400001C", &answer), 0x9000);
    assert_int_equal(answer.len, 28);
    assert_memory_equal(answer.bytes, "SL", 2);
    assert_memory_equal(answer.bytes, vcard_image_of(card)->serial, 16);
    assert_memory_equal(answer.bytes + 21, expected, len);
    CASE_EXPECT(card, "80E400001D", 0x6C1C);
    CASE_EXPECT(card, "80E40000FF", 0x6C1C);
    CASE_EXPECT(card, "80E4000000", 0x6C1C);
    CASE_EXPECT(card, "80E400000A", 0x6C1C);
    CASE_EXPECT(card, "80E40000", 0x6C1C);
    CASE_EXPECT(card, "80E400021C", 0x6B00);
    CASE_EXPECT(card, "80E401001C", 0x6B00);
    CASE_EXPECT(card, "80E40002FF", 0x6B00); /* P2 before Le */
    CASE_EXPECT(card, "00E400001C", 0x6E00);
    vcard_free(&card);
}

static void
test_card_data(void **state)
{
    (void)state;
    card_data_is(VCARD_APPLET_1_1, "11 0002 00 01 01 0F");
    card_data_is(VCARD_APPLET_1_7, "17 0003 00 21 01 0F");
    card_data_is(VCARD_APPLET_1_8, "18 0001 00 00 02 0F");
}

static void
test_card_data_extended(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct vcard_answer answer;
    assert_int_equal(case_ask(card, "80E400011F", &answer), 0x9000);
    assert_int_equal(answer.len, 31);
    assert_memory_equal(answer.bytes + 28, "\x03\xff\xff", 3);
    CASE_EXPECT(card, "002000010824 9999 FFFFFFFFFF", 0x63C2);
    assert_int_equal(case_ask(card, "80E400011F", &answer), 0x9000);
    assert_int_equal(answer.bytes[28], 2);
    CASE_EXPECT(card, "80E400011C", 0x6C1F);
    CASE_EXPECT(card, "80E4000120", 0x6C1F);
    vcard_free(&card);

    card = case_card(VCARD_APPLET_1_7);
    CASE_EXPECT(card, "80E400011F", 0x6B00);
    vcard_free(&card);
}

static void
pending_make(struct vcard *card)
{
    CASE_EXPECT(card, "002241B605048002 8481", 0x9000);
    CASE_EXPECT(card,
                "0088028132 9430"
                "000102030405060708090A0B0C0D0E0F"
                "000102030405060708090A0B0C0D0E0F"
                "000102030405060708090A0B0C0D0E0F",
                0x6160);
}

static void
test_get_response(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct vcard_answer whole;
    struct vcard_answer part;
    CASE_EXPECT(card, "00C0000060", 0x6985);
    pending_make(card);
    CASE_EXPECT(card, "00C0010060", 0x6B00);
    CASE_EXPECT(card, "00C0000061", 0x6C60); /* the data stay */
    CASE_EXPECT(card, "00C0000000", 0x6C60);
    assert_int_equal(case_ask(card, "00C0000020", &part), 0x6140);
    assert_int_equal(part.len, 0x20);
    CASE_EXPECT(card, "00C0000041", 0x6C40);
    assert_int_equal(case_ask(card, "00C0000040", &whole), 0x9000);
    assert_int_equal(whole.len, 0x40);
    CASE_EXPECT(card, "00C0000001", 0x6985);
    pending_make(card);
    CASE_EXPECT(card, "00A4020C023F00", 0x9000); /* drops it */
    CASE_EXPECT(card, "00C0000060", 0x6985);
    pending_make(card);
    CASE_EXPECT(card, "80C0000060", 0x6E00); /* another class: drops too */
    CASE_EXPECT(card, "00C0000060", 0x6985);
    pending_make(card);
    vcard_reset(card);
    CASE_EXPECT(card, "00C0000060", 0x6985);
    vcard_free(&card);
}

/* 255 first, then the one byte left: what commons-eid does. */
static void
test_get_response_256(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    struct vcard_answer answer;
    for (int round = 0; round < 2; round++) {
        CASE_EXPECT(card, "002241B605048002 8482", 0x9000);
        CASE_EXPECT(card, "002000010824 1234 FFFFFFFFFF", 0x9000);
        CASE_EXPECT(card, "002A9E9A14 000102030405060708090A0B0C0D0E0F00010203",
                    0x6100);
        if (round == 0) {
            assert_int_equal(case_ask(card, "00C0000000", &answer), 0x9000);
            assert_int_equal(answer.len, 256);
        } else {
            assert_int_equal(case_ask(card, "00C00000FF", &answer), 0x6101);
            assert_int_equal(answer.len, 255);
            assert_int_equal(case_ask(card, "00C0000001", &answer), 0x9000);
        }
    }
    vcard_free(&card);
}

static void
test_get_challenge(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    struct vcard_answer one;
    struct vcard_answer two;
    assert_int_equal(case_ask(card, "0084000014", &one), 0x9000);
    assert_int_equal(one.len, 20);
    assert_int_equal(case_ask(card, "0084000014", &two), 0x9000);
    assert_memory_not_equal(one.bytes, two.bytes, 20);
    CASE_EXPECT(card, "0084000000", 0x6700);
    CASE_EXPECT(card, "00840000", 0x6700);
    CASE_EXPECT(card, "0084000114", 0x6B00);
    vcard_free(&card);
}

static void
test_general(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    CASE_EXPECT(card, "", 0x6700);
    CASE_EXPECT(card, "00", 0x6700);
    CASE_EXPECT(card, "00A402", 0x6700);
    CASE_EXPECT(card, "00FF0000", 0x6D00);
    CASE_EXPECT(card, "80FF0000", 0x6D00);
    CASE_EXPECT(card, "00D6000001FF", 0x6D00);
    CASE_EXPECT(card, "01A4020C023F00", 0x6E00); /* channel 1 */
    CASE_EXPECT(card, "10A4020C023F00", 0x6E00); /* chaining */
    CASE_EXPECT(card, "0CA4020C023F00", 0x6E00);
    CASE_EXPECT(card, "80A4020C023F00", 0x6E00);
    CASE_EXPECT(card, "FFA4020C023F00", 0x6E00);
    CASE_EXPECT(card, "01FF0000", 0x6E00); /* class before instruction */
    CASE_EXPECT(card, "00A4020C053F00", 0x6700); /* too short */
    CASE_EXPECT(card, "00A4020C023F0000", 0x6700); /* Le on T=0 */
    CASE_EXPECT(card, "00A4020C02", 0x6700);
    CASE_EXPECT(card, "80E6000000", 0x9000);
    CASE_EXPECT(card, "80E60000", 0x9000);
    CASE_EXPECT(card, "80E6000100", 0x6B00);
    CASE_EXPECT(card, "80E6010000", 0x6B00);
    CASE_EXPECT(card, "80E6000001FF", 0x6700);
    vcard_free(&card);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_atr),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_card_data),
        cmocka_unit_test(test_card_data_extended),
        cmocka_unit_test(test_get_response),
        cmocka_unit_test(test_get_response_256),
        cmocka_unit_test(test_get_challenge),
        cmocka_unit_test(test_general),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
