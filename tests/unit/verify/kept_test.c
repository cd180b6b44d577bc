/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * How long an OCSP answer and a CRL that a verifier kept are believed: the
 * clocks of verifier and responder are moved together.
 */
#include "../unit.h"
#include "internal.h"
#include "pki.h"
#include "responder.h"

#include <stdlib.h>
#include <string.h>

#define DAY ((time_t)24 * 3600)
#define HOUR ((time_t)3600)
#define SERIAL 100
#define NOBODY 77

static struct world {
    EVP_PKEY *ca;
    EVP_PKEY *holder;
    X509 *ca_cert;
    time_t now;
    struct responder responder;
    char *by_ocsp; /* tokens: of a certificate that names the responder, */
    char *by_crl; /* and of one that names the CRL alone */
    struct beid_verify *verifier;
} world;

static char *
token_make(bool ocsp)
{
    X509 *cert = test_cert_make(
        &(struct test_cert){.subject = "Nora Specimen",
                            .issuer = "TEST CA",
                            .key = world.holder,
                            .issuer_key = world.ca,
                            .hash = EVP_sha384(),
                            .serial = SERIAL,
                            .ocsp = ocsp ? world.responder.url : NULL,
                            .crl = ocsp ? NULL : world.responder.url,
                            .not_before = world.now - DAY,
                            .not_after = world.now + 30 * DAY});
    char *token = test_answer(cert, world.holder, NULL, 0);
    X509_free(cert);
    return token;
}

static int
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
    world.by_ocsp = token_make(true);
    world.by_crl = token_make(false);
    return 0;
}

static int
world_free(void **state)
{
    (void)state;
    responder_stop(&world.responder);
    free(world.by_ocsp);
    free(world.by_crl);
    X509_free(world.ca_cert);
    EVP_PKEY_free(world.ca);
    EVP_PKEY_free(world.holder);
    return 0;
}

/* A new verifier, and a responder that calls nobody revoked. */
static int
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

static int
tear_down(void **state)
{
    (void)state;
    beid_verify_free(&world.verifier);
    return 0;
}

static void
mode(enum beid_verify_revocation_mode mode)
{
    assert_int_equal(beid_verify_set_revocation(world.verifier, mode),
                     BEID_VERIFY_OK);
}

/* What is expected of one token, this many seconds after the start. */
struct step {
    time_t after;
    enum beid_verify_result result;
    enum beid_verify_revocation by;
    bool kept; /* known here already: no server was asked with success */
};

static void
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

static void
take_all(const char *token, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        take(token, &steps[i]);
    }
}

#define TAKE_ALL(token, steps)                                                 \
    take_all(token, steps, sizeof(steps) / sizeof(steps)[0])

#define GOOD BEID_VERIFY_OK
#define OCSP BEID_VERIFY_REVOCATION_OCSP
#define CRL BEID_VERIFY_REVOCATION_CRL
#define UNAVAILABLE BEID_VERIFY_REVOCATION_UNAVAILABLE
#define NO_ANSWER BEID_VERIFY_REVOCATION_NO_ANSWER

static void
step_up_asks_again_after_two_minutes(void **state)
{
    static const struct step steps[] = {{0, GOOD, OCSP, false},
                                        {1, GOOD, OCSP, true},
                                        {120, GOOD, OCSP, true},
                                        {121, GOOD, OCSP, false},
                                        {241, GOOD, OCSP, true}};
    (void)state;
    mode(BEID_VERIFY_REVOCATION_REQUIRED);
    TAKE_ALL(world.by_ocsp, steps);
    atomic_store(&world.responder.silent, true);
    take(world.by_ocsp, &(struct step){242, UNAVAILABLE, NO_ANSWER, false});
}

static void
login_keeps_for_ten_minutes(void **state)
{
    static const struct step steps[] = {{0, GOOD, OCSP, false},
                                        {121, GOOD, OCSP, true},
                                        {600, GOOD, OCSP, true},
                                        {601, GOOD, OCSP, false},
                                        {1201, GOOD, OCSP, true}};
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    TAKE_ALL(world.by_ocsp, steps);
    atomic_store(&world.responder.silent, true);
    take(world.by_ocsp, &(struct step){1202, UNAVAILABLE, NO_ANSWER, false});
}

/* The same verifier: what a login may still believe a step-up may not. */
static void
step_up_does_not_live_on_a_login(void **state)
{
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    take(world.by_ocsp, &(struct step){0, GOOD, OCSP, false});
    take(world.by_ocsp, &(struct step){130, GOOD, OCSP, true});
    atomic_store(&world.responder.revoked, SERIAL);
    mode(BEID_VERIFY_REVOCATION_REQUIRED);
    take(world.by_ocsp, &(struct step){131, BEID_VERIFY_REVOKED, OCSP, false});
    /* And the login knows now, too. */
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    take(world.by_ocsp, &(struct step){132, BEID_VERIFY_REVOKED, OCSP, true});
}

/* nextUpdate ends it sooner; without one, age alone decides. */
static void
login_stops_at_next_update(void **state)
{
    static const struct step short_lived[] = {{0, GOOD, OCSP, false},
                                              {300, GOOD, OCSP, true},
                                              {301, GOOD, OCSP, false}};
    static const struct step shorter[] = {{700, GOOD, OCSP, false},
                                          {760, GOOD, OCSP, true},
                                          {761, GOOD, OCSP, false}};
    static const struct step open_ended[] = {{1400, GOOD, OCSP, false},
                                             {1520, GOOD, OCSP, true},
                                             {1521, GOOD, OCSP, false}};
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    atomic_store(&world.responder.lasts_s, 300L);
    TAKE_ALL(world.by_ocsp, short_lived);
    atomic_store(&world.responder.lasts_s, 60L);
    TAKE_ALL(world.by_ocsp, shorter);
    atomic_store(&world.responder.lasts_s, -1L);
    TAKE_ALL(world.by_ocsp, open_ended);
}

/* kept_age_s is the portal's own choice. */
static void
limits_decide(void **state)
{
    static const struct step long_kept[] = {{0, GOOD, OCSP, false},
                                            {HOUR, GOOD, OCSP, true},
                                            {HOUR + 1, GOOD, OCSP, false}};
    static const struct step none[] = {{HOUR + 121, GOOD, OCSP, true},
                                       {HOUR + 122, GOOD, OCSP, false}};
    struct beid_verify_limits limits = {.ocsp_age_s = 120,
                                        .skew_s = 900,
                                        .timeout_ms = 60000,
                                        .kept_age_s = HOUR};
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    assert_int_equal(beid_verify_set_limits(world.verifier, &limits),
                     BEID_VERIFY_OK);
    TAKE_ALL(world.by_ocsp, long_kept);
    limits.kept_age_s = 0;
    assert_int_equal(beid_verify_set_limits(world.verifier, &limits),
                     BEID_VERIFY_OK);
    TAKE_ALL(world.by_ocsp, none);
    limits.kept_age_s = -1;
    assert_int_equal(beid_verify_set_limits(world.verifier, &limits),
                     BEID_VERIFY_ARGUMENT);
    limits.kept_age_s = 604801;
    assert_int_equal(beid_verify_set_limits(world.verifier, &limits),
                     BEID_VERIFY_ARGUMENT);
}

static void
crl_is_asked_for_after_an_hour(void **state)
{
    static const struct step steps[] = {{0, GOOD, CRL, false},
                                        {HOUR, GOOD, CRL, true},
                                        {HOUR + 1, GOOD, CRL, false},
                                        {2 * HOUR + 1, GOOD, CRL, true}};
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    TAKE_ALL(world.by_crl, steps);
    atomic_store(&world.responder.revoked, SERIAL);
    take(world.by_crl,
         &(struct step){2 * HOUR + 1, GOOD, CRL, true}); /* not seen yet */
    take(world.by_crl,
         &(struct step){2 * HOUR + 2, BEID_VERIFY_REVOKED, CRL, false});
    take(world.by_crl,
         &(struct step){2 * HOUR + 3, BEID_VERIFY_REVOKED, CRL, true});
    mode(BEID_VERIFY_REVOCATION_REQUIRED); /* no CRL for a step-up */
    take(world.by_crl,
         &(struct step){2 * HOUR + 3, UNAVAILABLE, NO_ANSWER, false});
}

/* While the server is away an older list counts until its nextUpdate. */
static void
crl_counts_until_next_update(void **state)
{
    static const struct step steps[] = {{HOUR + 1, GOOD, CRL, true},
                                        {DAY - 2, GOOD, CRL, true},
                                        {DAY, UNAVAILABLE, NO_ANSWER, false}};
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    take(world.by_crl, &(struct step){0, GOOD, CRL, false});
    atomic_store(&world.responder.silent, true);
    TAKE_ALL(world.by_crl, steps);
    atomic_store(&world.responder.silent, false);
    take(world.by_crl, &(struct step){DAY, GOOD, CRL, false});
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(step_up_asks_again_after_two_minutes),
        CASE(login_keeps_for_ten_minutes),
        CASE(step_up_does_not_live_on_a_login),
        CASE(login_stops_at_next_update),
        CASE(limits_decide),
        CASE(crl_is_asked_for_after_an_hour),
        CASE(crl_counts_until_next_update),
    };
    return cmocka_run_group_tests(tests, world_make, world_free);
}
