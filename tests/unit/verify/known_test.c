/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a verifier remembers of a certificate must never make a verdict milder. */
#include "../unit.h"
#include "internal.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

static struct test_world world;

static X509 *
issue(const char *subject, EVP_PKEY *key, const char *issuer, EVP_PKEY *by,
      time_t days)
{
    return test_issue(&world, &(struct test_issue){subject, key, issuer, by,
                                                   world.now + days * DAY});
}

/* The CA ends before the holder's certificate does. */
static int
set_up(void **state)
{
    (void)state;
    return test_world_make(&world, 100);
}

static int
tear_down(void **state)
{
    (void)state;
    test_world_free(&world);
    return 0;
}

static enum beid_verify_result
ask(X509 *cert, EVP_PKEY *key, size_t chain_count)
{
    X509 *const chain[2] = {world.ca_cert, world.root_cert};
    char *answer = test_answer(cert, key, chain, chain_count);
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result =
        test_verify(world.verifier, answer, &report);
    if (result == BEID_VERIFY_OK) {
        assert_string_equal(report->anchor, "CN=TEST Root");
        assert_string_equal(report->issuer, "CN=TEST CA");
        assert_int_equal(report->anchor_pinned, 1);
    }
    beid_verify_report_free(&report);
    free(answer);
    return result;
}

/* Three times: the chain, then the CA, then the certificate is known. */
static void
learn(void)
{
    assert_int_equal(ask(world.holder_cert, world.holder, 0),
                     BEID_VERIFY_UNTRUSTED);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ask(world.holder_cert, world.holder, 2 - i),
                         BEID_VERIFY_OK);
    }
}

static void
known_by_its_bytes_alone(void **state)
{
    (void)state;
    learn();
    /* The same words with the CA's name, by a key that is not the CA's. */
    X509 *forged = issue("Nora", world.holder, "TEST CA", world.holder, 200);
    assert_int_equal(ask(forged, world.holder, 2), BEID_VERIFY_UNTRUSTED);
    X509_free(forged);
    /* Its signature, one bit away. */
    unsigned char *der = NULL;
    int len = i2d_X509(world.holder_cert, &der);
    assert_true(len > 0);
    der[len - 1] ^= 1;
    const unsigned char *at = der;
    X509 *bent = d2i_X509(NULL, &at, len);
    assert_non_null(bent);
    OPENSSL_free(der);
    assert_int_equal(ask(bent, world.holder, 2), BEID_VERIFY_UNTRUSTED);
    X509_free(bent);
    assert_int_equal(ask(world.holder_cert, world.holder, 0), BEID_VERIFY_OK);
}

static void
signature_is_judged_each_time(void **state)
{
    (void)state;
    learn();
    assert_int_equal(ask(world.holder_cert, world.ca, 0),
                     BEID_VERIFY_SIGNATURE);
}

static void
times_are_judged_each_time(void **state)
{
    (void)state;
    learn();
    beid_verify_set_time(world.verifier, world.now + 150 * DAY);
    assert_int_equal(ask(world.holder_cert, world.holder, 2),
                     BEID_VERIFY_CHAIN_VALIDITY);
    beid_verify_set_time(world.verifier, world.now + 250 * DAY);
    assert_int_equal(ask(world.holder_cert, world.holder, 2),
                     BEID_VERIFY_EXPIRED);
    beid_verify_set_time(world.verifier, world.now - 2 * DAY);
    assert_int_equal(ask(world.holder_cert, world.holder, 2),
                     BEID_VERIFY_NOT_YET_VALID);
    beid_verify_set_time(world.verifier, world.now);
    assert_int_equal(ask(world.holder_cert, world.holder, 2), BEID_VERIFY_OK);
}

static void
other_trust_forgets(void **state)
{
    unsigned char *der = NULL;
    EVP_PKEY *key = test_key();
    (void)state;
    learn();
    X509 *other = issue("TEST Other", key, "TEST Other", key, 100);
    int len = i2d_X509(other, &der);
    assert_int_equal(beid_verify_add_trust(world.verifier, der, (size_t)len),
                     BEID_VERIFY_OK);
    assert_int_equal(ask(world.holder_cert, world.holder, 2),
                     BEID_VERIFY_UNTRUSTED);
    OPENSSL_free(der);
    X509_free(other);
    EVP_PKEY_free(key);
}

static void
use_is_judged_each_time(void **state)
{
    struct beid_verify_report *report = NULL;
    unsigned char *der = NULL;
    (void)state;
    learn();
    int len = i2d_X509(world.holder_cert, &der);
    assert_int_equal(beid_verify_certificate(world.verifier, der, (size_t)len,
                                             BEID_VERIFY_USE_SIGNATURE, NULL,
                                             &report),
                     BEID_VERIFY_USAGE);
    assert_null(report);
    OPENSSL_free(der);
}

static void
evidence_is_judged_each_time(void **state)
{
    (void)state;
    learn();
    X509 *const chain[2] = {world.ca_cert, world.root_cert};
    char *answer = test_answer(world.holder_cert, world.holder, chain, 2);
    struct beid_verify_report *report = NULL;
    char *evidence = strstr(answer, "\"chain\":[\"");
    assert_non_null(evidence);
    evidence[12] = '!';
    const struct beid_verify_token request = {.token = answer,
                                              .token_len = strlen(answer),
                                              .origin = TEST_ORIGIN,
                                              .nonce = TEST_NONCE};
    assert_int_equal(beid_verify_token(world.verifier, &request, &report),
                     BEID_VERIFY_CHAIN_FORMAT);
    free(answer);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(known_by_its_bytes_alone),   CASE(signature_is_judged_each_time),
        CASE(times_are_judged_each_time), CASE(other_trust_forgets),
        CASE(use_is_judged_each_time),    CASE(evidence_is_judged_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
