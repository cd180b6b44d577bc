/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "internal.h"
#include "pki.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEAR ((time_t)365 * 24 * 3600)
#define ROUNDS 40
#define THREADS 4

/* Keys are made once; each test dresses them in its own certificates. */
struct world {
    EVP_PKEY *root;
    EVP_PKEY *ca;
    EVP_PKEY *leaf;
    EVP_PKEY *other;
    time_t now;
    struct pin pin; /* "TEST Root" with the key root */
};

static struct world world;

static X509 *
issue_with(const char *subject, EVP_PKEY *key, const char *issuer, EVP_PKEY *by,
           const EVP_MD *hash)
{
    return test_cert_make(&(struct test_cert){.subject = subject,
                                              .issuer = issuer,
                                              .key = key,
                                              .issuer_key = by,
                                              .hash = hash,
                                              .ca = key != world.leaf,
                                              .not_before = world.now - YEAR,
                                              .not_after = world.now + YEAR});
}

static X509 *
issue(const char *subject, EVP_PKEY *key, const char *issuer, EVP_PKEY *by)
{
    return issue_with(subject, key, issuer, by, EVP_sha384());
}

static int
set_up(void **state)
{
    (void)state;
    world = (struct world){.root = test_key(),
                           .ca = test_key(),
                           .leaf = test_key(),
                           .other = test_key(),
                           .now = time(NULL)};
    world.pin = (struct pin){.common_name = "TEST Root",
                             .not_before = world.now - 2 * YEAR,
                             .not_after = world.now + 2 * YEAR};
    X509 *cert = issue("TEST Root", world.root, "TEST Root", world.root);
    bool good = certificate_spki_sha256(cert, world.pin.spki_sha256);
    X509_free(cert);
    return good ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(world.root);
    EVP_PKEY_free(world.ca);
    EVP_PKEY_free(world.leaf);
    EVP_PKEY_free(world.other);
    return 0;
}

static struct beid_verify *
pinned_verifier(const struct pin *pin)
{
    struct beid_verify *verifier = NULL;
    assert_int_equal(beid_verify_new(&verifier), BEID_VERIFY_OK);
    verifier->pins = pin;
    verifier->pin_count = 1;
    return verifier;
}

static enum beid_verify_result
ask(const struct beid_verify *verifier, const char *answer)
{
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result = test_verify(verifier, answer, &report);
    if (result == BEID_VERIFY_OK) {
        assert_non_null(report);
        assert_string_equal(report->national_number, "85073003328");
        assert_int_equal(report->revocation,
                         BEID_VERIFY_REVOCATION_NOT_CHECKED);
        assert_int_equal(report->anchor_pinned,
                         sk_X509_num(verifier->trust) == 0);
    } else {
        assert_null(report);
    }
    beid_verify_report_free(&report);
    assert_null(report);
    return result;
}

/* Verdict over a leaf and a chain, all of which are freed here. */
static enum beid_verify_result
judge(const struct pin *pin, X509 *leaf, X509 *ca, X509 *top)
{
    X509 *const chain[2] = {ca, top};
    struct beid_verify *verifier = pinned_verifier(pin);
    char *answer = test_answer(leaf, world.leaf, chain, 2);
    enum beid_verify_result result = ask(verifier, answer);
    free(answer);
    beid_verify_free(&verifier);
    assert_null(verifier);
    X509_free(leaf);
    X509_free(ca);
    X509_free(top);
    return result;
}

/* The usual leaf and CA below this top certificate. */
static enum beid_verify_result
judge_top(const struct pin *pin, X509 *top)
{
    return judge(pin, issue("Leaf", world.leaf, "TEST CA", world.ca),
                 issue("TEST CA", world.ca, "TEST Root", world.root), top);
}

static void
pinned_root_is_anchor(void **state)
{
    (void)state;
    assert_int_equal(judge_top(&world.pin, issue("TEST Root", world.root,
                                                 "TEST Root", world.root)),
                     BEID_VERIFY_OK);
    /* Cross-signed by somebody: the key is what was pinned. */
    assert_int_equal(judge_top(&world.pin, issue("TEST Root", world.root,
                                                 "Other Root", world.other)),
                     BEID_VERIFY_OK);
    /* The root itself may issue. */
    assert_int_equal(
        judge(&world.pin, issue("Leaf", world.leaf, "TEST Root", world.root),
              issue("TEST CA", world.ca, "TEST Root", world.root),
              issue("TEST Root", world.root, "TEST Root", world.root)),
        BEID_VERIFY_OK);
}

static void
unpinned_is_no_anchor(void **state)
{
    (void)state;
    /* The pinned name, another key. */
    assert_int_equal(
        judge(&world.pin, issue("Leaf", world.leaf, "TEST CA", world.ca),
              issue("TEST CA", world.ca, "TEST Root", world.other),
              issue("TEST Root", world.other, "TEST Root", world.other)),
        BEID_VERIFY_UNTRUSTED);
    /* The pinned key under another name issues nothing. */
    assert_int_equal(
        judge(&world.pin, issue("Leaf", world.leaf, "TEST CA", world.ca),
              issue("TEST CA", world.ca, "Other Root", world.root),
              issue("Other Root", world.root, "Other Root", world.root)),
        BEID_VERIFY_UNTRUSTED);
    /* The pinned root is there, but issued none of the rest. */
    assert_int_equal(
        judge(&world.pin, issue("Leaf", world.leaf, "TEST CA", world.ca),
              issue("TEST CA", world.ca, "TEST Root", world.other),
              issue("TEST Root", world.root, "TEST Root", world.root)),
        BEID_VERIFY_UNTRUSTED);
    /* The real Belgian pins do not know our root. */
    assert_int_equal(
        judge_top(&belgium_roots[belgium_root_count - 1],
                  issue("TEST Root", world.root, "TEST Root", world.root)),
        BEID_VERIFY_UNTRUSTED);
}

static void
holder_is_no_anchor(void **state)
{
    struct pin pin = world.pin;
    X509 *leaf = issue("TEST Root", world.leaf, "TEST Root", world.leaf);
    (void)state;
    assert_true(certificate_spki_sha256(leaf, pin.spki_sha256));
    assert_int_equal(X509_up_ref(leaf), 1);
    assert_int_equal(judge(&pin, leaf,
                           issue("TEST CA", world.ca, "TEST Root", world.root),
                           leaf),
                     BEID_VERIFY_UNTRUSTED);
}

static void
pin_decides_validity(void **state)
{
    struct pin old = world.pin;
    struct pin future = world.pin;
    (void)state;
    old.not_after = world.now - 1;
    future.not_before = world.now + 60;
    /* The certificate says it is valid; anyone could have written that. */
    assert_int_equal(judge_top(&old, issue("TEST Root", world.root, "TEST Root",
                                           world.root)),
                     BEID_VERIFY_CHAIN_VALIDITY);
    assert_int_equal(judge_top(&future, issue("TEST Root", world.root,
                                              "TEST Root", world.root)),
                     BEID_VERIFY_CHAIN_VALIDITY);
}

static void
old_hashes(void **state)
{
    (void)state;
    /* A CA that a pinned root signed with SHA-1, as in 2013: accepted. */
    assert_int_equal(judge(&world.pin,
                           issue("Leaf", world.leaf, "TEST CA", world.ca),
                           issue_with("TEST CA", world.ca, "TEST Root",
                                      world.root, EVP_sha1()),
                           issue_with("TEST Root", world.root, "TEST Root",
                                      world.root, EVP_sha1())),
                     BEID_VERIFY_OK);
    /* The same for the citizen's own certificate, or for MD5: never. */
    assert_int_equal(
        judge(&world.pin,
              issue_with("Leaf", world.leaf, "TEST CA", world.ca, EVP_sha1()),
              issue("TEST CA", world.ca, "TEST Root", world.root),
              issue("TEST Root", world.root, "TEST Root", world.root)),
        BEID_VERIFY_WEAK_SIGNATURE);
    assert_int_equal(
        judge(
            &world.pin,
            issue_with("Leaf", world.leaf, "TEST Root", world.root, EVP_sha1()),
            issue("TEST CA", world.ca, "TEST Root", world.root),
            issue("TEST Root", world.root, "TEST Root", world.root)),
        BEID_VERIFY_WEAK_SIGNATURE);
    /* Nor for a CA that another CA, not the root, signed. */
    EVP_PKEY *ca_key = world.ca;
    X509 *lower =
        issue_with("TEST Lower", world.other, "TEST CA", ca_key, EVP_sha1());
    X509 *upper = issue("TEST CA", ca_key, "TEST Root", world.root);
    X509 *root = issue("TEST Root", world.root, "TEST Root", world.root);
    X509 *leaf = issue("Leaf", world.leaf, "TEST Lower", world.other);
    X509 *const chain[3] = {lower, upper, root};
    struct beid_verify *verifier = pinned_verifier(&world.pin);
    char *answer = test_answer(leaf, world.leaf, chain, 3);
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_WEAK_SIGNATURE);
    free(answer);
    beid_verify_free(&verifier);
    X509_free(lower);
    X509_free(upper);
    X509_free(root);
    X509_free(leaf);
}

/* Root and CA as one PEM text in a memory BIO. */
static BIO *
pem_of(X509 *one, X509 *two)
{
    BIO *mem = BIO_new(BIO_s_mem());
    assert_non_null(mem);
    assert_int_equal(PEM_write_bio_X509(mem, one), 1);
    assert_int_equal(PEM_write_bio_X509(mem, two), 1);
    return mem;
}

static void
root_from_the_caller(void **state)
{
    X509 *root = issue("TEST Root", world.root, "TEST Root", world.root);
    X509 *ca = issue("TEST CA", world.ca, "TEST Root", world.root);
    X509 *leaf = issue("Leaf", world.leaf, "TEST CA", world.ca);
    struct beid_verify *verifier = pinned_verifier(&world.pin);
    char *answer = test_answer(leaf, world.leaf, NULL, 0);
    BIO *mem = pem_of(root, ca);
    char *pem = NULL;
    long len = BIO_get_mem_data(mem, &pem);
    (void)state;
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_UNTRUSTED);
    assert_int_equal(beid_verify_add_intermediate(verifier, pem, (size_t)len),
                     BEID_VERIFY_OK);
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_OK);
    /* Nor is the CA that was remembered, once others are trusted. */
    X509 *other = issue("Other Root", world.other, "Other Root", world.other);
    BIO *other_mem = pem_of(other, other);
    char *other_pem = NULL;
    long other_len = BIO_get_mem_data(other_mem, &other_pem);
    assert_int_equal(
        beid_verify_add_trust(verifier, other_pem, (size_t)other_len),
        BEID_VERIFY_OK);
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_UNTRUSTED);
    BIO_free(other_mem);
    X509_free(other);
    beid_verify_free(&verifier);
    /* An intermediate that nobody pinned is not trusted by being named. */
    verifier = pinned_verifier(&world.pin);
    verifier->pin_count = 0;
    assert_int_equal(beid_verify_add_intermediate(verifier, pem, (size_t)len),
                     BEID_VERIFY_OK);
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_UNTRUSTED);
    assert_int_equal(beid_verify_add_trust(verifier, pem, (size_t)len),
                     BEID_VERIFY_OK);
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_OK);
    beid_verify_set_time(verifier, world.now + 5 * YEAR);
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_EXPIRED);
    beid_verify_set_time(verifier, world.now - 5 * YEAR);
    assert_int_equal(ask(verifier, answer), BEID_VERIFY_NOT_YET_VALID);
    BIO_free(mem);
    free(answer);
    beid_verify_free(&verifier);
    X509_free(root);
    X509_free(ca);
    X509_free(leaf);
}

static void
arguments(void **state)
{
    struct beid_verify *verifier = pinned_verifier(&world.pin);
    struct beid_verify_report *report = NULL;
    struct beid_verify_token request = {.token = "{}",
                                        .token_len = 2,
                                        .origin = TEST_ORIGIN,
                                        .nonce = TEST_NONCE};
    (void)state;
    assert_int_equal(beid_verify_token(verifier, &request, &report),
                     BEID_VERIFY_TOKEN_SIZE);
    request.nonce = "short";
    assert_int_equal(beid_verify_token(verifier, &request, &report),
                     BEID_VERIFY_ARGUMENT);
    request.nonce = NULL;
    assert_int_equal(beid_verify_token(verifier, &request, &report),
                     BEID_VERIFY_ARGUMENT);
    request.nonce = TEST_NONCE;
    request.origin = "https://portal.example/";
    assert_int_equal(beid_verify_token(verifier, &request, &report),
                     BEID_VERIFY_ARGUMENT);
    request.origin = TEST_ORIGIN;
    request.token = NULL;
    assert_int_equal(beid_verify_token(verifier, &request, &report),
                     BEID_VERIFY_ARGUMENT);
    assert_int_equal(beid_verify_add_trust(verifier, NULL, 0),
                     BEID_VERIFY_ARGUMENT);
    assert_int_equal(beid_verify_add_trust(verifier, "x", 1),
                     BEID_VERIFY_ARGUMENT);
    beid_verify_free(&verifier);
    beid_verify_free(&verifier);
    beid_verify_report_free(&report);
}

static void
words(void **state)
{
    (void)state;
    for (int i = 0; i <= BEID_VERIFY_SIGNATURE; i++) {
        const char *name = beid_verify_result_name((enum beid_verify_result)i);
        bool internal = strcmp(name, "internal") == 0;
        bool known = i <= BEID_VERIFY_ARGUMENT || i >= BEID_VERIFY_TOKEN_SIZE;
        assert_int_equal(internal, i == BEID_VERIFY_INTERNAL || !known);
    }
}

/* What the JSON of a refusal says of revocation, and by whom it is known. */
static void
refusals_tell_who_was_asked(void **state)
{
    static const struct beid_verify_inquiry crl = {
        .revocation = BEID_VERIFY_REVOCATION_CRL, .at = 1800000000};
    static const struct {
        enum beid_verify_result result;
        const struct beid_verify_inquiry *inquiry;
        const char *says; /* NULL: nothing */
    } cases[] = {
        {BEID_VERIFY_EXPIRED, NULL, "\"revocation\":\"not checked\"}"},
        {BEID_VERIFY_REVOKED, NULL, NULL},
        {BEID_VERIFY_REVOKED, &crl,
         "\"revocation\":\"crl\",\"revocationTime\":\"2027-01-15T08:00:00Z\","
         "\"revocationCached\":false}"},
        {BEID_VERIFY_REVOCATION_UNKNOWN, NULL, "\"revocation\":\"ocsp\"}"},
        {BEID_VERIFY_REVOCATION_UNAVAILABLE, NULL,
         "\"revocation\":\"unavailable\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char number[32];
        char *text =
            beid_verify_report_json(cases[i].result, NULL, cases[i].inquiry);
        assert_non_null(text);
        (void)snprintf(number, sizeof number, "\"exitCode\":%d,",
                       (int)cases[i].result);
        assert_non_null(strstr(text, number));
        if (cases[i].says == NULL) {
            assert_null(strstr(text, "\"revocation"));
        } else {
            assert_non_null(strstr(text, cases[i].says));
        }
        free(text);
    }
}

/* The error queue of the caller is not the verifier's to clear or to fill. */
static void
caller_errors_stay(void **state)
{
    (void)state;
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 7);
    unsigned long before = ERR_peek_last_error();
    assert_int_equal(
        judge(&world.pin, issue("Leaf", world.leaf, "TEST CA", world.other),
              issue("TEST CA", world.ca, "TEST Root", world.root),
              issue("TEST Root", world.root, "TEST Root", world.root)),
        BEID_VERIFY_UNTRUSTED);
    assert_true(ERR_peek_last_error() == before);
    ERR_clear_error();
}

struct job {
    const struct beid_verify *verifier;
    const char *answer;
    int failures;
};

static void *
verify_often(void *user)
{
    struct job *job = user;
    for (int i = 0; i < ROUNDS; i++) {
        struct beid_verify_report *report = NULL;
        const struct beid_verify_token request = {.token = job->answer,
                                                  .token_len =
                                                      strlen(job->answer),
                                                  .origin = TEST_ORIGIN,
                                                  .nonce = TEST_NONCE};
        if (beid_verify_token(job->verifier, &request, &report)
            != BEID_VERIFY_OK) {
            job->failures++;
        }
        beid_verify_report_free(&report);
    }
    return NULL;
}

static void
many_threads(void **state)
{
    X509 *root = issue("TEST Root", world.root, "TEST Root", world.root);
    X509 *ca = issue("TEST CA", world.ca, "TEST Root", world.root);
    X509 *leaf = issue("Leaf", world.leaf, "TEST CA", world.ca);
    X509 *const chain[2] = {ca, root};
    struct beid_verify *verifier = pinned_verifier(&world.pin);
    char *answer = test_answer(leaf, world.leaf, chain, 2);
    pthread_t threads[THREADS];
    struct job jobs[THREADS];
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.verifier = verifier, .answer = answer};
        assert_int_equal(
            pthread_create(&threads[i], NULL, verify_often, &jobs[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].failures, 0);
    }
    free(answer);
    beid_verify_free(&verifier);
    X509_free(root);
    X509_free(ca);
    X509_free(leaf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pinned_root_is_anchor),
        cmocka_unit_test(unpinned_is_no_anchor),
        cmocka_unit_test(holder_is_no_anchor),
        cmocka_unit_test(pin_decides_validity),
        cmocka_unit_test(old_hashes),
        cmocka_unit_test(root_from_the_caller),
        cmocka_unit_test(arguments),
        cmocka_unit_test(words),
        cmocka_unit_test(refusals_tell_who_was_asked),
        cmocka_unit_test(caller_errors_stay),
        cmocka_unit_test(many_threads)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
