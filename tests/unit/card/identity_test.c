/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Identity and address files: every tag, both length forms, hostile ones. */
#include "../unit.h"
#include "card/identity.h"
#include "card/identity_document.h"
#include "card/identity_field.h"
#include "card/identity_number.h"
#include "script.h"

#include <string.h>

#define FILE_ROOM 1024U

/* What every card has; the hash is one of SHA-1. */
#define NUMBER "01 0C 353930303030303030303031 "
#define CHIP "02 10 534C4790 000102030405060708090A0B "
#define FROM "03 0A 30312E30312E32303230 "
#define TO "04 0A 30312E30312E32303330 "
#define TOWN "05 04 47656E74 "
#define NATIONAL "06 0B 3731303530313030303431 "
#define NAME "07 02 4142 "
#define NATION "0A 04 42656C67 "
#define PLACE "0B 04 47656E74 "
#define BORN "0C 04 31393438 "
#define SEX "0D 01 4D "
#define TYPE "0F 01 31 "
#define HASH "11 14 000102030405060708090A0B0C0D0E0F10111213 "
#define BEFORE_SEX NUMBER CHIP FROM TO TOWN NATIONAL NAME NATION PLACE BORN
#define GOOD BEFORE_SEX SEX TYPE HASH

static struct beid_span
bytes_of(const char *hex, uint8_t *room)
{
    return beid_span_of(room, script_hex(hex, room, FILE_ROOM));
}

static enum beid_err
parse(const char *hex, struct identity *out)
{
    static uint8_t room[FILE_ROOM];
    return identity_parse(bytes_of(hex, room), out);
}

static void
good_files(void **state)
{
    (void)state;
    static const char *const files[] = {
        GOOD,
        "00 02 0002 " GOOD, /* a version first */
        "00 00 " GOOD, /* an empty one */
        GOOD "00",
        GOOD "0000000000000000",
        GOOD "20 01 41 FE 00", /* tags of a later document */
        GOOD "FF 00",
        GOOD "14 00 0000",
        BEFORE_SEX "0D 00 " TYPE HASH, /* mandatory, and empty */
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct identity identity;
        assert_int_equal(parse(files[i], &identity), BEID_OK);
        assert_true(identity_has(&identity, IDENTITY_SURNAME));
        assert_int_equal(identity.field[IDENTITY_SURNAME].len, 2);
        assert_memory_equal(identity.field[IDENTITY_SURNAME].ptr, "AB", 2);
        assert_false(identity_has(&identity, IDENTITY_NOBLE));
        assert_int_equal(identity.field[IDENTITY_NOBLE].len, 0);
    }
}

static void
hostile_files(void **state)
{
    (void)state;
    static const char *const files[] = {
        "",
        "00",
        "0000000000",
        "01",
        "01 0C 3539",
        "01 FF",
        "01 FF FF",
        "01 FF FF FF FF FF FF 00",
        GOOD "12", /* a tag without a length */
        GOOD "12 02 30", /* a value that ends too early */
        GOOD "12 FF", /* a length that ends too early */
        GOOD "12 FF 00",
        GOOD "00 00 01", /* something behind the padding */
        GOOD "00 01 00 12 01 30",
        GOOD "11 00", /* twice */
        GOOD HASH,
        GOOD "10 01 30", /* descending */
        "02 00 " GOOD,
        CHIP NUMBER FROM TO TOWN NATIONAL NAME NATION PLACE BORN SEX TYPE HASH,
        /* lengths of binary fields */
        NUMBER "02 0F 534C4790000102030405060708090A " FROM TO TOWN NATIONAL
            NAME NATION PLACE BORN SEX TYPE HASH,
        NUMBER "02 11 534C4790000102030405060708090A0B0C " FROM TO TOWN NATIONAL
            NAME NATION PLACE BORN SEX TYPE HASH,
        BEFORE_SEX SEX TYPE "11 00",
        BEFORE_SEX SEX TYPE "11 13 000102030405060708090A0B0C0D0E0F101112",
        BEFORE_SEX SEX TYPE "11 15 000102030405060708090A0B0C0D0E0F1011121314",
        GOOD "14 01 31", /* a boolean with a value */
        GOOD "1A 02 0001",
        GOOD "1A 00",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct identity untouched;
        struct identity identity;
        memset(&untouched, 0x5A, sizeof untouched);
        identity = untouched;
        assert_int_equal(parse(files[i], &identity), BEID_ERR_FORMAT);
        assert_memory_equal(&identity, &untouched, sizeof identity);
    }
}

/* Without any one of the fields that every card has it is none. */
static void
mandatory_fields(void **state)
{
    (void)state;
    static const char *const fields[] = {NUMBER,   CHIP, FROM,   TO,    TOWN,
                                         NATIONAL, NAME, NATION, PLACE, BORN,
                                         SEX,      TYPE, HASH};
    size_t count = sizeof fields / sizeof *fields;
    for (size_t without = 0; without <= count; without++) {
        struct beid_buf hex;
        beid_buf_init(&hex, FILE_ROOM);
        for (size_t i = 0; i < count; i++) {
            if (i != without) {
                beid_buf_put_str(&hex, fields[i]);
            }
        }
        struct identity identity;
        assert_int_equal(parse(beid_buf_cstr(&hex), &identity),
                         without == count ? BEID_OK : BEID_ERR_FORMAT);
        beid_buf_clear(&hex);
    }
}

/* Writes a field as content documents say: FF as long as 255 and more lack. */
static void
put(struct beid_buf *out, uint8_t tag, struct beid_span value)
{
    size_t left = value.len;
    beid_buf_put_u8(out, tag);
    for (; left >= 255; left -= 255) {
        beid_buf_put_u8(out, 0xFF);
    }
    beid_buf_put_u8(out, (uint8_t)left);
    beid_buf_put(out, value);
}

/* Lengths of the binary fields are fixed; the others are as long as asked. */
static size_t
length_of(uint8_t tag, size_t asked)
{
    switch (tag) {
    case IDENTITY_CHIP_NUMBER:
        return 16;
    case IDENTITY_PHOTO_HASH:
        return 32;
    case IDENTITY_FAMILY_MEMBER:
        return 0;
    case IDENTITY_BASIC_KEY_HASH:
        return 48;
    default:
        return asked + tag;
    }
}

/* All fields, each beginning with its tag. */
static void
put_all(struct beid_buf *file, size_t asked)
{
    static uint8_t text[800];
    memset(text, 'x', sizeof text);
    for (uint8_t tag = 0; tag < IDENTITY_FIELDS; tag++) {
        text[0] = tag;
        put(file, tag, beid_span_of(text, length_of(tag, asked)));
    }
}

static void
all_are_there(const struct identity *identity, size_t asked)
{
    for (uint8_t tag = 0; tag < IDENTITY_FIELDS; tag++) {
        assert_true(identity_has(identity, tag));
        assert_int_equal(identity->field[tag].len, length_of(tag, asked));
        if (identity->field[tag].len > 0) {
            assert_int_equal(identity->field[tag].ptr[0], tag);
        }
    }
}

/* Every tag is found where it is, with short and with long values. */
static void
every_tag_and_length(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 90, 254, 255, 256, 510, 511, 766};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct beid_buf file;
        struct identity identity;
        beid_buf_init(&file, 32768);
        put_all(&file, lengths[i]);
        assert_int_equal(identity_parse(beid_buf_span(&file), &identity),
                         BEID_OK);
        all_are_there(&identity, lengths[i]);
        /* Cut anywhere, it is no file, or one that lacks the end. */
        for (size_t cut = 0; cut < file.len; cut += 7) {
            enum beid_err err =
                identity_parse(beid_span_of(file.ptr, cut), &identity);
            assert_true(err == BEID_OK || err == BEID_ERR_FORMAT);
            assert_true(err != BEID_OK || identity.present < UINT32_MAX);
        }
        beid_buf_clear(&file);
    }
}

static void
addresses(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum beid_err err;
    } cases[] = {
        {"01 02 4120 02 04 39303030 03 04 47656E74", BEID_OK},
        {"01 02 4120 02 04 39303030 03 04 47656E74 0000000000", BEID_OK},
        {"00 02 0001 01 02 4120 02 04 39303030 03 04 47656E74", BEID_OK},
        {"01 02 4120 02 04 39303030 03 00 0000", BEID_OK},
        {"01 02 4120 02 04 39303030 03 04 47656E74 09 01 41", BEID_OK},
        {"", BEID_ERR_FORMAT},
        {"0000000000000000", BEID_ERR_FORMAT},
        {"01 02 4120 03 04 47656E74", BEID_ERR_FORMAT},
        {"01 02 4120 02 04 39303030 03 05 47656E74", BEID_ERR_FORMAT},
        {"01 02 4120 02 04 39303030 03 04 47656E74 0001", BEID_ERR_FORMAT},
        {"01 02 4120 01 02 4120 02 04 39303030 03 04 47656E74",
         BEID_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t room[FILE_ROOM];
        struct address address = {0};
        assert_int_equal(address_parse(bytes_of(cases[i].hex, room), &address),
                         cases[i].err);
        if (cases[i].err == BEID_OK) {
            assert_int_equal(address.field[ADDRESS_ZIP].len, 4);
            assert_memory_equal(address.field[ADDRESS_STREET].ptr, "A ", 2);
        }
    }
}

static void
field_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < IDENTITY_FIELDS; i++) {
        assert_int_equal(identity_fields[i].tag, i);
        assert_non_null(identity_fields[i].name);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(identity_fields[i].name,
                                    identity_fields[j].name);
        }
        for (size_t j = 0; j < ADDRESS_FIELDS; j++) {
            assert_int_equal(address_fields[j].tag, j);
            assert_string_not_equal(identity_fields[i].name,
                                    address_fields[j].name);
        }
    }
}

static void
national_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        enum beid_err err;
        bool since_2000;
    } cases[] = {
        {"71050100041", BEID_OK, false},
        {"15092200038", BEID_OK, true},
        {"71050100042", BEID_ERR_FORMAT, false},
        {"71050100141", BEID_ERR_FORMAT, false},
        {"00000000097", BEID_OK, false},
        {"00000009797", BEID_OK, false},
        {"00000000000", BEID_ERR_FORMAT, false},
        {"", BEID_ERR_FORMAT, false},
        {"7105010004", BEID_ERR_FORMAT, false},
        {"710501000414", BEID_ERR_FORMAT, false},
        {"71.05.01-00", BEID_ERR_FORMAT, false},
        {"7105010004 ", BEID_ERR_FORMAT, false},
        {"-1050100041", BEID_ERR_FORMAT, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool since_2000 = !cases[i].since_2000;
        assert_int_equal(
            identity_number_check(beid_span_str(cases[i].number), &since_2000),
            cases[i].err);
        if (cases[i].err == BEID_OK) {
            assert_int_equal(since_2000, cases[i].since_2000);
        }
    }
}

/* The list of facts §7.6, once more and by another hand. */
static void
document_types(void **state)
{
    (void)state;
    static const char *const foreigners[] = {
        "11A",  "12B",  "13C",   "14D", "15E", "16E+", "17F",
        "18F+", "19H",  "20I",   "21J", "22M", "23N",  "27K",
        "28L",  "31EU", "32EU+", "33A", "34B", "35F",  "36F+"};
    static const char *const children[] = {
        "61EU", "62EU+", "63A", "64B", "65K", "66L", "67F", "68F+", "69M"};
    static const char *const none[] = {"",   "0",  "2",  "9",  "24",  "70",
                                       "99", "1 ", "-1", "1a", "011", "110"};
    for (size_t i = 0; i < sizeof foreigners / sizeof *foreigners; i++) {
        const struct identity_document *found =
            identity_document_find(beid_span_of(foreigners[i], 2));
        assert_int_equal(found->holder, IDENTITY_HOLDER_FOREIGNER);
        assert_string_equal(found->letter, foreigners[i] + 2);
    }
    for (size_t i = 0; i < sizeof children / sizeof *children; i++) {
        const struct identity_document *found =
            identity_document_find(beid_span_of(children[i], 2));
        assert_int_equal(found->holder, IDENTITY_HOLDER_FOREIGN_CHILD);
        assert_string_equal(found->letter, children[i] + 2);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_null(identity_document_find(beid_span_str(none[i])));
    }
    assert_int_equal(identity_document_find(beid_span_str("1"))->holder,
                     IDENTITY_HOLDER_BELGIAN);
    assert_int_equal(identity_document_find(beid_span_str("6"))->holder,
                     IDENTITY_HOLDER_BELGIAN_CHILD);
    assert_int_equal(identity_document_find(beid_span_str("7"))->holder,
                     IDENTITY_HOLDER_BOOTSTRAP);
    assert_int_equal(identity_document_find(beid_span_str("8"))->holder,
                     IDENTITY_HOLDER_AUTHORISATION);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files),
        cmocka_unit_test(hostile_files),
        cmocka_unit_test(mandatory_fields),
        cmocka_unit_test(every_tag_and_length),
        cmocka_unit_test(addresses),
        cmocka_unit_test(field_names),
        cmocka_unit_test(national_numbers),
        cmocka_unit_test(document_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
