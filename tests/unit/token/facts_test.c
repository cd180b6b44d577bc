/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Error mapping, and certificates that are none. */
#include "../unit.h"
#include "readers.h"
#include "rv.h"
#include "token/facts.h"

#include <beid/tlv.h>

#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

static void
every_error_has_a_return_value(void **state)
{
    (void)state;
    assert_int_equal(rv_of(BEID_OK), CKR_OK);
    for (int err = -1; err >= BEID_ERR_INTERNAL; err--) {
        assert_int_not_equal(rv_of((enum beid_err)err), CKR_OK);
    }
    assert_int_equal(rv_of(BEID_ERR_PIN_WRONG), CKR_PIN_INCORRECT);
    assert_int_equal(rv_of(BEID_ERR_PIN_BLOCKED), CKR_PIN_LOCKED);
    assert_int_equal(rv_of(BEID_ERR_PIN_REQUIRED), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(rv_of(BEID_ERR_CARD_MISMATCH), CKR_DEVICE_REMOVED);
    assert_int_equal(rv_of(BEID_ERR_CARD_REMOVED), CKR_DEVICE_REMOVED);
    assert_int_equal(rv_of(BEID_ERR_MEMORY), CKR_HOST_MEMORY);
}

/* The certificate of the inserted card, without the padding behind it (whose
 * zeros cannot be told from zeros at the end of its signature). */
static struct beid_span
certificate(enum readers_applet applet)
{
    size_t len = 0;
    struct beid_span der;
    assert_true(readers_reset() && readers_insert(0, applet, NULL));
    struct beid_span file = readers_certificate(0);
    assert_int_equal(beid_der_total(file, file.len, &len), BEID_OK);
    assert_int_equal(beid_span_slice(file, 0, len, &der), BEID_OK);
    return der;
}

static enum beid_err
parse(struct beid_span der)
{
    struct facts facts;
    facts_init(&facts);
    enum beid_err err = facts_parse(der, &facts);
    facts_clear(&facts);
    assert_int_equal(ERR_peek_error(), 0);
    return err;
}

/* Every prefix, one byte more, and every byte changed: an answer, no crash
 * (the sanitizers watch), nothing left in OpenSSL's error queue. */
static void
damaged_certificates(void **state)
{
    (void)state;
    static const enum readers_applet kinds[] = {READERS_1_7, READERS_1_8};
    for (size_t k = 0; k < 2; k++) {
        struct beid_span der = certificate(kinds[k]);
        uint8_t *copy = calloc(1, der.len + 1);
        assert_non_null(copy);
        memcpy(copy, der.ptr, der.len);
        assert_int_equal(parse(beid_span_of(copy, der.len)), BEID_OK);
        assert_int_equal(parse(beid_span_of(copy, der.len + 1)),
                         BEID_ERR_FORMAT);
        for (size_t len = 0; len < der.len; len++) {
            uint8_t *part = malloc(len + 1);
            assert_non_null(part);
            memcpy(part, copy, len);
            assert_int_equal(parse(beid_span_of(part, len)), BEID_ERR_FORMAT);
            free(part);
        }
        for (size_t i = 0; i < der.len; i++) {
            copy[i] ^= 0xFF;
            (void)parse(beid_span_of(copy, der.len));
            copy[i] ^= 0xFF;
        }
        free(copy);
    }
}

/* Facts are those of the certificate, of an old card's shorter key too. */
static void
keys_are_told_apart(void **state)
{
    (void)state;
    static const size_t modulus[] = {128, 256, 0};
    static const size_t point[] = {0, 0, 99};
    for (size_t i = 0; i < 3; i++) {
        struct facts facts;
        facts_init(&facts);
        assert_int_equal(
            facts_parse(certificate((enum readers_applet)i), &facts), BEID_OK);
        assert_int_equal(facts.field[FACT_MODULUS].len, modulus[i]);
        assert_int_equal(facts.field[FACT_EC_POINT].len, point[i]);
        facts_clear(&facts);
    }
}

static void
errors_of_the_application_stay(void **state)
{
    (void)state;
    struct facts facts;
    facts_init(&facts);
    ERR_raise(ERR_LIB_USER, 1);
    assert_int_equal(facts_parse(beid_span_str("no certificate"), &facts),
                     BEID_ERR_FORMAT);
    assert_int_equal(ERR_GET_LIB(ERR_get_error()), ERR_LIB_USER);
    assert_int_equal(ERR_get_error(), 0);
    facts_clear(&facts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_return_value),
        cmocka_unit_test(damaged_certificates),
        cmocka_unit_test(keys_are_told_apart),
        cmocka_unit_test(errors_of_the_application_stay),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
