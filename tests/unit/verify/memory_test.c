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
#include "pki.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((time_t)24 * 3600)
#define HOUR ((time_t)3600)
/* Strangers' CAs, more than the memory has places. */
#define STRANGERS 300
#define THREADS 4U
#define BETWEEN 100 /* of them for each of the citizen's own logins */

struct world {
    EVP_PKEY *root;
    EVP_PKEY *ca;
    EVP_PKEY *holder;
    EVP_PKEY *stranger;
    X509 *root_cert;
    X509 *ca_cert;
    X509 *holder_cert;
    time_t now;
    struct pin pin;
    struct beid_verify *verifier;
};

static struct world world;

struct cert {
    const char *subject;
    EVP_PKEY *key;
    const char *issuer;
    EVP_PKEY *by;
    time_t until;
};

static X509 *
issue(const struct cert *what)
{
    return test_cert_make(&(struct test_cert){.subject = what->subject,
                                              .issuer = what->issuer,
                                              .key = what->key,
                                              .issuer_key = what->by,
                                              .hash = EVP_sha384(),
                                              .ca = what->key != world.holder,
                                              .not_before = world.now - DAY,
                                              .not_after = what->until});
}

static int
set_up(void **state)
{
    (void)state;
    world = (struct world){.root = test_key(),
                           .ca = test_key(),
                           .holder = test_key(),
                           .stranger = test_key(),
                           .now = time(NULL)};
    world.root_cert = issue(&(struct cert){"TEST Root", world.root, "TEST Root",
                                           world.root, world.now + 400 * DAY});
    world.ca_cert = issue(&(struct cert){"TEST CA", world.ca, "TEST Root",
                                         world.root, world.now + 300 * DAY});
    world.holder_cert = issue(&(struct cert){"Nora", world.holder, "TEST CA",
                                             world.ca, world.now + 200 * DAY});
    world.pin = (struct pin){.common_name = "TEST Root",
                             .not_before = world.now - DAY,
                             .not_after = world.now + 400 * DAY};
    if (!certificate_spki_sha256(world.root_cert, world.pin.spki_sha256)
        || beid_verify_new(&world.verifier) != BEID_VERIFY_OK) {
        return -1;
    }
    world.verifier->pins = &world.pin;
    world.verifier->pin_count = 1;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    beid_verify_free(&world.verifier);
    X509_free(world.root_cert);
    X509_free(world.ca_cert);
    X509_free(world.holder_cert);
    EVP_PKEY_free(world.root);
    EVP_PKEY_free(world.ca);
    EVP_PKEY_free(world.holder);
    EVP_PKEY_free(world.stranger);
    return 0;
}

/* The verdict on a login with this certificate and this evidence. */
static enum beid_verify_result
ask(X509 *cert, EVP_PKEY *key, X509 *const *chain, size_t count)
{
    char *answer = test_answer(cert, key, chain, count);
    struct beid_verify_report *report = NULL;
    const struct beid_verify_token request = {.token = answer,
                                              .token_len = strlen(answer),
                                              .origin = TEST_ORIGIN,
                                              .nonce = TEST_NONCE};
    enum beid_verify_result result =
        beid_verify_token(world.verifier, &request, &report);
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
    X509 *invented = issue(&(struct cert){"TEST Root", world.root, "TEST Root",
                                          world.stranger, world.now + HOUR});
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
        issue(&(struct cert){"TEST Root", world.root, "TEST Root",
                             world.stranger, world.now + 4000 * DAY});
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
    X509 *holder = issue(&(struct cert){"Nora", world.holder, "TEST CA",
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
        X509 *ca = issue(&(struct cert){name, world.stranger, "TEST Root",
                                        world.root, world.now + 300 * DAY});
        X509 *holder = issue(&(struct cert){
            "Otto", world.holder, name, world.stranger, world.now + 200 * DAY});
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
    X509 *root = issue(&(struct cert){"TEST Root", world.stranger, "TEST Root",
                                      world.stranger, world.now + 400 * DAY});
    X509 *ca = issue(&(struct cert){"TEST CA", world.stranger, "TEST Root",
                                    world.stranger, world.now + 300 * DAY});
    X509 *holder = issue(&(struct cert){"Nora", world.holder, "TEST CA",
                                        world.stranger, world.now + 200 * DAY});
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
