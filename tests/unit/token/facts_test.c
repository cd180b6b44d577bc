/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* libcrypto 3 frowns on engines; programs still use them. */
#define OPENSSL_SUPPRESS_DEPRECATED

/* Error mapping, and certificates that are none. */
#include "../unit.h"
#include "readers.h"
#include "rv.h"
#include "token/facts.h"

#include <beid/tlv.h>

#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

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
assert_key(enum readers_applet applet, struct beid_span der)
{
    static const size_t modulus[] = {128, 256, 0};
    static const size_t point[] = {0, 0, 99};
    struct facts facts;
    facts_init(&facts);
    assert_int_equal(facts_parse(der, &facts), BEID_OK);
    assert_int_equal(facts.field[FACT_MODULUS].len, modulus[applet]);
    assert_int_equal(facts.field[FACT_EC_POINT].len, point[applet]);
    facts_clear(&facts);
}

static void
keys_are_told_apart(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_key((enum readers_applet)i, certificate((enum readers_applet)i));
    }
}

static int
engine_methods(ENGINE *engine, EVP_PKEY_METHOD **method, const int **nids,
               int nid)
{
    static const int types[] = {EVP_PKEY_EC, EVP_PKEY_RSA};
    (void)engine;
    if (method == NULL) {
        *nids = types;
        return 2;
    }
    *method = EVP_PKEY_meth_new(nid, 0);
    return *method != NULL;
}

/* A program that lets an engine, such as libp11's, do its RSA and EC. */
static void
keys_are_told_below_an_engine(void **state)
{
    (void)state;
    ENGINE *engine = ENGINE_new();
    EC_KEY_METHOD *ec = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
    RSA_METHOD *rsa = RSA_meth_dup(RSA_PKCS1_OpenSSL());
    assert_true(engine != NULL && ec != NULL && rsa != NULL);
    assert_int_equal(ENGINE_set_id(engine, "test"), 1);
    assert_int_equal(ENGINE_set_EC(engine, ec), 1);
    assert_int_equal(ENGINE_set_RSA(engine, rsa), 1);
    assert_int_equal(ENGINE_set_pkey_meths(engine, engine_methods), 1);
    for (unsigned i = 0; i < 3; i++) {
        struct beid_span der = certificate((enum readers_applet)i);
        assert_int_equal(
            ENGINE_set_default(engine, ENGINE_METHOD_EC | ENGINE_METHOD_RSA
                                           | ENGINE_METHOD_PKEY_METHS),
            1);
        assert_key((enum readers_applet)i, der);
        ENGINE_unregister_EC(engine);
        ENGINE_unregister_RSA(engine);
        ENGINE_unregister_pkey_meths(engine);
    }
    assert_int_equal(ENGINE_free(engine), 1);
    RSA_meth_free(rsa);
    EC_KEY_METHOD_free(ec);
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
        cmocka_unit_test(keys_are_told_below_an_engine),
        cmocka_unit_test(errors_of_the_application_stay),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
