/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The files of virtual cards, read by APDU: fields, and what proves them. */
#include "../unit.h"
#include "../virtual/card_case.h"
#include "card/certificate.h"
#include "card/chip.h"
#include "card/file.h"
#include "card/identity.h"
#include "card/identity_date.h"
#include "card/identity_document.h"
#include "card/identity_number.h"
#include "card/identity_verify.h"
#include "person.h"
#include "personalise.h"

#include <openssl/rand.h>

#include <stdio.h>
#include <string.h>

#define RRN_FILE ((enum certificate_file)0x503C)

/* A transport straight into a virtual card. */
static enum beid_err
transmit(void *self, struct beid_span command, uint8_t *bytes, size_t *len)
{
    struct vcard_answer answer;
    vcard_transmit(self, command, &answer);
    memcpy(bytes, answer.bytes, answer.len);
    *len = answer.len;
    return BEID_OK;
}

static enum beid_err
begin(void *self)
{
    (void)self;
    return BEID_OK;
}

static enum beid_err
end(void *self, bool reset)
{
    (void)reset;
    return begin(self);
}

static void
close_nothing(void *self, bool reset)
{
    (void)self;
    (void)reset;
}

static const struct transport_ops ops = {.transmit = transmit,
                                         .begin = begin,
                                         .end = end,
                                         .reconnect = begin,
                                         .close = close_nothing};

/* Everything about the citizen, as it came from the card. */
struct files {
    struct vcard *vcard;
    struct card card;
    struct beid_buf identity;
    struct beid_buf identity_signature;
    struct beid_buf address;
    struct beid_buf address_signature;
    struct beid_buf photo;
    struct beid_buf basic_key; /* 1.8 */
    struct beid_buf rrn;
    struct beid_buf root;
};

static void
read_file(const struct files *files, enum card_file file, struct beid_buf *out)
{
    beid_buf_init(out, CARD_FILE_MAX);
    assert_int_equal(card_file_read(&files->card, file, out), BEID_OK);
}

static void
read_certificate(const struct files *files, enum certificate_file file,
                 struct beid_buf *out)
{
    beid_buf_init(out, CERTIFICATE_MAX);
    assert_int_equal(certificate_head(&files->card, file, out), BEID_OK);
    assert_int_equal(certificate_rest(&files->card, file, false, out), BEID_OK);
}

/* The people of one applet share the issuers, and the keys, of its "adult":
 * what is looked at here is what the register signed. */
static struct vcard *
card_of(enum vcard_applet applet, unsigned number)
{
    struct vcard *made = case_card(applet);
    struct personalise order = {.applet = applet,
                                .person = person_at(number),
                                .pin = "1234",
                                .pki_dir = case_pki(applet)};
    vcard_free(&made);
    assert_int_equal(personalise(&order, &made), BEID_OK);
    return made;
}

static void
files_read(enum vcard_applet applet, unsigned number, struct files *out)
{
    struct files files = {.vcard = card_of(applet, number)};
    enum atr_family family = applet == VCARD_APPLET_1_8 ? ATR_EC : ATR_RSA;
    struct transport transport = {.ops = &ops, .self = files.vcard};
    assert_int_equal(card_open(&files.card, transport, family), BEID_OK);
    read_file(&files, CARD_FILE_IDENTITY, &files.identity);
    read_file(&files, CARD_FILE_IDENTITY_SIGNATURE, &files.identity_signature);
    read_file(&files, CARD_FILE_ADDRESS, &files.address);
    read_file(&files, CARD_FILE_ADDRESS_SIGNATURE, &files.address_signature);
    read_file(&files, CARD_FILE_PHOTO, &files.photo);
    beid_buf_init(&files.basic_key, CARD_FILE_MAX);
    enum beid_err err =
        card_file_read(&files.card, CARD_FILE_BASIC_KEY, &files.basic_key);
    assert_int_equal(err,
                     applet == VCARD_APPLET_1_8 ? BEID_OK : BEID_ERR_NOT_FOUND);
    read_certificate(&files, RRN_FILE, &files.rrn);
    read_certificate(&files, CERTIFICATE_ROOT, &files.root);
    *out = files;
}

static void
files_clear(struct files *files)
{
    beid_buf_clear(&files->identity);
    beid_buf_clear(&files->identity_signature);
    beid_buf_clear(&files->address);
    beid_buf_clear(&files->address_signature);
    beid_buf_clear(&files->photo);
    beid_buf_clear(&files->basic_key);
    beid_buf_clear(&files->rrn);
    beid_buf_clear(&files->root);
    vcard_free(&files->vcard);
}

static void
is_text(struct beid_span field, const char *text)
{
    assert_int_equal(field.len, strlen(text));
    assert_memory_equal(field.ptr, text, field.len);
}

static void
fields_are(const struct files *files, const struct person *person)
{
    struct identity identity;
    struct address address;
    struct identity_date birth;
    struct identity_date from;
    struct identity_date to;
    bool since_2000 = false;
    assert_int_equal(identity_parse(beid_buf_span(&files->identity), &identity),
                     BEID_OK);
    const struct beid_span *field = identity.field;
    is_text(field[IDENTITY_SURNAME], person->surname);
    is_text(field[IDENTITY_GIVEN_NAMES], person->given_names);
    is_text(field[IDENTITY_THIRD_INITIAL], person->third_initial);
    is_text(field[IDENTITY_BIRTH_PLACE], person->birth_place);
    is_text(field[IDENTITY_SEX], person->sex);
    assert_memory_equal(field[IDENTITY_CHIP_NUMBER].ptr, files->card.serial,
                        CARD_SERIAL_LEN);
    assert_int_equal(
        identity_number_check(field[IDENTITY_NATIONAL_NUMBER], &since_2000),
        BEID_OK);
    assert_int_equal(since_2000, person->born_since_2000);
    assert_int_equal(identity_birth_parse(field[IDENTITY_BIRTH_DATE], &birth),
                     BEID_OK);
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%02u%02u%02u", birth.year % 100,
                   birth.month, birth.day);
    assert_string_equal(digits, person->birth);
    assert_int_equal(birth.year >= 2000, person->born_since_2000);
    assert_int_equal(identity_date_parse(field[IDENTITY_VALID_FROM], &from),
                     BEID_OK);
    assert_int_equal(identity_date_parse(field[IDENTITY_VALID_TO], &to),
                     BEID_OK);
    assert_true(identity_date_compare(from, to) < 0);
    assert_non_null(identity_document_find(field[IDENTITY_DOCUMENT]));
    assert_int_equal(address_parse(beid_buf_span(&files->address), &address),
                     BEID_OK);
    is_text(address.field[ADDRESS_STREET], person->street);
    is_text(address.field[ADDRESS_ZIP], person->zip);
    is_text(address.field[ADDRESS_MUNICIPALITY], person->city);
    assert_int_equal(identity_has(&identity, IDENTITY_EU_SINCE),
                     person->foreigner);
}

static void
photo_and_signatures_hold(const struct files *files)
{
    struct identity identity;
    enum identity_issuer issuer = IDENTITY_ISSUER_UNKNOWN;
    struct beid_span rrn = beid_buf_span(&files->rrn);
    assert_int_equal(identity_parse(beid_buf_span(&files->identity), &identity),
                     BEID_OK);
    assert_int_equal(identity_hash_check(beid_buf_span(&files->photo),
                                         identity.field[IDENTITY_PHOTO_HASH]),
                     BEID_OK);
    assert_int_equal(
        identity_signature_check(rrn, beid_buf_span(&files->identity),
                                 beid_buf_span(&files->identity_signature)),
        BEID_OK);
    assert_int_equal(
        identity_address_check(rrn, beid_buf_span(&files->address),
                               beid_buf_span(&files->identity_signature),
                               beid_buf_span(&files->address_signature)),
        BEID_OK);
    assert_int_equal(
        identity_issuer_check(rrn, beid_buf_span(&files->root), &issuer),
        BEID_OK);
    assert_int_equal(issuer, IDENTITY_ISSUER_TEST);
}

/* One changed bit in any of the inputs is found. */
static void
changes_are_found(struct files *files)
{
    struct beid_buf *const parts[] = {&files->identity,
                                      &files->identity_signature};
    struct beid_span rrn = beid_buf_span(&files->rrn);
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = 5; at < 60; at += 27) {
            parts[i]->ptr[at] ^= 0x01;
            assert_int_not_equal(
                identity_signature_check(rrn, beid_buf_span(parts[0]),
                                         beid_buf_span(parts[1])),
                BEID_OK);
            assert_int_not_equal(
                identity_address_check(
                    rrn, beid_buf_span(&files->address),
                    beid_buf_span(i == 0 ? &files->identity : parts[1]),
                    beid_buf_span(&files->address_signature)),
                BEID_OK);
            parts[i]->ptr[at] ^= 0x01;
        }
    }
    files->address.ptr[4] ^= 0x20;
    assert_int_equal(
        identity_address_check(rrn, beid_buf_span(&files->address),
                               beid_buf_span(&files->identity_signature),
                               beid_buf_span(&files->address_signature)),
        BEID_ERR_SIGNATURE);
    files->address.ptr[4] ^= 0x20;
    struct identity identity;
    assert_int_equal(identity_parse(beid_buf_span(&files->identity), &identity),
                     BEID_OK);
    files->photo.ptr[files->photo.len - 1] ^= 0x01;
    assert_int_equal(identity_hash_check(beid_buf_span(&files->photo),
                                         identity.field[IDENTITY_PHOTO_HASH]),
                     BEID_ERR_SIGNATURE);
}

static void
chip_is_genuine(const struct files *files)
{
    struct identity identity;
    struct beid_buf response;
    uint8_t challenge[CHIP_CHALLENGE_LEN];
    struct beid_span key = beid_buf_span(&files->basic_key);
    assert_int_equal(identity_parse(beid_buf_span(&files->identity), &identity),
                     BEID_OK);
    assert_int_equal(
        identity_hash_check(key, identity.field[IDENTITY_BASIC_KEY_HASH]),
        BEID_OK);
    assert_int_equal(RAND_bytes(challenge, sizeof challenge), 1);
    struct beid_span asked = beid_span_of(challenge, sizeof challenge);
    beid_buf_init(&response, CHIP_RESPONSE_LEN);
    assert_int_equal(chip_answer(&files->card, asked, &response), BEID_OK);
    struct beid_span told = beid_buf_span(&response);
    assert_int_equal(identity_chip_check(key, asked, told), BEID_OK);
    challenge[47] ^= 0x01;
    assert_int_equal(identity_chip_check(key, asked, told), BEID_ERR_SIGNATURE);
    challenge[47] ^= 0x01;
    response.ptr[95] ^= 0x01;
    assert_int_equal(identity_chip_check(key, asked, told), BEID_ERR_SIGNATURE);
    memset(response.ptr, 0, response.len);
    assert_int_equal(identity_chip_check(key, asked, told), BEID_ERR_SIGNATURE);
    assert_int_equal(
        identity_chip_check(key, asked, beid_span_of(told.ptr, 95)),
        BEID_ERR_FORMAT);
    assert_int_equal(
        identity_chip_check(beid_span_of(key.ptr, key.len - 1), asked, told),
        BEID_ERR_FORMAT);
    beid_buf_clear(&response);
}

static void
every_person(enum vcard_applet applet)
{
    for (unsigned i = 0; person_at(i) != NULL; i++) {
        struct files files;
        files_read(applet, i, &files);
        fields_are(&files, person_at(i));
        photo_and_signatures_hold(&files);
        if (applet == VCARD_APPLET_1_8) {
            chip_is_genuine(&files);
        }
        changes_are_found(&files);
        files_clear(&files);
    }
}

static void
every_person_on_17(void **state)
{
    (void)state;
    every_person(VCARD_APPLET_1_7);
}

static void
every_person_on_18(void **state)
{
    (void)state;
    every_person(VCARD_APPLET_1_8);
}

/* Things that are no certificate, signature, hash or key. */
static void
hostile_inputs(void **state)
{
    (void)state;
    struct files files;
    files_read(VCARD_APPLET_1_8, 0, &files);
    enum identity_issuer issuer = IDENTITY_ISSUER_BELGIUM;
    struct beid_span rrn = beid_buf_span(&files.rrn);
    struct beid_span root = beid_buf_span(&files.root);
    struct beid_span identity = beid_buf_span(&files.identity);
    struct beid_span signature = beid_buf_span(&files.identity_signature);
    struct beid_span none = beid_span_of(NULL, 0);
    const struct beid_span bad_certificates[] = {
        none, beid_span_of(rrn.ptr, rrn.len - 1), beid_span_of(rrn.ptr, 4),
        identity};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(
            identity_signature_check(bad_certificates[i], identity, signature),
            BEID_ERR_FORMAT);
        assert_int_equal(
            identity_issuer_check(bad_certificates[i], root, &issuer),
            BEID_ERR_FORMAT);
    }
    /* Root and register swapped, or both the root: issued by it, no RRN. */
    assert_int_equal(identity_issuer_check(root, rrn, &issuer),
                     BEID_ERR_SIGNATURE);
    assert_int_equal(issuer, IDENTITY_ISSUER_BELGIUM); /* untouched */
    assert_int_equal(identity_issuer_check(root, root, &issuer), BEID_OK);
    assert_int_equal(issuer, IDENTITY_ISSUER_UNKNOWN);
    /* The padding of a signature is zeros only. */
    assert_int_equal(identity_signature_check(rrn, identity, none),
                     BEID_ERR_FORMAT);
    signature.len = 20;
    assert_int_equal(identity_signature_check(rrn, identity, signature),
                     BEID_ERR_FORMAT);
    files.identity_signature.ptr[files.identity_signature.len - 1] = 1;
    assert_int_equal(
        identity_signature_check(rrn, identity,
                                 beid_buf_span(&files.identity_signature)),
        BEID_ERR_FORMAT);
    for (size_t len = 0; len < 70; len++) {
        bool known = len == 20 || len == 32 || len == 48;
        assert_int_equal(
            identity_hash_check(identity, beid_span_of(files.photo.ptr, len)),
            known ? BEID_ERR_SIGNATURE : BEID_ERR_FORMAT);
    }
    files_clear(&files);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_person_on_17),
        cmocka_unit_test(every_person_on_18),
        cmocka_unit_test(hostile_inputs),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
