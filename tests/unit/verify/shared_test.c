/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * One verifier, many threads: tokens, certificates and statements at once,
 * with the CAs, OCSP answers and CRLs that they share.
 */
#include "../unit.h"
#include "internal.h"
#include "pki.h"
#include "responder.h"
#include "statement.h"

#include <openssl/cms.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEAR ((time_t)365 * 24 * 3600)
#define THREADS 8U
#define VERIFIERS 6U /* each new, so that all begin with nothing known */
#define ROUNDS 3U
#define STATEMENT_SIZE ((size_t)16384)
#define REVOKED 77
#define NAME "Burgerprofiel (proef)"

enum what {
    GOOD,
    GONE,
    BY_CRL,
    GONE_BY_CRL,
    SIGNER,
    WHATS
};

struct world {
    EVP_PKEY *root;
    EVP_PKEY *ca;
    EVP_PKEY *holder;
    X509 *root_cert;
    X509 *ca_cert;
    X509 *cert[WHATS];
    char *answer[WHATS]; /* a token, or the signer's statement */
    char request[1024];
    struct pin pin;
    struct responder responder;
    struct beid_verify *verifier;
};

static struct world world;

static X509 *
ca_make(const char *subject, EVP_PKEY *key, EVP_PKEY *by)
{
    time_t now = time(NULL);
    return test_cert_make(&(struct test_cert){.subject = subject,
                                              .issuer = "TEST Root",
                                              .key = key,
                                              .issuer_key = by,
                                              .hash = EVP_sha384(),
                                              .ca = true,
                                              .not_before = now - YEAR,
                                              .not_after = now + YEAR});
}

static X509 *
holder_make(enum what what)
{
    time_t now = time(NULL);
    bool crl = what == BY_CRL || what == GONE_BY_CRL;
    bool gone = what == GONE || what == GONE_BY_CRL;
    return test_cert_make(
        &(struct test_cert){.subject = "Nora Specimen",
                            .issuer = "TEST CA",
                            .key = world.holder,
                            .issuer_key = world.ca,
                            .hash = EVP_sha384(),
                            .serial = gone ? REVOKED : 100 + (long)what,
                            .ocsp = crl ? NULL : world.responder.url,
                            .crl = world.responder.url,
                            .signer = what == SIGNER,
                            .not_before = now - YEAR,
                            .not_after = now + YEAR});
}

static void
base64url_put(char *out, size_t size, const char *text)
{
    size_t at = strlen(out);
    assert_true(at + strlen(text) * 2 + 4 < size);
    (void)EVP_EncodeBlock((unsigned char *)out + at,
                          (const unsigned char *)text, (int)strlen(text));
    for (char *sign = out + at; *sign != '\0'; sign++) {
        if (*sign == '+') {
            *sign = '-';
        } else if (*sign == '/') {
            *sign = '_';
        } else if (*sign == '=') {
            *sign = '\0';
            return;
        }
    }
}

static void
dot_put(void)
{
    size_t at = strlen(world.request);
    assert_true(at + 2 < sizeof world.request);
    world.request[at] = '.';
    world.request[at + 1] = '\0';
}

/* The portal's request, whose own signature is the agent's to judge. */
static void
request_make(void)
{
    char claims[512];
    (void)snprintf(claims, sizeof claims,
                   "{\"iss\":\"%s\",\"aud\":\"beid-agent\",\"iat\":1790000000,"
                   "\"exp\":1790000120,\"jti\":\"request-00000001\","
                   "\"kind\":\"statement\",\"resource\":\"%s/rekening\","
                   "\"text\":{\"nl\":\"Ik bevestig.\"}}",
                   TEST_ORIGIN, TEST_ORIGIN);
    base64url_put(world.request, sizeof world.request,
                  "{\"alg\":\"ES256\",\"typ\":\"beid-step-up+jws\"}");
    dot_put();
    base64url_put(world.request, sizeof world.request, claims);
    dot_put();
    base64url_put(world.request, sizeof world.request, "not judged here");
}

/* A detached CAdES signature in base64; the caller frees it. */
static char *
cades_make(struct beid_span text)
{
    unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP;
    BIO *content = BIO_new_mem_buf(text.ptr, (int)text.len);
    CMS_ContentInfo *cms =
        CMS_sign(NULL, NULL, NULL, content, flags | CMS_PARTIAL);
    assert_non_null(cms);
    assert_non_null(CMS_add1_signer(cms, world.cert[SIGNER], world.holder,
                                    EVP_sha384(), flags));
    assert_int_equal(CMS_final(cms, content, NULL, flags), 1);
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);
    assert_in_range(len, 1, 8192);
    char *out = calloc(1, (size_t)len * 2);
    assert_non_null(out);
    (void)EVP_EncodeBlock((unsigned char *)out, der, len);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    return out;
}

/* The agent's answer: text and signature; the CAs are the verifier's. */
static char *
statement_make(void)
{
    struct request request;
    struct beid_buf text;
    char *out = calloc(1, STATEMENT_SIZE);
    assert_non_null(out);
    beid_buf_init(&text, 4096);
    assert_int_equal(request_parse(beid_span_str(world.request), &request),
                     BEID_VERIFY_OK);
    assert_int_equal(statement_text(&request, 0, NAME, &text), BEID_OK);
    char *signature = cades_make(beid_buf_span(&text));
    size_t at = (size_t)snprintf(out, STATEMENT_SIZE, "{\"statement\":\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            out[at++] = '\\';
        }
        out[at++] = (char)(text.ptr[i] == '\n' ? 'n' : text.ptr[i]);
    }
    (void)snprintf(out + at, STATEMENT_SIZE - at, "\",\"signature\":\"%s\"}",
                   signature);
    free(signature);
    request_clear(&request);
    beid_buf_clear(&text);
    return out;
}

static void
verifier_make(void)
{
    unsigned char *der = NULL;
    int len = i2d_X509(world.root_cert, &der);
    assert_int_equal(beid_verify_new(&world.verifier), BEID_VERIFY_OK);
    world.verifier->pins = &world.pin;
    world.verifier->pin_count = 1;
    assert_int_equal(
        beid_verify_add_intermediate(world.verifier, der, (size_t)len),
        BEID_VERIFY_OK);
    OPENSSL_free(der);
    der = NULL;
    len = i2d_X509(world.ca_cert, &der);
    assert_int_equal(
        beid_verify_add_intermediate(world.verifier, der, (size_t)len),
        BEID_VERIFY_OK);
    OPENSSL_free(der);
    assert_int_equal(
        beid_verify_add_ocsp_prefix(world.verifier, world.responder.url),
        BEID_VERIFY_OK);
    assert_int_equal(
        beid_verify_add_crl_prefix(world.verifier, world.responder.url),
        BEID_VERIFY_OK);
    assert_int_equal(
        beid_verify_set_limits(
            world.verifier, &(struct beid_verify_limits){.ocsp_age_s = 3600,
                                                         .skew_s = 900,
                                                         .timeout_ms = 60000}),
        BEID_VERIFY_OK);
    assert_int_equal(beid_verify_set_revocation(world.verifier,
                                                BEID_VERIFY_REVOCATION_LOGIN),
                     BEID_VERIFY_OK);
}

static int
set_up(void **state)
{
    (void)state;
    world.root = test_key();
    world.ca = test_key();
    world.holder = test_key();
    world.root_cert = ca_make("TEST Root", world.root, world.root);
    world.ca_cert = ca_make("TEST CA", world.ca, world.root);
    world.pin = (struct pin){.common_name = "TEST Root",
                             .not_before = time(NULL) - YEAR,
                             .not_after = time(NULL) + YEAR};
    assert_true(
        certificate_spki_sha256(world.root_cert, world.pin.spki_sha256));
    world.responder.ca = world.ca_cert;
    world.responder.key = world.ca;
    world.responder.revoked = REVOKED;
    responder_start(&world.responder);
    request_make();
    X509 *const chain[2] = {world.ca_cert, world.root_cert};
    for (int what = 0; what < WHATS; what++) {
        world.cert[what] = holder_make((enum what)what);
        world.answer[what] =
            what == SIGNER
                ? statement_make()
                : test_answer(world.cert[what], world.holder, chain, 2);
    }
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    responder_stop(&world.responder);
    for (int what = 0; what < WHATS; what++) {
        X509_free(world.cert[what]);
        free(world.answer[what]);
    }
    X509_free(world.root_cert);
    X509_free(world.ca_cert);
    EVP_PKEY_free(world.root);
    EVP_PKEY_free(world.ca);
    EVP_PKEY_free(world.holder);
    return 0;
}

static enum beid_verify_result
ask(enum what what, struct beid_verify_report **report)
{
    const char *answer = world.answer[what];
    const struct beid_verify_token token = {.token = answer,
                                            .token_len = strlen(answer),
                                            .origin = TEST_ORIGIN,
                                            .nonce = TEST_NONCE};
    const struct beid_verify_statement statement = {
        .request = world.request,
        .request_len = strlen(world.request),
        .answer = answer,
        .answer_len = strlen(answer),
        .portal_name = NAME};
    return what == SIGNER
               ? beid_verify_statement(world.verifier, &statement, report)
               : beid_verify_token(world.verifier, &token, report);
}

static bool
right(enum what what, enum beid_verify_result result,
      const struct beid_verify_report *report)
{
    if (what == GONE || what == GONE_BY_CRL) {
        return result == BEID_VERIFY_REVOKED && report == NULL;
    }
    return result == BEID_VERIFY_OK && report != NULL
           && strcmp(report->national_number, "85073003328") == 0
           && strcmp(report->anchor, "CN=TEST Root") == 0
           && report->revocation
                  == (what == BY_CRL ? BEID_VERIFY_REVOCATION_CRL
                                     : BEID_VERIFY_REVOCATION_OCSP);
}

struct job {
    pthread_t thread;
    unsigned first;
    unsigned wrong;
};

static void *
work(void *user)
{
    struct job *job = user;
    for (unsigned i = 0; i < ROUNDS * WHATS; i++) {
        enum what what = (enum what)((i + job->first) % WHATS);
        struct beid_verify_report *report = NULL;
        enum beid_verify_result result = ask(what, &report);
        job->wrong += right(what, result, report) ? 0 : 1;
        beid_verify_report_free(&report);
    }
    return NULL;
}

static void
work_together(void)
{
    struct job jobs[THREADS] = {0};
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i].first = i;
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]),
                         0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(jobs[i].thread, NULL), 0);
        assert_int_equal(jobs[i].wrong, 0);
    }
    /* Each thread asks at most once for each of three, and once for the CRL. */
    assert_in_range(atomic_load(&world.responder.asked), 3, 3 * THREADS);
    assert_in_range(atomic_load(&world.responder.fetched), 1, 2 * THREADS);
}

/* Now everything is known: nobody is asked. */
static void
ask_once_more(void)
{
    unsigned before = atomic_load(&world.responder.asked)
                      + atomic_load(&world.responder.fetched);
    for (int what = 0; what < WHATS; what++) {
        struct beid_verify_report *report = NULL;
        enum beid_verify_result result = ask((enum what)what, &report);
        assert_true(right((enum what)what, result, report));
        assert_true(report == NULL || report->revocation_cached == 1);
        beid_verify_report_free(&report);
    }
    assert_int_equal(atomic_load(&world.responder.asked)
                         + atomic_load(&world.responder.fetched),
                     before);
}

static void
caches_are_shared(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VERIFIERS; i++) {
        verifier_make();
        atomic_store(&world.responder.asked, 0U);
        atomic_store(&world.responder.fetched, 0U);
        work_together();
        ask_once_more();
        beid_verify_free(&world.verifier);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(caches_are_shared)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
