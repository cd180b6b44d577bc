/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "served.h"

#include "../unit.h"

#include <stdlib.h>
#include <string.h>

struct served world;

static char *
token_make(bool ocsp, bool crl)
{
    X509 *cert = test_cert_make(
        &(struct test_cert){.subject = "Nora Specimen",
                            .issuer = "TEST CA",
                            .key = world.holder,
                            .issuer_key = world.ca,
                            .hash = EVP_sha384(),
                            .serial = SERIAL,
                            .ocsp = ocsp ? world.responder.url : NULL,
                            .crl = crl ? world.responder.url : NULL,
                            .not_before = world.now - DAY,
                            .not_after = world.now + 30 * DAY});
    char *token = test_answer(cert, world.holder, NULL, 0);
    X509_free(cert);
    return token;
}

int
world_make(void **state)
{
    (void)state;
    world.now = time(NULL);
    world.ca = test_key();
    world.holder = test_key();
    world.ca_cert =
        test_cert_make(&(struct test_cert){.subject = "TEST CA",
                                           .issuer = "TEST CA",
                                           .key = world.ca,
                                           .issuer_key = world.ca,
                                           .hash = EVP_sha384(),
                                           .ca = true,
                                           .not_before = world.now - DAY,
                                           .not_after = world.now + 30 * DAY});
    world.responder.ca = world.ca_cert;
    world.responder.key = world.ca;
    responder_start(&world.responder);
    world.by_ocsp = token_make(true, false);
    world.by_crl = token_make(false, true);
    world.by_both = token_make(true, true);
    return 0;
}

int
world_free(void **state)
{
    (void)state;
    responder_stop(&world.responder);
    free(world.by_ocsp);
    free(world.by_crl);
    free(world.by_both);
    X509_free(world.ca_cert);
    EVP_PKEY_free(world.ca);
    EVP_PKEY_free(world.holder);
    return 0;
}

int
set_up(void **state)
{
    unsigned char *der = NULL;
    int len = i2d_X509(world.ca_cert, &der);
    (void)state;
    atomic_store(&world.responder.revoked, NOBODY);
    atomic_store(&world.responder.lasts_s, 0L);
    atomic_store(&world.responder.silent, false);
    assert_int_equal(beid_verify_new(&world.verifier), BEID_VERIFY_OK);
    assert_int_equal(beid_verify_add_trust(world.verifier, der, (size_t)len),
                     BEID_VERIFY_OK);
    assert_int_equal(
        beid_verify_add_ocsp_prefix(world.verifier, world.responder.url),
        BEID_VERIFY_OK);
    assert_int_equal(
        beid_verify_add_crl_prefix(world.verifier, world.responder.url),
        BEID_VERIFY_OK);
    OPENSSL_free(der);
    return 0;
}

int
tear_down(void **state)
{
    (void)state;
    beid_verify_free(&world.verifier);
    return 0;
}

void
mode(enum beid_verify_revocation_mode mode)
{
    assert_int_equal(beid_verify_set_revocation(world.verifier, mode),
                     BEID_VERIFY_OK);
}

void
take(const char *token, const struct step *step)
{
    struct beid_verify_inquiry inquiry;
    struct beid_verify_report *report = NULL;
    const struct beid_verify_token request = {.token = token,
                                              .token_len = strlen(token),
                                              .origin = TEST_ORIGIN,
                                              .nonce = TEST_NONCE,
                                              .inquiry = &inquiry};
    unsigned before = atomic_load(&world.responder.asked)
                      + atomic_load(&world.responder.fetched);
    bool answered = step->result != BEID_VERIFY_REVOCATION_UNAVAILABLE;
    beid_verify_set_time(world.verifier, world.now + step->after);
    atomic_store(&world.responder.at, world.now + step->after);
    memset(&inquiry, 0x5A, sizeof inquiry);
    assert_int_equal(beid_verify_token(world.verifier, &request, &report),
                     step->result);
    assert_int_equal(report != NULL, step->result == BEID_VERIFY_OK);
    assert_int_equal(inquiry.revocation, step->by);
    assert_int_equal(inquiry.cached, step->kept ? 1 : 0);
    assert_int_equal(inquiry.at != 0, answered);
    if (!answered || step->kept) {
        assert_true(inquiry.at < world.now + step->after);
    } else { /* a CRL of here is a second old */
        assert_in_range(inquiry.at, world.now + step->after - 1,
                        world.now + step->after);
    }
    assert_int_equal(atomic_load(&world.responder.asked)
                         + atomic_load(&world.responder.fetched),
                     before + (answered && !step->kept ? 1U : 0U));
    if (report != NULL) {
        assert_int_equal(report->revocation, step->by);
        assert_int_equal(report->revocation_at, inquiry.at);
    }
    beid_verify_report_free(&report);
}

void
take_all(const char *token, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        take(token, &steps[i]);
    }
}
