/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* SELECT FILE, READ BINARY, READ RECORD: belgian-eid-card.md §9, in the order
 * of its error checks. */

#include "../unit.h"
#include "card_case.h"

#include <stdio.h>
#include <string.h>

#define AID_APPLET "A000000030290570 00AD13100101FF"
#define AID_BELPIC "A000000177504B43532D3135"
#define AID_ID "A00000017749 6446696C6573"

static const enum vcard_applet applets[] = {VCARD_APPLET_1_1, VCARD_APPLET_1_7,
                                            VCARD_APPLET_1_8};

typedef void check(struct vcard *card);

static void
on_all(check *fn)
{
    for (size_t i = 0; i < sizeof(applets) / sizeof(applets[0]); i++) {
        struct vcard *card = case_card(applets[i]);
        fn(card);
        vcard_free(&card);
    }
}

static void
check_by_id(struct vcard *card)
{
    CASE_EXPECT(card, "00A4020C025037", 0x9000); /* downwards from the MF */
    CASE_EXPECT(card, "00A4020C023F00", 0x9000);
    CASE_EXPECT(card, "00A4020C02DF01", 0x9000);
    CASE_EXPECT(card, "00A4020C025037", 0x6A82); /* not below DF01 */
    CASE_EXPECT(card, "00A4020C024031", 0x9000);
    CASE_EXPECT(card, "00A4020C024033", 0x9000); /* beside the current EF */
    CASE_EXPECT(card, "00A4020C02FFFF", 0x6A82);
    CASE_EXPECT(card, "00B0000001", 0x9000); /* the old one is current */
    CASE_EXPECT(card, "00A40200025037", 0x6A86);
    CASE_EXPECT(card, "00A4020C03503700", 0x6A87);
    CASE_EXPECT(card, "00A4020C0150", 0x6A87);
    CASE_EXPECT(card, "00A40200015037", 0x6700); /* Lc says 1, 2 came */
    CASE_EXPECT(card, "00A4020003503700", 0x6A86); /* P2 before Lc */
    CASE_EXPECT(card, "00A4000C023F00", 0x6A86);
    CASE_EXPECT(card, "00A4020C", 0x6A87);
}

static void
test_by_id(void **state)
{
    (void)state;
    on_all(check_by_id);
}

static void
check_by_path(struct vcard *card)
{
    CASE_EXPECT(card, "00A4080C063F00DF014031", 0x9000);
    CASE_EXPECT(card, "00B0000001", 0x9000);
    CASE_EXPECT(card, "00A4080C04DF014031", 0x9000);
    CASE_EXPECT(card, "00A4080C043F00DF00", 0x9000);
    CASE_EXPECT(card, "00B0000001", 0x6986);
    CASE_EXPECT(card, "00A4080C023F00", 0x9000);
    CASE_EXPECT(card, "00A4080C043F002F00", 0x9000);
    CASE_EXPECT(card, "00A4080C053F00DF0140", 0x6A87);
    CASE_EXPECT(card, "00A4080C00", 0x6A87);
    CASE_EXPECT(card, "00A4080C063F00DF005555", 0x6A82);
    CASE_EXPECT(card, "00A4080C063F00DF004031", 0x6A82);
    CASE_EXPECT(card, "00A4080C085037503850395038", 0x6A82);
    CASE_EXPECT(card, "00A4080C023F01", 0x6A82);
    CASE_EXPECT(card, "00B0000001", 0x9000); /* EF(DIR) is still current */
    CASE_EXPECT(card, "00A40800063F00DF014031", 0x6A86);
    CASE_EXPECT(card, "00A4080005 3F00DF0140", 0x6A86);
}

static void
test_by_path(void **state)
{
    (void)state;
    on_all(check_by_path);
}

static void
check_by_aid(struct vcard *card)
{
    struct vcard_answer answer;
    assert_int_equal(case_ask(card, "00A404000F" AID_APPLET, &answer), 0x9000);
    assert_int_equal(answer.len, 0);
    CASE_EXPECT(card, "00A4040C0F" AID_APPLET, 0x9000);
    CASE_EXPECT(card, "00A4040C10" AID_APPLET "00", 0x9000); /* longer */
    CASE_EXPECT(card, "00A4040C0C" AID_BELPIC, 0x9000);
    CASE_EXPECT(card, "00A4020C024031", 0x6A82);
    CASE_EXPECT(card, "00A4020C025037", 0x9000);
    CASE_EXPECT(card, "00A404000C" AID_ID, 0x9000);
    CASE_EXPECT(card, "00A4020C024031", 0x9000);
    CASE_EXPECT(card, "00A4040C0F" AID_APPLET, 0x9000);
    CASE_EXPECT(card, "00B0000001", 0x6986); /* the MF is current */
    CASE_EXPECT(card, "00A4040C00", 0x6A87);
    CASE_EXPECT(card, "00A4040C04A0000000", 0x6A87);
    CASE_EXPECT(card, "00A4040C11" AID_APPLET "0000", 0x6A87);
    CASE_EXPECT(card, "00A4040C05A000000030", 0x6A82); /* shorter */
    CASE_EXPECT(card, "00A4040C05A000000003", 0x6A82);
    CASE_EXPECT(card, "00A404040F" AID_APPLET, 0x6A86);
}

static void
test_by_aid(void **state)
{
    (void)state;
    on_all(check_by_aid);
}

static void
check_rights_after_aid(struct vcard *card)
{
    CASE_EXPECT(card, "002000010824 1234 FFFFFFFFFF", 0x9000);
    CASE_EXPECT(card, "00A4040C0C" AID_BELPIC, 0x9000);
    if (vcard_image_of(card)->applet != VCARD_APPLET_1_1) {
        CASE_EXPECT(card, "00200001", 0x9000); /* a directory: kept */
        CASE_EXPECT(card, "00A4040C0F" AID_APPLET, 0x9000);
        CASE_EXPECT(card, "00200001", 0x63C3); /* the applet: gone */
    }
}

static void
test_rights_after_aid(void **state)
{
    (void)state;
    on_all(check_rights_after_aid);
}

static void
check_read_binary(struct vcard *card)
{
    struct vcard_answer answer;
    CASE_EXPECT(card, "00B0000010", 0x6986); /* the MF is current */
    CASE_EXPECT(card, "00A4080C043F00DF00", 0x9000);
    CASE_EXPECT(card, "00B0000010", 0x6986);
    CASE_EXPECT(card, "00A4080C043F002F00", 0x9000); /* 37 bytes */
    assert_int_equal(case_ask(card, "00B0000025", &answer), 0x9000);
    assert_int_equal(answer.len, 37);
    assert_int_equal(answer.bytes[0], 0x61);
    assert_int_equal(case_ask(card, "00B0000026", &answer), 0x6C25);
    assert_int_equal(answer.len, 0);
    CASE_EXPECT(card, "00B0000000", 0x6C25); /* 00 is 256 */
    CASE_EXPECT(card, "00B00000", 0x6C25);
    CASE_EXPECT(card, "00B0002001", 0x9000);
    CASE_EXPECT(card, "00B00020FC", 0x6C05);
    CASE_EXPECT(card, "00B0002501", 0x6B00); /* off == size */
    CASE_EXPECT(card, "00B0012501", 0x6B00);
    CASE_EXPECT(card, "00B0800001", 0x6B00);
    CASE_EXPECT(card, "00B000000200FF", 0x6700);
    CASE_EXPECT(card, "00A4080C063F00DF005038", 0x9000);
    assert_int_equal(case_ask(card, "00B0000000", &answer), 0x9000);
    assert_int_equal(answer.len, 256);
    assert_memory_equal(answer.bytes, "\x30\x82", 2);
}

static void
test_read_binary(void **state)
{
    (void)state;
    on_all(check_read_binary);
}

/* A file whose rest is exactly 256 bytes is read whole by Le 00. */
static void
test_read_binary_at_the_end(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct beid_span file =
        vcard_image_file(vcard_image_of(card), VCARD_DF_BELPIC, 0x5038);
    struct vcard_answer answer;
    char command[16];
    CASE_EXPECT(card, "00A4080C063F00DF005038", 0x9000);
    (void)snprintf(command, sizeof(command), "00B0%04X00",
                   (unsigned)file.len - 256U);
    assert_int_equal(case_ask(card, command, &answer), 0x9000);
    assert_int_equal(answer.len, 256);
    (void)snprintf(command, sizeof(command), "00B0%04X00",
                   (unsigned)file.len - 255U);
    CASE_EXPECT(card, command, 0x6CFF);
    vcard_free(&card);
}

static void
test_read_record(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct vcard_answer answer;
    CASE_EXPECT(card, "80B2010100", 0x6986);
    CASE_EXPECT(card, "00A4080C063F00DF014035", 0x9000);
    CASE_EXPECT(card, "80B2010100", 0x6981);
    CASE_EXPECT(card, "80B2020100", 0x6981); /* the type comes first */
    CASE_EXPECT(card, "00A4080C063F00DF014031", 0x9000);
    assert_int_equal(case_ask(card, "80B2060600", &answer), 0x9000);
    assert_int_equal(answer.len, 13);
    assert_memory_equal(answer.bytes, "\x06\x0b\x37\x31", 4);
    assert_int_equal(case_ask(card, "80B206060D", &answer), 0x9000);
    assert_int_equal(case_ask(card, "80B206060E", &answer), 0x6C0D);
    assert_int_equal(case_ask(card, "80B2060603", &answer), 0x610A);
    assert_int_equal(answer.len, 3);
    assert_int_equal(case_ask(card, "00C000000A", &answer), 0x9000);
    assert_int_equal(answer.len, 10);
    CASE_EXPECT(card, "80B2070600", 0x6A83);
    CASE_EXPECT(card, "80B2141400", 0x6A83);
    CASE_EXPECT(card, "80B2012000", 0x6A83);
    CASE_EXPECT(card, "80B2011A00", 0x9000);
    CASE_EXPECT(card, "00B2010100", 0x6E00);
    CASE_EXPECT(card, "00A4080C063F00DF014033", 0x9000);
    CASE_EXPECT(card, "80B2010300", 0x9000);
    CASE_EXPECT(card, "80B2040400", 0x6A83); /* not found in the padding */
    vcard_free(&card);
}

/* More than T=0 can give at once: 256 bytes, then what is left. */
static void
test_read_record_long(void **state)
{
    (void)state;
    uint8_t file[2 * 202] = {0x01, 200};
    file[202] = 0x02;
    file[203] = 200;
    struct vcard_image image = {.applet = VCARD_APPLET_1_8};
    struct vcard *card = NULL;
    struct vcard_answer answer;
    assert_int_equal(vcard_image_put(&image, VCARD_DF_ID, 0x4031,
                                     beid_span_of(file, sizeof(file))),
                     BEID_OK);
    assert_int_equal(vcard_new(&image, &card), BEID_OK);
    CASE_EXPECT(card, "00A4080C063F00DF014031", 0x9000);
    assert_int_equal(case_ask(card, "80B2010200", &answer), 0x6194);
    assert_int_equal(answer.len, 256);
    assert_int_equal(case_ask(card, "00C0000094", &answer), 0x9000);
    assert_int_equal(answer.len, 0x94);
    assert_int_equal(case_ask(card, "80B2010100", &answer), 0x9000);
    assert_int_equal(answer.len, 202);
    assert_int_equal(case_ask(card, "80B2010201", &answer), 0x6100);
    assert_int_equal(answer.len, 1);
    vcard_free(&card);
}

static void
test_read_record_before_1_8(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    CASE_EXPECT(card, "00A4080C063F00DF014031", 0x9000);
    CASE_EXPECT(card, "80B2010100", 0x6D00);
    vcard_free(&card);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_id),
        cmocka_unit_test(test_by_path),
        cmocka_unit_test(test_by_aid),
        cmocka_unit_test(test_rights_after_aid),
        cmocka_unit_test(test_read_binary),
        cmocka_unit_test(test_read_binary_at_the_end),
        cmocka_unit_test(test_read_record),
        cmocka_unit_test(test_read_record_long),
        cmocka_unit_test(test_read_record_before_1_8),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
