/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Certificates of every length, hostile files, and signatures. */
#include "../unit.h"
#include "card/certificate.h"
#include "card/sign.h"
#include "script.h"

#include <stdlib.h>
#include <string.h>

/* A DER object of total bytes, followed by zeros up to size. */
static uint8_t *
make_file(size_t total, size_t size)
{
    uint8_t *file = calloc(1, size);
    assert_non_null(file);
    size_t body = total - 4;
    const uint8_t head[] = {0x30, 0x82, (uint8_t)(body >> 8),
                            (uint8_t)(body & 0xFF)};
    memset(file, 0xA5, total < size ? total : size);
    memcpy(file, head, sizeof head);
    return file;
}

static enum beid_err
read_certificate(const struct card *card, struct beid_buf *out)
{
    beid_buf_init(out, CERTIFICATE_MAX);
    enum beid_err err = certificate_head(card, CERTIFICATE_AUTHENTICATION, out);
    return err == BEID_OK
               ? certificate_rest(card, CERTIFICATE_AUTHENTICATION, false, out)
               : err;
}

/* Lengths around the blocks and the cap; commands: SELECT and the blocks. */
static void
certificates_of_every_length(void **state)
{
    (void)state;
    static const struct {
        size_t total;
        size_t size; /* of the file */
        enum beid_err err;
        size_t commands;
    } cases[] = {
        {260, 2000, BEID_OK, 3},
        {511, 511, BEID_OK, 3},
        {512, 512, BEID_OK, 3},
        {513, 513, BEID_OK, 4},
        {1400, 1450, BEID_OK, 7},
        {8192, 9000, BEID_OK, 33},
        {8193, 9000, BEID_ERR_LIMIT, 2},
        {1400, 1399, BEID_ERR_CARD, 8},
        {1400, 1024, BEID_ERR_UNSUPPORTED, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *file = make_file(cases[i].total, cases[i].size);
        struct card card =
            script_card_17(script_file(beid_span_of(file, cases[i].size)));
        struct beid_buf out;
        enum beid_err err = read_certificate(&card, &out);
        if (cases[i].err == BEID_OK) {
            assert_int_equal(err, BEID_OK);
            assert_int_equal(out.len, cases[i].total);
            assert_memory_equal(out.ptr, file, out.len);
            assert_int_equal(script_commands(), cases[i].commands);
        } else {
            assert_int_not_equal(err, BEID_OK);
        }
        beid_buf_clear(&out);
        free(file);
    }
}

static void
small_files_and_hostile_headers(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        enum beid_err err;
    } cases[] = {
        {"00000000", BEID_ERR_NO_CERTIFICATE},
        {"3003 010203", BEID_OK},
        {"3004 010203", BEID_ERR_UNSUPPORTED}, /* 6B00 past the end */
        {"3080 0000", BEID_ERR_FORMAT},
        {"30", BEID_ERR_FORMAT},
        {"3082", BEID_ERR_FORMAT},
        {"30820001 00", BEID_ERR_FORMAT},
        {"3084FFFFFFFF", BEID_ERR_LIMIT},
        {"308200FF", BEID_ERR_FORMAT},
        {"3085 0000000100", BEID_ERR_FORMAT},
        {"FFFFFFFF", BEID_ERR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t file[64];
        size_t len = script_hex(cases[i].head, file, sizeof file);
        struct card card = script_card_17(script_file(beid_span_of(file, len)));
        struct beid_buf out;
        assert_int_equal(read_certificate(&card, &out), cases[i].err);
        beid_buf_clear(&out);
    }
}

static void
absent_certificates(void **state)
{
    (void)state;
    static const char *const selected[] = {"6A82", "6283", "6985"};
    for (size_t i = 0; i < 3; i++) {
        const struct script_step step = {"00A4080C063F00DF005038", selected[i],
                                         BEID_OK};
        struct card card = script_card_17(script_start(&step, 1));
        struct beid_buf out;
        assert_int_equal(read_certificate(&card, &out),
                         BEID_ERR_NO_CERTIFICATE);
        beid_buf_clear(&out);
        script_end();
    }
    /* No data in a good answer, and more than was asked for. */
    static const struct script_step nothing[] = {
        {"00A4080C063F00DF005038", "9000", BEID_OK},
        {"00B0000000", "9000", BEID_OK}};
    struct card card = script_card_17(SCRIPT(nothing));
    struct beid_buf out;
    assert_int_equal(read_certificate(&card, &out), BEID_ERR_FORMAT);
    beid_buf_clear(&out);
    script_end();
    static const struct script_step more[] = {
        {"00A4080C063F00DF005038", "9000", BEID_OK},
        {"00B0000000", "30820101 9000", BEID_OK},
        {"00B0000400", "AA 9000", BEID_OK}};
    card = script_card_17(SCRIPT(more));
    assert_int_equal(read_certificate(&card, &out), BEID_ERR_FORMAT);
    beid_buf_clear(&out);
    script_end();
}

static void
key_and_algorithm_are_chosen(void **state)
{
    (void)state;
    static const struct script_step on_17[] = {
        {"00A4080C043F00DF00", "9000", BEID_OK},
        {"002241B605 0480018482", "9000", BEID_OK}};
    static const struct script_step other_key[] = {
        {"00A4080C043F00DF00", "9000", BEID_OK},
        {"002241B605 0480208483", "9000", BEID_OK}};
    static const struct script_step on_18[] = {
        {"00A4080C043F00DF00", "9000", BEID_OK},
        {"002241B605 0480028482", "9000", BEID_OK}};
    static const struct script_step no_key[] = {
        {"00A4080C043F00DF00", "9000", BEID_OK},
        {"002241B605 0480028482", "6A88", BEID_OK}};
    struct card card = script_card_17(SCRIPT(on_17));
    assert_int_equal(sign_choose(&card, SIGN_KEY_AUTHENTICATION, SIGN_PKCS1),
                     BEID_OK);
    script_end();
    card = script_card_17(SCRIPT(other_key));
    assert_int_equal(sign_choose(&card, SIGN_KEY_SIGNATURE, SIGN_PSS_SHA256),
                     BEID_OK);
    script_end();
    card = script_card_18(SCRIPT(on_18));
    assert_int_equal(sign_choose(&card, SIGN_KEY_AUTHENTICATION, SIGN_ECDSA),
                     BEID_OK);
    script_end();
    card = script_card_18(SCRIPT(no_key));
    assert_int_equal(sign_choose(&card, SIGN_KEY_AUTHENTICATION, SIGN_ECDSA),
                     BEID_ERR_NOT_FOUND);
    script_end();
}

static void
signature_lengths(void **state)
{
    (void)state;
    uint8_t input[300] = {0};
    struct beid_buf out;
    static const struct script_step wrong_pin[] = {
        {"002A9E9A0100", "6982", BEID_OK}};
    static const struct script_step short_answer[] = {
        {"002A9E9A0100", "6102", BEID_OK}, {"00C0000002", "AABB9000", BEID_OK}};
    struct card card = script_card_17(script_start(NULL, 0));
    beid_buf_init(&out, SIGN_MAX);
    assert_int_equal(sign_compute(&card, beid_span_of(input, 0), &out),
                     BEID_ERR_ARGUMENT);
    assert_int_equal(sign_compute(&card, beid_span_of(input, 246), &out),
                     BEID_ERR_ARGUMENT);
    card = script_card_18(script_start(NULL, 0));
    assert_int_equal(sign_compute(&card, beid_span_of(input, 47), &out),
                     BEID_ERR_ARGUMENT);
    assert_int_equal(sign_compute(&card, beid_span_of(input, 49), &out),
                     BEID_ERR_ARGUMENT);
    card = script_card_17(SCRIPT(wrong_pin));
    assert_int_equal(sign_compute(&card, beid_span_of(input, 1), &out),
                     BEID_ERR_PIN_REQUIRED);
    script_end();
    card = script_card_17(SCRIPT(short_answer));
    assert_int_equal(sign_compute(&card, beid_span_of(input, 1), &out),
                     BEID_ERR_FORMAT);
    script_end();
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_of_every_length),
        cmocka_unit_test(small_files_and_hostile_headers),
        cmocka_unit_test(absent_certificates),
        cmocka_unit_test(key_and_algorithm_are_chosen),
        cmocka_unit_test(signature_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
