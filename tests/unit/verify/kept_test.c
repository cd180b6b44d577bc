/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How long an OCSP answer and a CRL that a verifier kept are believed. */
#include "../unit.h"
#include "served.h"

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

static void
silent(bool silent)
{
    atomic_store(&world.responder.silent, silent);
}

/* The list of now is here; a second later OCSP says revoked, until 901. */
static void
revoked_is_seen_after_the_list(void)
{
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    take(world.by_crl, &(struct step){0, GOOD, CRL, false});
    atomic_store(&world.responder.revoked, SERIAL);
    atomic_store(&world.responder.lasts_s, 900L);
    take(world.by_both, &(struct step){1, BEID_VERIFY_REVOKED, OCSP, false});
    silent(true);
}

/* Whoever keeps OCSP from answering does not bring the older list back. */
static void
revoked_stays_while_ocsp_is_silent(void **state)
{
    static const struct step steps[] = {
        {601, BEID_VERIFY_REVOKED, OCSP, true},
        {602, BEID_VERIFY_REVOKED, OCSP, true},
        {901, BEID_VERIFY_REVOKED, OCSP, true},
        {902, GOOD, CRL, true}}; /* nextUpdate: nobody knows any more */
    (void)state;
    revoked_is_seen_after_the_list();
    TAKE_ALL(world.by_both, steps);
    mode(BEID_VERIFY_REVOCATION_REQUIRED); /* refuses as ever */
    take(world.by_both, &(struct step){602, UNAVAILABLE, NO_ANSWER, false});
}

/* Even where a portal lets nothing else that was kept count. */
static void
revoked_stays_whatever_is_kept(void **state)
{
    const struct beid_verify_limits limits = {
        .ocsp_age_s = 120, .skew_s = 900, .timeout_ms = 60000, .kept_age_s = 0};
    (void)state;
    assert_int_equal(beid_verify_set_limits(world.verifier, &limits),
                     BEID_VERIFY_OK);
    revoked_is_seen_after_the_list();
    take(world.by_both, &(struct step){122, BEID_VERIFY_REVOKED, OCSP, true});
}

/* A suspension that was lifted: a fresh answer counts for more. */
static void
lifted_suspension_is_believed(void **state)
{
    (void)state;
    revoked_is_seen_after_the_list();
    take(world.by_both, &(struct step){602, BEID_VERIFY_REVOKED, OCSP, true});
    silent(false);
    atomic_store(&world.responder.revoked, NOBODY);
    take(world.by_both, &(struct step){602, GOOD, OCSP, false});
    silent(true);
    take(world.by_both, &(struct step){1203, GOOD, CRL, true});
}

/* Bad news alone outlive their age. */
static void
good_answer_ends_with_its_age(void **state)
{
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    take(world.by_both, &(struct step){0, GOOD, OCSP, false});
    silent(true);
    take(world.by_both, &(struct step){601, UNAVAILABLE, NO_ANSWER, false});
}

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
        CASE(revoked_stays_while_ocsp_is_silent),
        CASE(revoked_stays_whatever_is_kept),
        CASE(lifted_suspension_is_believed),
        CASE(good_answer_ends_with_its_age),
    };
    return cmocka_run_group_tests(tests, world_make, world_free);
}
