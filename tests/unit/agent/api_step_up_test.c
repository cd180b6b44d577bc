/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "api_bench.h"
#include "signer.h"
#include "sys/channel.h"
#include "wire/operation.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADER "{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"beid-step-up+jws\"}"
#define TEXTS                                                                  \
    "\"text\":{\"nl\":\"Mijn attesten\",\"fr\":\"Mes attestations\","          \
    "\"de\":\"Meine Bescheinigungen\",\"en\":\"My certificates\"}"

static EVP_PKEY *key;
static unsigned int serial;

/* A portal with one key, that may step up. */
static int
fresh(void **state)
{
    struct beid_buf file;
    struct policy_portals *portals = NULL;
    if (bench_fresh(state) != 0) {
        return -1;
    }
    beid_buf_init(&file, 4096);
    beid_buf_put_str(&file, "name.nl=Portaal\norigin=" ORIGIN
                            "\nallow=step-up,authenticate\n");
    signer_pin(&file, "k1", "ES256", key);
    assert_int_equal(policy_portals_new(&portals), BEID_OK);
    assert_int_equal(
        policy_portals_add(portals, "t", beid_buf_span(&file), false), BEID_OK);
    beid_buf_clear(&file);
    api_set_portals(((struct bench *)*state)->api, portals);
    return 0;
}

/* A good payload with its own jti; more is put behind its first members. */
static const char *
payload(const char *kind, const char *more)
{
    static char text[1024];
    /* Of a portal whose clock is a little ahead: what was issued before the
     * second in which these tests began would be refused. */
    long now = (long)time(NULL) + 2;
    serial++;
    (void)snprintf(text, sizeof text,
                   "{\"iss\":\"" ORIGIN "\",\"aud\":\"beid-agent\","
                   "\"iat\":%ld,\"exp\":%ld,\"jti\":\"request-number-%06u\","
                   "\"kind\":\"%s\",\"resource\":\"" ORIGIN "/attesten\"," TEXTS
                   "%s}",
                   now, now + 120, serial, kind, more);
    return text;
}

static enum api_outcome
post(void **state, const char *header, const char *claims,
     struct ticket *ticket)
{
    struct beid_buf jws;
    static char body[8192];
    beid_buf_init(&jws, 8192);
    signer_compact(&jws, "ES256", key, header, claims);
    (void)snprintf(body, sizeof body, "{\"request\":\"%s\",\"lang\":\"fr\"}",
                   beid_buf_cstr(&jws));
    beid_buf_clear(&jws);
    return bench_ask(*state, API_STEP_UP, body, ticket);
}

static void
refused(void **state, const char *header, const char *claims, const char *code,
        unsigned int status)
{
    struct ticket ticket;
    char want[80];
    (void)snprintf(want, sizeof want, "{\"error\":{\"code\":\"%s\"", code);
    assert_int_equal(post(state, header, claims, &ticket), API_ANSWERED);
    assert_int_equal(ticket.status, status);
    assert_non_null(strstr(ticket.body, want));
    assert_int_equal(bench_heard(*state).type, 0);
}

static void
access_from_start_to_end(void **state)
{
    static const uint8_t cert[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    struct ticket ticket;
    struct beid_wire_operation asked;
    const struct beid_wire_auth_reply success = {
        .certificate = beid_span_of(cert, sizeof cert),
        .algorithm = BEID_ALGORITHM_ES384,
        .signature = beid_span_str("abc")};
    const char *claims = payload("access", "");
    assert_int_equal(post(state, HEADER, claims, &ticket), API_PENDING);
    struct beid_wire_message message = bench_heard(*state);
    assert_int_equal(message.type, BEID_WIRE_STEP_UP);
    assert_int_equal(beid_wire_get_operation(&message, &asked), BEID_OK);
    assert_false(asked.statement);
    assert_string_equal(asked.base.lang, "fr");
    assert_true(beid_span_same(asked.text, beid_span_str("Mes attestations")));
    assert_true(
        beid_span_same(asked.resource, beid_span_str(ORIGIN "/attesten")));
    assert_int_equal(asked.base.nonce.len, 44);
    bench_answer(*state, message.operation, &success);
    assert_int_equal(ticket.status, 200);
    assert_non_null(strstr(ticket.body, "\"format\":\"web-eid:1.0\""));
    /* The same request again. */
    refused(state, HEADER, claims, "request_replayed", 409);
}

static void
a_statement_is_answered_with_its_text(void **state)
{
    static const uint8_t cert[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    struct ticket ticket;
    struct beid_buf out;
    const struct beid_wire_auth_reply success = {
        .certificate = beid_span_of(cert, sizeof cert),
        .algorithm = BEID_ALGORITHM_ES384,
        .document = beid_span_str("a \"statement\"\n"),
        .signature = beid_span_str("abc")};
    assert_int_equal(post(state, HEADER, payload("statement", ""), &ticket),
                     API_PENDING);
    struct beid_wire_message message = bench_heard(*state);
    beid_buf_init(&out, BEID_WIRE_MAX);
    /* The reply of a login is none to a statement. */
    assert_int_equal(
        beid_wire_put_auth_reply(&out, message.operation, &success), BEID_OK);
    struct bench *bench = *state;
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)),
                     BEID_ERR_STATE);
    beid_buf_reset(&out);
    assert_int_equal(
        beid_wire_put_document_reply(&out, message.operation, &success),
        BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)), BEID_OK);
    beid_buf_clear(&out);
    assert_int_equal(ticket.status, 200);
    assert_string_equal(ticket.body,
                        "{\"statement\":\"a \\\"statement\\\"\\u000a\","
                        "\"signature\":\"YWJj\",\"unverifiedEvidence\":"
                        "{\"pinEntry\":\"keyboard\"}}");
}

static void
bad_requests_stop_here(void **state)
{
#define HEAD(alg, kid, typ)                                                    \
    "{\"alg\":\"" alg "\",\"kid\":\"" kid "\",\"typ\":\"" typ "\"}"
#define TYP "beid-step-up+jws"
    static const struct {
        const char *header;
        const char *more;
        const char *code;
    } cases[] = {
        {HEAD("none", "k1", TYP), "", "request_signature_invalid"},
        {HEAD("ES384", "k1", TYP), "", "request_signature_invalid"},
        {HEAD("HS256", "k1", TYP), "", "request_signature_invalid"},
        {HEAD("es256", "k1", TYP), "", "request_signature_invalid"},
        {HEAD("ES256", "k2", TYP), "", "request_key_unknown"},
        {HEAD("ES256", "", TYP), "", "request_key_unknown"},
        {HEAD("ES256", "k1", "JWT"), "", "bad_request"},
        {"{\"alg\":\"ES256\",\"kid\":\"k1\"}", "", "bad_request"},
        {"{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"" TYP
         "\",\"crit\":[\"exp\"],\"exp\":1}",
         "", "bad_request"},
        {"{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"" TYP
         "\"}",
         "", "bad_request"},
        {"{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"" TYP "\",\"jwk\":\"x\"}",
         "", "bad_request"},
        {HEADER, ",\"nbf\":1", "bad_request"},
        {HEADER, ",\"aud\":\"beid-agent\"", "bad_request"},
        {HEADER, ",\"acr\":\"\"", "bad_request"},
        {HEADER, ",\"certificateSha256\":\"00\"", "bad_request"},
        {HEADER, ",\"txn\":1", "bad_request"},
        {"not json", "", "bad_request"},
        {"[]", "", "bad_request"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refused(state, cases[i].header, payload("access", cases[i].more),
                cases[i].code, 400);
    }
    refused(state, HEADER, "{}", "bad_request", 400);
    refused(state, HEADER, payload("other", ""), "bad_request", 400);
    struct ticket ticket;
    assert_int_equal(
        bench_ask(*state, API_STEP_UP, "{\"request\":\"a.b\"}", &ticket),
        API_ANSWERED);
    assert_int_equal(ticket.status, 400);
}

/* A byte changed anywhere in what is signed, or in the signature. */
static void
nothing_changed_is_accepted(void **state)
{
    struct beid_buf jws;
    static char body[8192];
    struct ticket ticket;
    beid_buf_init(&jws, 8192);
    signer_compact(&jws, "ES256", key, HEADER, payload("access", ""));
    for (size_t at = 0; at < jws.len; at += 3) {
        uint8_t before = jws.ptr[at];
        jws.ptr[at] = before == 'A' ? 'B' : 'A';
        (void)snprintf(body, sizeof body, "{\"request\":\"%s\"}",
                       beid_buf_cstr(&jws));
        assert_int_equal(bench_ask(*state, API_STEP_UP, body, &ticket),
                         API_ANSWERED);
        assert_int_equal(ticket.status, 400);
        jws.ptr[at] = before;
    }
    assert_int_equal(bench_heard(*state).type, 0);
    beid_buf_clear(&jws);
}

static void
times_have_their_codes(void **state)
{
    static const struct {
        long offset;
        const char *code;
        unsigned int status;
    } cases[] = {{-300, "request_expired", 400},
                 {-7200, "clock_skew", 422},
                 {7200, "clock_skew", 422},
                 {-10, "request_expired", 400}}; /* before our start */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char claims[1024];
        long iat = (long)time(NULL) + cases[i].offset;
        (void)snprintf(claims, sizeof claims,
                       "{\"iss\":\"" ORIGIN "\",\"aud\":\"beid-agent\","
                       "\"iat\":%ld,\"exp\":%ld,\"jti\":\"0123456789abcdef\","
                       "\"kind\":\"access\",\"resource\":\"" ORIGIN "/\"," TEXTS
                       "}",
                       iat, iat + 60);
        refused(state, HEADER, claims, cases[i].code, cases[i].status);
    }
}

/* Who may not ask, or not now, does not use his request up. */
static void
held_back_requests_stay_good(void **state)
{
    struct ticket ticket;
    struct ticket other;
    const char *claims = payload("access", "");
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &other),
                     API_PENDING);
    uint32_t operation = bench_heard(*state).operation;
    refused(state, HEADER, claims, "busy", 409);
    bench_answer(*state, operation,
                 &(struct beid_wire_auth_reply){.err = BEID_ERR_CANCELLED});
    bench_caller_allowed = false;
    assert_int_equal(post(state, HEADER, claims, &ticket), API_REFUSED);
    bench_caller_allowed = true;
    assert_int_equal(post(state, HEADER, claims, &ticket), API_PENDING);
}

/* A request that met no worker was not used. */
static void
a_worker_that_restarts_costs_no_request(void **state)
{
    struct bench *bench = *state;
    struct ticket ticket;
    int pair[2];
    static char claims[1024];
    (void)snprintf(claims, sizeof claims, "%s", payload("access", ""));
    api_set_worker(bench->api, -1);
    assert_int_equal(post(state, HEADER, claims, &ticket), API_ANSWERED);
    assert_int_equal(ticket.status, 500);
    assert_true(ticket.retry_after_ms > 0);
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    api_set_worker(bench->api, pair[0]);
    assert_int_equal(post(state, HEADER, claims, &ticket), API_PENDING);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

/* On a shared computer the card is asked for first, and the worker ends. */
static void
a_worker_that_leaves_costs_no_request(void **state)
{
    struct bench *bench = *state;
    static struct ticket ticket;
    static struct ticket login;
    static struct ticket status;
    int pair[2];
    static char claims[1024];
    (void)snprintf(claims, sizeof claims, "%s", payload("access", ""));
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &login),
                     API_PENDING);
    uint32_t operation = bench_heard(bench).operation;
    bench_leaving(bench, operation);
    bench_answer(bench, operation,
                 &(struct beid_wire_auth_reply){.err = BEID_ERR_CANCELLED});
    assert_int_equal(login.finished, 1);
    refused(state, HEADER, claims, "busy", 409);
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &login),
                     API_ANSWERED);
    assert_int_equal(login.status, 409);
    assert_true(login.retry_after_ms > 0);
    /* What it does meanwhile is told. */
    assert_int_equal(bench_ask(bench, API_STATUS, "", &status), API_PENDING);
    bench_status_reply(bench, bench_heard(bench).operation, BEID_OK);
    assert_non_null(strstr(status.body, "\"busy\":true"));
    /* The one that replaces it gets the same request. */
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    api_set_worker(bench->api, -1);
    api_set_worker(bench->api, pair[0]);
    assert_int_equal(post(state, HEADER, claims, &ticket), API_PENDING);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

/* How an operation ends in an error. */
enum end {
    NO_CARD, /* the worker answers */
    ENDED, /* the worker ends, and all it said was heard */
    LOST, /* the worker is let go of, whatever it does */
    LATE, /* past its deadline */
    LEFT, /* the page goes away */
    ENDS
};

/* A new worker in the place of the one that there was. */
static void
replace_worker(struct bench *bench)
{
    int pair[2];
    static int kept = -1;
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    assert_int_equal(beid_channel_nonblocking(pair[1]), BEID_OK);
    api_set_worker(bench->api, -1);
    api_set_worker(bench->api, pair[0]);
    (void)close(bench->worker);
    bench->worker = pair[1];
    if (kept >= 0) {
        (void)close(kept);
    }
    kept = pair[0];
}

static void
bring_about(struct bench *bench, enum end how, uint32_t operation,
            struct ticket *ticket)
{
    switch (how) {
    case LEFT:
        api_abandon(bench->api, ticket);
        assert_int_equal(bench_heard(bench).type, BEID_WIRE_CANCEL);
        bench_answer(bench, operation,
                     &(struct beid_wire_auth_reply){.err = BEID_ERR_CANCELLED});
        return;
    case NO_CARD:
        bench_answer(bench, operation,
                     &(struct beid_wire_auth_reply){.err = BEID_ERR_NO_CARD});
        break;
    case ENDED:
        api_worker_ended(bench->api);
        replace_worker(bench);
        break;
    case LATE:
        api_tick(bench->api, api_deadline(bench->api));
        replace_worker(bench);
        break;
    case LOST:
    case ENDS:
        replace_worker(bench);
        break;
    }
    assert_int_equal(ticket->finished, 1);
}

/* Once the citizen may have seen something of it a request is used; of a
 * worker that was let go of nobody knows. */
static void
what_showed_nothing_was_not_used(void **state)
{
    struct bench *bench = *state;
    static struct ticket ticket;
    static char claims[1024];
    for (enum end how = NO_CARD; how < ENDS; how++) {
        (void)snprintf(claims, sizeof claims, "%s", payload("access", ""));
        for (int begun = 0; begun < 2; begun++) {
            assert_int_equal(post(state, HEADER, claims, &ticket), API_PENDING);
            uint32_t operation = bench_heard(bench).operation;
            if (begun != 0) {
                bench_begun(bench, operation);
            }
            bring_about(bench, how, operation, &ticket);
            if (how == ENDED) {
                assert_int_equal(ticket.status, 500);
                assert_int_equal(ticket.retry_after_ms > 0, begun == 0);
            }
            if (how == LOST || how == LATE) {
                break;
            }
        }
        refused(state, HEADER, claims, "request_replayed", 409);
    }
}

/* The worker has ended, and front has not heard of it yet. */
static void
what_could_not_be_sent_was_not_used(void **state)
{
    struct bench *bench = *state;
    struct ticket ticket;
    static char claims[1024];
    (void)snprintf(claims, sizeof claims, "%s", payload("access", ""));
    (void)shutdown(bench->worker, SHUT_RDWR);
    assert_int_equal(post(state, HEADER, claims, &ticket), API_ANSWERED);
    assert_int_equal(ticket.status, 500);
    replace_worker(bench);
    assert_int_equal(post(state, HEADER, claims, &ticket), API_PENDING);
}

/* Only of the operation that runs, and once. */
static void
a_worker_begins_what_runs(void **state)
{
    struct bench *bench = *state;
    static struct ticket ticket;
    struct beid_buf out;
    assert_int_equal(post(state, HEADER, payload("access", ""), &ticket),
                     API_PENDING);
    uint32_t operation = bench_heard(bench).operation;
    beid_buf_init(&out, BEID_WIRE_MAX);
    for (uint32_t i = 0; i < 3; i++) {
        static const uint32_t others[] = {0, 1, UINT32_MAX};
        beid_buf_reset(&out);
        assert_int_equal(
            beid_wire_put_empty(&out, BEID_WIRE_BEGUN, operation + others[i]),
            BEID_OK);
        assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)),
                         i == 0 ? BEID_OK : BEID_ERR_STATE);
    }
    beid_buf_reset(&out);
    assert_int_equal(beid_wire_put_empty(&out, BEID_WIRE_BEGUN, operation),
                     BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)),
                     BEID_ERR_STATE);
    beid_buf_clear(&out);
}

static int
make_key(void **state)
{
    (void)state;
    key = signer_key("ES256");
    return 0;
}

static int
drop_key(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    return 0;
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, bench_done)
    const struct CMUnitTest tests[] = {
        TEST(access_from_start_to_end),
        TEST(a_statement_is_answered_with_its_text),
        TEST(bad_requests_stop_here),
        TEST(nothing_changed_is_accepted),
        TEST(times_have_their_codes),
        TEST(held_back_requests_stay_good),
        TEST(a_worker_that_restarts_costs_no_request),
        TEST(a_worker_that_leaves_costs_no_request),
        TEST(what_showed_nothing_was_not_used),
        TEST(what_could_not_be_sent_was_not_used),
        TEST(a_worker_begins_what_runs),
    };
    return cmocka_run_group_tests(tests, make_key, drop_key);
}
