/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What a verifier remembers of CAs, when strangers send it what they like: the
 * memory can neither be switched off nor filled, and nothing gets in that does
 * not chain to a pinned root. Who lends a hand here has citizens' certificates
 * and whatever can be made without a CA's key, but no card.
 */
#include "../unit.h"
#include "cache.h"
#include "internal.h"
#include "world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR ((time_t)3600)
/* Strangers' CAs, more than the memory has places. */
#define STRANGERS 300
#define THREADS 4U
#define BETWEEN 100 /* of them for each of the citizen's own logins */

static struct test_world world;
static EVP_PKEY *stranger;

static X509 *
issue(const struct test_issue *what)
{
    return test_issue(&world, what);
}

static int
set_up(void **state)
{
    (void)state;
    stranger = test_key();
    return test_world_make(&world, 300);
}

static int
tear_down(void **state)
{
    (void)state;
    test_world_free(&world);
    EVP_PKEY_free(stranger);
    return 0;
}

/* The verdict on a login with this certificate and this evidence. */
static enum beid_verify_result
ask(X509 *cert, EVP_PKEY *key, X509 *const *chain, size_t count)
{
    char *answer = test_answer(cert, key, chain, count);
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result =
        test_verify(world.verifier, answer, &report);
    beid_verify_report_free(&report);
    free(answer);
    return result;
}

/* Is the true CA remembered? Without evidence nothing else can answer. */
static bool
ca_known(void)
{
    return ask(world.holder_cert, world.holder, NULL, 0) == BEID_VERIFY_OK;
}

static void
learn(void)
{
    X509 *const chain[2] = {world.ca_cert, world.root_cert};
    assert_false(ca_known());
    assert_int_equal(ask(world.holder_cert, world.holder, chain, 2),
                     BEID_VERIFY_OK);
    assert_true(ca_known());
}

/*
 * A certificate that anyone can make around the root's public key passes for
 * the root (see chain.c), also one that ends in an hour. Brought first, it may
 * not make the memory of the CA end then.
 */
static void
invented_root_cannot_end_the_memory(void **state)
{
    (void)state;
    X509 *invented = issue(&(struct test_issue){
        "TEST Root", world.root, "TEST Root", stranger, world.now + HOUR});
    X509 *const theirs[2] = {world.ca_cert, invented};
    assert_int_equal(ask(world.holder_cert, world.holder, theirs, 2),
                     BEID_VERIFY_OK);
    beid_verify_set_time(world.verifier, world.now + 2 * HOUR);
    assert_true(ca_known());
    X509 *const chain[2] = {world.ca_cert, world.root_cert};
    assert_int_equal(ask(world.holder_cert, world.holder, chain, 2),
                     BEID_VERIFY_OK);
    assert_true(ca_known());
    /* And not beyond the CA's own end either. */
    beid_verify_set_time(world.verifier, world.now + 350 * DAY);
    assert_false(ca_known());
    X509_free(invented);
}

/* Nor beyond the pin's, however long the invented root says that it lasts. */
static void
invented_root_cannot_prolong_the_memory(void **state)
{
    (void)state;
    world.pin.not_after = world.now + HOUR;
    X509 *invented =
        issue(&(struct test_issue){"TEST Root", world.root, "TEST Root",
                                   stranger, world.now + 4000 * DAY});
    X509 *const theirs[2] = {world.ca_cert, invented};
    assert_int_equal(ask(world.holder_cert, world.holder, theirs, 2),
                     BEID_VERIFY_OK);
    assert_true(ca_known());
    beid_verify_set_time(world.verifier, world.now + 2 * HOUR);
    assert_false(ca_known());
    X509_free(invented);
}

/* OpenSSL counts a certificate as expired in the second that it names. */
static void
the_last_second_is_over(void **state)
{
    (void)state;
    X509 *holder = issue(&(struct test_issue){"Nora", world.holder, "TEST CA",
                                              world.ca, world.now + 350 * DAY});
    X509 *const chain[2] = {world.ca_cert, world.root_cert};
    beid_verify_set_time(world.verifier, world.now + 300 * DAY);
    assert_int_not_equal(ask(holder, world.holder, chain, 2), BEID_VERIFY_OK);
    beid_verify_set_time(world.verifier, world.now + 300 * DAY - 1);
    assert_int_equal(ask(holder, world.holder, chain, 2), BEID_VERIFY_OK);
    assert_int_equal(ask(holder, world.holder, NULL, 0), BEID_VERIFY_OK);
    beid_verify_set_time(world.verifier, world.now + 300 * DAY);
    assert_int_not_equal(ask(holder, world.holder, NULL, 0), BEID_VERIFY_OK);
    X509_free(holder);
}

/* Real CAs of the root, more than there are places, with a citizen of each. */
static void
strangers_cannot_fill_the_memory(void **state)
{
    (void)state;
    learn();
    for (int i = 0; i < STRANGERS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "TEST CA %d", i);
        X509 *ca = issue(&(struct test_issue){
            name, stranger, "TEST Root", world.root, world.now + 300 * DAY});
        X509 *holder = issue(&(struct test_issue){
            "Otto", world.holder, name, stranger, world.now + 200 * DAY});
        X509 *const chain[2] = {ca, world.root_cert};
        assert_int_equal(ask(holder, world.holder, chain, 2), BEID_VERIFY_OK);
        if (i % BETWEEN == BETWEEN - 1) {
            assert_true(ca_known());
            /* The newest as well, full or not. */
            assert_int_equal(ask(holder, world.holder, NULL, 0),
                             BEID_VERIFY_OK);
        }
        X509_free(holder);
        X509_free(ca);
    }
    assert_true(ca_known());
}

/* A CA of the same name that the stranger made, below nothing that is pinned. */
static void
nothing_unpinned_is_remembered(void **state)
{
    (void)state;
    X509 *root = issue(&(struct test_issue){"TEST Root", stranger, "TEST Root",
                                            stranger, world.now + 400 * DAY});
    X509 *ca = issue(&(struct test_issue){"TEST CA", stranger, "TEST Root",
                                          stranger, world.now + 300 * DAY});
    X509 *holder = issue(&(struct test_issue){"Nora", world.holder, "TEST CA",
                                              stranger, world.now + 200 * DAY});
    X509 *const mixed[3] = {ca, root, world.root_cert};
    struct cache_ca found = {0};
    assert_int_equal(ask(holder, world.holder, mixed, 2),
                     BEID_VERIFY_UNTRUSTED);
    assert_int_equal(ask(holder, world.holder, mixed, 3),
                     BEID_VERIFY_UNTRUSTED);
    assert_false(
        cache_ca_find(world.verifier->cache, holder, world.now, &found));
    assert_false(cache_ca_find(world.verifier->cache, world.holder_cert,
                               world.now, &found));
    learn();
    assert_int_equal(ask(holder, world.holder, mixed, 3),
                     BEID_VERIFY_UNTRUSTED);
    assert_true(ca_known());
    X509_free(holder);
    X509_free(ca);
    X509_free(root);
}

/* The dates for which cache_ca_find() tells the CA. */
static bool
known_at(struct cache *cache, time_t at)
{
    struct cache_ca found = {0};
    bool known = cache_ca_find(cache, world.holder_cert, at, &found);
    cache_ca_release(&found);
    return known;
}

static void
second_chain_only_lengthens(void **state)
{
    (void)state;
    struct cache *cache = cache_new();
    struct cache_ca entry = {.ca = world.ca_cert,
                             .from = 100,
                             .until = 200,
                             .anchor_spki_sha256 = "aa"};
    assert_non_null(cache);
    cache_ca_add(cache, &entry);
    assert_false(known_at(cache, 99));
    assert_true(known_at(cache, 100));
    assert_true(known_at(cache, 200));
    assert_false(known_at(cache, 201));
    entry.from = 150; /* within: nothing changes */
    entry.until = 160;
    cache_ca_add(cache, &entry);
    assert_true(known_at(cache, 100));
    assert_true(known_at(cache, 200));
    entry.from = 150; /* beyond: as long as either */
    entry.until = 300;
    cache_ca_add(cache, &entry);
    assert_true(known_at(cache, 100));
    assert_true(known_at(cache, 300));
    assert_false(known_at(cache, 301));
    entry.from = 500; /* apart: what lies between was never checked */
    entry.until = 600;
    cache_ca_add(cache, &entry);
    assert_false(known_at(cache, 100));
    assert_false(known_at(cache, 400));
    assert_true(known_at(cache, 550));
    cache_free(cache);
}

/* More CAs than there are places, by several threads at once. */
struct job {
    pthread_t thread;
    unsigned number;
    unsigned wrong;
};

static struct cache *shared;

static void
add_and_find(struct job *job, unsigned round)
{
    uint8_t hash[SHA256_SIZE] = {(uint8_t)job->number, (uint8_t)round};
    struct cache_ca found = {0};
    struct cache_ca entry = {.ca = world.ca_cert, .from = 0, .until = 100};
    (void)snprintf(entry.anchor_spki_sha256, sizeof entry.anchor_spki_sha256,
                   "%u %u", job->number % 2, round);
    cache_ca_add(shared, &entry);
    cache_holder_add(shared, hash, BEID_VERIFY_USE_SIGNATURE, &entry);
    if (cache_holder_find(shared, hash, BEID_VERIFY_USE_SIGNATURE, 50,
                          &found)) {
        job->wrong +=
            strcmp(found.anchor_spki_sha256, entry.anchor_spki_sha256) == 0 ? 0
                                                                            : 1;
    }
    cache_ca_release(&found);
    job->wrong += cache_ca_find(shared, world.holder_cert, 50, &found) ? 0 : 1;
    cache_ca_release(&found);
}

static void *
work(void *user)
{
    struct job *job = user;
    unsigned char *der = NULL;
    int len = i2d_X509(world.ca_cert, &der);
    for (unsigned round = 0; round < STRANGERS; round++) {
        add_and_find(job, round);
        cache_certificate_add(shared, world.ca_cert);
        X509 *cert =
            cache_certificate_find(shared, beid_span_of(der, (size_t)len));
        job->wrong += cert == world.ca_cert ? 0 : 1;
        X509_free(cert);
    }
    OPENSSL_free(der);
    return NULL;
}

static void
threads_share_the_memory(void **state)
{
    struct job jobs[THREADS] = {0};
    (void)state;
    shared = cache_new();
    assert_non_null(shared);
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i].number = i;
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]),
                         0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(jobs[i].thread, NULL), 0);
        assert_int_equal(jobs[i].wrong, 0);
    }
    cache_free(shared);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(invented_root_cannot_end_the_memory),
        CASE(invented_root_cannot_prolong_the_memory),
        CASE(the_last_second_is_over),
        CASE(strangers_cannot_fill_the_memory),
        CASE(nothing_unpinned_is_remembered),
        CASE(second_chain_only_lengthens),
        CASE(threads_share_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
