/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* PIN commands, and the manuals' example sequences of §5.1. */

#include "../unit.h"
#include "card_case.h"

#define GOOD "00200001 08 24 1234 FFFFFFFFFF"
#define BAD "00200001 08 24 4321 FFFFFFFFFF"
#define BLOCK_1234 "24 1234 FFFFFFFFFF"
#define BLOCK_98765 "25 98765F FFFFFFFF"

static void
test_verify(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    CASE_EXPECT(card, "00200101 08" BLOCK_1234, 0x6A86);
    CASE_EXPECT(card, "00200102 08" BLOCK_1234, 0x6A86); /* P1 before P2 */
    CASE_EXPECT(card, "00200002 08" BLOCK_1234, 0x6A88);
    CASE_EXPECT(card, "00200084 08" BLOCK_1234, 0x6A88);
    CASE_EXPECT(card, "00200001 04 241234FF", 0x6700);
    CASE_EXPECT(card, "00200001 09" BLOCK_1234 "FF", 0x6700);
    CASE_EXPECT(card, "00200002 04 241234FF", 0x6A88); /* P2 before Lc */
    assert_int_equal(vcard_tries(card), 3);
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, BAD, 0x63C2);
    CASE_EXPECT(card, GOOD, 0x9000);
    assert_int_equal(vcard_tries(card), 3); /* a success gives them back */
    CASE_EXPECT(card, BAD, 0x63C2);
    CASE_EXPECT(card, BAD, 0x63C1);
    CASE_EXPECT(card, BAD, 0x6983);
    CASE_EXPECT(card, BAD, 0x6983);
    CASE_EXPECT(card, GOOD, 0x6983);
    CASE_EXPECT(card, "00200001 04 241234FF", 0x6700); /* Lc before blocked */
    vcard_reset(card);
    CASE_EXPECT(card, GOOD, 0x6983);
    struct vcard_counts counts = vcard_counts_of(card);
    assert_int_equal(counts.verify, 9);
    assert_int_equal(counts.verify_ok, 2);
    vcard_free(&card);
}

static void
empty_verify(enum vcard_applet applet)
{
    struct vcard *card = case_card(applet);
    CASE_EXPECT(card, "00200001", 0x63C3);
    CASE_EXPECT(card, "0020000100", 0x63C3);
    CASE_EXPECT(card, BAD, 0x63C2);
    CASE_EXPECT(card, "0020000100", 0x63C2);
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "0020000100", 0x9000);
    CASE_EXPECT(card, "80E60000", 0x9000);
    CASE_EXPECT(card, "0020000100", 0x63C3);
    CASE_EXPECT(card, BAD, 0x63C2);
    CASE_EXPECT(card, BAD, 0x63C1);
    CASE_EXPECT(card, BAD, 0x6983);
    CASE_EXPECT(card, "0020000100", 0x6983);
    assert_int_equal(vcard_counts_of(card).verify_empty, 6);
    vcard_free(&card);
}

static void
test_empty_verify(void **state)
{
    (void)state;
    empty_verify(VCARD_APPLET_1_7);
    empty_verify(VCARD_APPLET_1_8);
}

static void
test_empty_verify_costs_a_try_on_1_1(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_1);
    CASE_EXPECT(card, "00200001", 0x63C2);
    CASE_EXPECT(card, "0020000100", 0x63C1);
    CASE_EXPECT(card, "00200001", 0x6983);
    assert_int_equal(vcard_tries(card), 0);
    vcard_free(&card);
}

static void
change_pin(enum vcard_applet applet)
{
    struct vcard *card = case_card(applet);
    CASE_EXPECT(card, "00240101 10" BLOCK_1234 BLOCK_98765, 0x6A86);
    CASE_EXPECT(card, "00240003 10" BLOCK_1234 BLOCK_98765, 0x6A88);
    CASE_EXPECT(card, "00240001 08" BLOCK_1234, 0x6700);
    CASE_EXPECT(card, "00240001", 0x6700);
    assert_int_equal(vcard_tries(card), 3);
    CASE_EXPECT(card, "00240001 10" BLOCK_98765 BLOCK_1234, 0x63C2);
    CASE_EXPECT(card, "00240001 10" BLOCK_98765 "2F12345FFFFFFFFF", 0x63C1);
    CASE_EXPECT(card, "00240001 10" BLOCK_1234 "2F12345FFFFFFFFF", 0x6A80);
    CASE_EXPECT(card, "00240001 10" BLOCK_1234 "23123FFFFFFFFFFF", 0x6A80);
    CASE_EXPECT(card, "00240001 10" BLOCK_1234 "241A34FFFFFFFFFF", 0x6A80);
    CASE_EXPECT(card, "00240001 10" BLOCK_1234 "241234F0FFFFFFFF", 0x6A80);
    CASE_EXPECT(card, "00200001", 0x63C3); /* a failed one gives no right */
    CASE_EXPECT(card, "00240001 10" BLOCK_1234 BLOCK_98765, 0x9000);
    CASE_EXPECT(card, "00200001", 0x9000);
    CASE_EXPECT(card, GOOD, 0x63C2);
    CASE_EXPECT(card, "00200001 08" BLOCK_98765, 0x9000);
    CASE_EXPECT(card, "00240001 10" BLOCK_98765 BLOCK_1234, 0x9000);
    CASE_EXPECT(card, "00240001 10" BLOCK_98765 BLOCK_1234, 0x63C2);
    CASE_EXPECT(card, "00200001", 0x63C2);
    CASE_EXPECT(card, "00240001 10" BLOCK_98765 BLOCK_1234, 0x63C1);
    CASE_EXPECT(card, "00240001 10" BLOCK_98765 BLOCK_1234, 0x6983);
    CASE_EXPECT(card, "00240001 10" BLOCK_1234 BLOCK_98765, 0x6983);
    vcard_free(&card);
}

static void
test_change_pin(void **state)
{
    (void)state;
    change_pin(VCARD_APPLET_1_7);
    change_pin(VCARD_APPLET_1_8);
}

static void
test_unblock(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    CASE_EXPECT(card, "002C0101 08 2C 222222 111111 FF", 0x6A86);
    CASE_EXPECT(card, "002C0002 08 2C 222222 111111 FF", 0x6A88);
    CASE_EXPECT(card, "002C0001 04 2C222222", 0x6700);
    vcard_tries_set(card, 0);
    CASE_EXPECT(card, GOOD, 0x6983);
    CASE_EXPECT(card, "002C0001 08 2C 111111 222222 FF", 0x63CB);
    CASE_EXPECT(card, "002C0001 08 2C 222222 111111 FF", 0x9000);
    CASE_EXPECT(card, "00200001", 0x63C3);
    CASE_EXPECT(card, GOOD, 0x9000); /* the PIN is unchanged */
    for (unsigned left = 11; left > 0; left--) {
        CASE_EXPECT(card, "002C0001 08 2C 000000 000000 FF", 0x63C0 + left);
    }
    CASE_EXPECT(card, "002C0001 08 2C 000000 000000 FF", 0x6983);
    CASE_EXPECT(card, "002C0001 08 2C 222222 111111 FF", 0x6983);
    vcard_free(&card);
}

static void
test_unblock_is_not_for_citizens_on_1_8(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    vcard_tries_set(card, 0);
    CASE_EXPECT(card, "002C0001 08 2C 222222 111111 FF", 0x6982);
    CASE_EXPECT(card, "002C0001", 0x6982);
    assert_int_equal(vcard_tries(card), 0);
    vcard_free(&card);
}

static unsigned
sign_now(struct vcard *card)
{
    switch (vcard_image_of(card)->applet) {
    case VCARD_APPLET_1_7:
        return case_sw(card, "002A9E9A20 000102030405060708090A0B0C0D0E0F"
                             "000102030405060708090A0B0C0D0E0F");
    case VCARD_APPLET_1_8:
        return case_sw(card, "002A9E9A30 000102030405060708090A0B0C0D0E0F"
                             "000102030405060708090A0B0C0D0E0F"
                             "000102030405060708090A0B0C0D0E0F");
    case VCARD_FOREIGN:
    case VCARD_APPLET_1_1:
        break;
    }
    return case_sw(card, "002A9E9A14 000102030405060708090A0B0C0D0E0F"
                         "00010203");
}

static unsigned
environment(struct vcard *card, char key)
{
    bool rsa_2048 = vcard_image_of(card)->applet == VCARD_APPLET_1_7;
    if (key == '2') {
        return case_sw(card, rsa_2048 ? "002241B6050480088482"
                                      : "002241B6050480028482");
    }
    return case_sw(card,
                   rsa_2048 ? "002241B6050480088483" : "002241B6050480028483");
}

/*
 * One step of a sequence: 2, 3 = MSE SET for that key, V = VERIFY, W = wrong
 * VERIFY, R = READ BINARY, G = GET RESPONSE, E = empty VERIFY, L = LOG OFF,
 * S = a signature that works, s = one that is refused with 6982.
 */
static bool
step_good(struct vcard *card, char step)
{
    switch (step) {
    case '2':
    case '3':
        return environment(card, step) == 0x9000;
    case 'V':
        return case_sw(card, GOOD) == 0x9000;
    case 'W':
        return (case_sw(card, BAD) & 0xFFF0U) == 0x63C0;
    case 'R':
        return case_sw(card, "00B0000001") == 0x9000;
    case 'G':
        return case_sw(card, "00C0000001") == 0x6985;
    case 'E':
        return case_sw(card, "00200001") == 0x9000;
    case 'L':
        return case_sw(card, "80E60000") == 0x9000;
    case 'S':
        return (sign_now(card) & 0xFF00U) == 0x6100;
    default:
        return sign_now(card) == 0x6982;
    }
}

static void
play(enum vcard_applet applet, const char *steps)
{
    struct vcard *card = case_card(applet);
    CASE_EXPECT(card, "00A4080C043F002F00", 0x9000);
    for (const char *step = steps; *step != '\0'; step++) {
        if (!step_good(card, *step)) {
            fail_msg("%s: step %zu", steps, (size_t)(step - steps));
        }
    }
    vcard_free(&card);
}

static const char *const on_both[] = {
    "2s", /* Sign(auth) without VERIFY */
    "2VSS", /* VERIFY once is enough for the authentication key */
    "3VS", /* VERIFY directly before the other one */
    "3VSs2s", /* each needs its own, and opens nothing else */
    "3s",     "3VRVS2S", /* the first VERIFY was not used to sign */
    "2VWs", /* a wrong PIN clears everything */
    "3VWs2s", "2VSWs",   "2VS3VS2S", /* an earlier right survives */
    "2VSL2s", /* LOG OFF */
    "3VL3s",  "3VGS", /* GET RESPONSE is not a command of its own */
    "3VES", /* nor is a question for the counter */
};

static void
test_sequences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(on_both) / sizeof(on_both[0]); i++) {
        play(VCARD_APPLET_1_7, on_both[i]);
        play(VCARD_APPLET_1_8, on_both[i]);
    }
}

static void
test_sequences_1_7(void **state)
{
    (void)state;
    play(VCARD_APPLET_1_7, "3VRs2S"); /* a READ between ends it */
    play(VCARD_APPLET_1_7, "V3s2S"); /* so does MSE SET */
}

static void
test_sequences_1_8(void **state)
{
    (void)state;
    play(VCARD_APPLET_1_8, "3VRS"); /* one command may lie between */
    play(VCARD_APPLET_1_8, "V3S2s");
    play(VCARD_APPLET_1_8, "3VRRs2S"); /* not two */
}

static void
test_sequences_1_1(void **state)
{
    (void)state;
    play(VCARD_APPLET_1_1, "3VS2S"); /* no mixed mode */
    play(VCARD_APPLET_1_1, "3VRs2S");
    play(VCARD_APPLET_1_1, "2s");
}

/* LOG OFF and reset also take the security environment. */
static void
test_environment_is_gone(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    assert_int_equal(environment(card, '2'), 0x9000);
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "80E60000", 0x9000);
    assert_int_equal(sign_now(card), 0x6985);
    assert_int_equal(environment(card, '2'), 0x9000);
    assert_int_equal(sign_now(card), 0x6982);
    CASE_EXPECT(card, GOOD, 0x9000);
    vcard_reset(card);
    assert_int_equal(sign_now(card), 0x6985);
    assert_int_equal(environment(card, '2'), 0x9000);
    assert_int_equal(sign_now(card), 0x6982);
    vcard_free(&card);
}

/* A wrong length uses the right of key 83 up (order of checks). */
static void
test_wrong_length_consumes(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    assert_int_equal(environment(card, '3'), 0x9000);
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "002A9E9A02 0001", 0x6700);
    assert_int_equal(sign_now(card), 0x6982);
    vcard_free(&card);
}

static void
test_pin_block(void **state)
{
    (void)state;
    uint8_t block[VCARD_PIN_BLOCK_LEN];
    assert_int_equal(vcard_pin_block("1234", block), BEID_OK);
    assert_memory_equal(block, "\x24\x12\x34\xff\xff\xff\xff\xff", 8);
    assert_int_equal(vcard_pin_block("12345", block), BEID_OK);
    assert_memory_equal(block, "\x25\x12\x34\x5f\xff\xff\xff\xff", 8);
    assert_int_equal(vcard_pin_block("123456789012", block), BEID_OK);
    assert_memory_equal(block, "\x2c\x12\x34\x56\x78\x90\x12\xff", 8);
    assert_true(vcard_pin_block_valid(beid_span_of(block, 8)));
    assert_false(vcard_pin_block_valid(beid_span_of(block, 7)));
    assert_int_equal(vcard_pin_block("123", block), BEID_ERR_FORMAT);
    assert_int_equal(vcard_pin_block("1234567890123", block), BEID_ERR_FORMAT);
    assert_int_equal(vcard_pin_block("12a4", block), BEID_ERR_FORMAT);
    assert_int_equal(vcard_pin_block("", block), BEID_ERR_FORMAT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_empty_verify),
        cmocka_unit_test(test_empty_verify_costs_a_try_on_1_1),
        cmocka_unit_test(test_change_pin),
        cmocka_unit_test(test_unblock),
        cmocka_unit_test(test_unblock_is_not_for_citizens_on_1_8),
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_sequences_1_7),
        cmocka_unit_test(test_sequences_1_8),
        cmocka_unit_test(test_sequences_1_1),
        cmocka_unit_test(test_environment_is_gone),
        cmocka_unit_test(test_wrong_length_consumes),
        cmocka_unit_test(test_pin_block),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
