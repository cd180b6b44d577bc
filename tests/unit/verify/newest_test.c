/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Of two answers or two CRLs a verifier keeps the later one. */
#include "../unit.h"
#include "cache.h"
#include "served.h"

#include <string.h>

/* The token that names the CRL, with a server whose clock is its own. */
struct listed {
    time_t after;
    time_t server;
    enum beid_verify_result result;
    bool kept;
    bool fetched;
};

static void
take_listed(const struct listed *step)
{
    struct beid_verify_inquiry inquiry;
    struct beid_verify_report *report = NULL;
    const struct beid_verify_token request = {.token = world.by_crl,
                                              .token_len = strlen(world.by_crl),
                                              .origin = TEST_ORIGIN,
                                              .nonce = TEST_NONCE,
                                              .inquiry = &inquiry};
    unsigned before = atomic_load(&world.responder.fetched);
    beid_verify_set_time(world.verifier, world.now + step->after);
    atomic_store(&world.responder.at, world.now + step->server);
    assert_int_equal(beid_verify_token(world.verifier, &request, &report),
                     step->result);
    assert_int_equal(inquiry.revocation, CRL);
    assert_int_equal(inquiry.cached, step->kept ? 1 : 0);
    assert_int_equal(atomic_load(&world.responder.fetched),
                     before + (step->fetched ? 1U : 0U));
    beid_verify_report_free(&report);
}

/* Requests that were at work when another stored the list have it as well. */
static void
crl_of_a_later_request_serves(void **state)
{
    static const struct listed steps[] = {
        {1000, 1000, GOOD, false, true}, {999, 999, GOOD, true, false},
        {100, 100, GOOD, true, false}, /* what clocks may differ */
        {99, 99, GOOD, true, true}, /* a clock that was set back */
        {99, 99, GOOD, true, false},
    };
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        take_listed(&steps[i]);
    }
}

/* It is signed and has not ended, but what is known stays known. */
static void
older_crl_replaces_none(void **state)
{
    static const struct listed again[] = {
        {HOUR + 1, -100, BEID_VERIFY_REVOKED, true, true},
        {HOUR + 2, -100, BEID_VERIFY_REVOKED, true, false},
        {2 * HOUR + 2, 2 * HOUR, GOOD, false, true},
    };
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    atomic_store(&world.responder.revoked, SERIAL);
    take_listed(&(struct listed){0, 0, BEID_VERIFY_REVOKED, false, true});
    atomic_store(&world.responder.revoked, NOBODY);
    for (size_t i = 0; i < sizeof again / sizeof *again; i++) {
        take_listed(&again[i]);
    }
}

/* One that has ended knows nothing that counts. */
static void
older_crl_replaces_one_that_ended(void **state)
{
    (void)state;
    mode(BEID_VERIFY_REVOCATION_LOGIN);
    atomic_store(&world.responder.lasts_s, 60L);
    take_listed(&(struct listed){0, 0, GOOD, false, true});
    atomic_store(&world.responder.lasts_s, 0L);
    take_listed(&(struct listed){61, -100, GOOD, false, true});
    take_listed(&(struct listed){62, -100, GOOD, true, false});
}

/* Keeps an answer; what is kept about `hash` then. */
static enum beid_verify_result
status_after(struct cache *cache, const uint8_t hash[SHA256_SIZE], time_t at,
             enum beid_verify_result result)
{
    const struct revocation_status status = {.result = result,
                                             .this_update = at};
    struct revocation_status found = {0};
    cache_status_add(cache, hash, &status);
    assert_true(cache_status_find(cache, hash, &found));
    return found.result;
}

/* Threads come back in any order. */
static void
older_answer_replaces_none(void **state)
{
    static const uint8_t one[SHA256_SIZE] = {1, 2, 3};
    static const uint8_t other[SHA256_SIZE] = {1, 2, 4}; /* the same place */
    struct revocation_status found;
    struct cache *cache = cache_new();
    (void)state;
    assert_non_null(cache);
    assert_int_equal(status_after(cache, one, 100, GOOD), GOOD);
    assert_int_equal(status_after(cache, one, 100, BEID_VERIFY_REVOKED),
                     BEID_VERIFY_REVOKED);
    assert_int_equal(status_after(cache, one, 99, GOOD), BEID_VERIFY_REVOKED);
    assert_int_equal(status_after(cache, one, 100, GOOD), BEID_VERIFY_REVOKED);
    assert_int_equal(status_after(cache, one, 101, GOOD), GOOD);
    assert_int_equal(status_after(cache, one, 100, BEID_VERIFY_REVOKED), GOOD);
    assert_int_equal(status_after(cache, other, 50, GOOD), GOOD);
    assert_false(cache_status_find(cache, one, &found));
    cache_free(cache);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(crl_of_a_later_request_serves),
        CASE(older_crl_replaces_none),
        CASE(older_crl_replaces_one_that_ended),
        cmocka_unit_test(older_answer_replaces_none),
    };
    return cmocka_run_group_tests(tests, world_make, world_free);
}
