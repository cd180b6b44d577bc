/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * verify-rate MODE SECONDS THREADS TRUST PREFIX NONCE|REQUEST ANSWER...
 *
 * Verifies tokens (a nonce is given) or statements (a file with their request
 * is) again and again, and prints the count, the seconds that passed and the
 * seconds of processor time. MODE: "warm", one verifier that knows certificate,
 * CA and OCSP answer; "new", one that knows the CA by the first answer and sees
 * each of the others for the first time, asking nobody; "cold", a new verifier
 * each time, asking nobody; "ocsp", a new one each time that asks. Any verdict
 * but good ends it with a failure.
 */
#include <beid/verify.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILE_SIZE 65536U
#define THREADS_MAX 16U
#define ANSWERS_MAX 32U
#define ORIGIN "https://portal.example"
#define NAME "Portal"

struct file {
    char data[FILE_SIZE];
    size_t len;
};

static struct file trust;
static struct file answers[ANSWERS_MAX];
static unsigned answer_count;
static struct file request;
static const char *prefix;
static const char *nonce;
static enum beid_verify_revocation_mode mode;
static bool fresh;
static double seconds;
static struct beid_verify *shared;

/* What one thread did. */
struct job {
    pthread_t thread;
    unsigned long count;
    double used;
};

static void
fail(const char *what)
{
    (void)fprintf(stderr, "verify-rate: %s\n", what);
    exit(1); /* NOLINT(concurrency-mt-unsafe): nothing is cleaned up */
}

static bool
file_read(const char *path, struct file *out)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return false;
    }
    out->len = fread(out->data, 1, sizeof out->data, file);
    (void)fclose(file);
    return out->len > 0;
}

static double
clock_of(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct beid_verify *
verifier_make(void)
{
    struct beid_verify *made = NULL;
    if (beid_verify_new(&made) != BEID_VERIFY_OK
        || beid_verify_add_trust(made, trust.data, trust.len) != BEID_VERIFY_OK
        || beid_verify_add_ocsp_prefix(made, prefix) != BEID_VERIFY_OK
        || beid_verify_set_revocation(made, mode) != BEID_VERIFY_OK) {
        fail("no verifier");
    }
    return made;
}

static void
verify_once(const struct beid_verify *verifier, const struct file *answer,
            bool cached)
{
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    if (nonce != NULL) {
        const struct beid_verify_token token = {.token = answer->data,
                                                .token_len = answer->len,
                                                .origin = ORIGIN,
                                                .nonce = nonce};
        result = beid_verify_token(verifier, &token, &report);
    } else {
        const struct beid_verify_statement statement = {
            .request = request.data,
            .request_len = request.len,
            .answer = answer->data,
            .answer_len = answer->len,
            .portal_name = NAME,
            .lang = "nl"};
        result = beid_verify_statement(verifier, &statement, &report);
    }
    if (result != BEID_VERIFY_OK) {
        fail(beid_verify_result_text(result));
    }
    if (cached && report->revocation_cached == 0) {
        fail("the answer about revocation was not kept");
    }
    beid_verify_report_free(&report);
}

static void
timed(struct job *job, const struct beid_verify *verifier,
      const struct file *answer, bool cached)
{
    double before = clock_of(CLOCK_THREAD_CPUTIME_ID);
    verify_once(verifier, answer, cached);
    job->used += clock_of(CLOCK_THREAD_CPUTIME_ID) - before;
    job->count++;
}

static void
fresh_round(struct job *job)
{
    double before = clock_of(CLOCK_THREAD_CPUTIME_ID);
    struct beid_verify *own = verifier_make();
    if (answer_count > 1) {
        verify_once(own, &answers[0], false);
    } else {
        job->used += clock_of(CLOCK_THREAD_CPUTIME_ID) - before;
        timed(job, own, &answers[0], false);
    }
    for (unsigned i = 1; i < answer_count; i++) {
        timed(job, own, &answers[i], false);
    }
    beid_verify_free(&own);
}

static void *
work(void *user)
{
    struct job *job = user;
    double end = clock_of(CLOCK_MONOTONIC) + seconds;
    while (clock_of(CLOCK_MONOTONIC) < end) {
        if (fresh) {
            fresh_round(job);
        } else {
            timed(job, shared, &answers[0], true);
        }
    }
    return NULL;
}

static void
measure(unsigned threads)
{
    struct job jobs[THREADS_MAX] = {0};
    unsigned long total = 0;
    double used = 0;
    shared = verifier_make();
    verify_once(shared, &answers[0], false);
    double wall = clock_of(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0) {
            fail("no thread");
        }
    }
    for (unsigned i = 0; i < threads; i++) {
        (void)pthread_join(jobs[i].thread, NULL);
        total += jobs[i].count;
        used += jobs[i].used;
    }
    (void)printf("%lu %.6f %.6f\n", total, clock_of(CLOCK_MONOTONIC) - wall,
                 used);
    beid_verify_free(&shared);
}

int
main(int argc, char **argv)
{
    if (argc < 8 || argc > (int)(7 + ANSWERS_MAX)) {
        fail("wrong arguments");
    }
    unsigned long threads = strtoul(argv[3], NULL, 10);
    seconds = strtod(argv[2], NULL);
    fresh = strcmp(argv[1], "warm") != 0;
    mode = fresh && strcmp(argv[1], "ocsp") != 0 ? BEID_VERIFY_REVOCATION_OFF
                                                 : BEID_VERIFY_REVOCATION_LOGIN;
    prefix = argv[5];
    if (!file_read(argv[6], &request)) {
        nonce = argv[6];
    }
    while (request.len > 0 && request.data[request.len - 1] == '\n') {
        request.len--;
    }
    for (int i = 7; i < argc; i++) {
        if (!file_read(argv[i], &answers[answer_count++])) {
            fail("an answer cannot be read");
        }
    }
    if (threads == 0 || threads > THREADS_MAX || !file_read(argv[4], &trust)) {
        fail("wrong number of threads, or the trust cannot be read");
    }
    measure((unsigned)threads);
    return 0;
}
