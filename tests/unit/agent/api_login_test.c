/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "api_bench.h"
#include "sys/channel.h"
#include "sys/clock.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
a_login_from_start_to_end(void **state)
{
    static const uint8_t cert[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    struct ticket ticket;
    struct beid_wire_authenticate wish;
    const struct beid_wire_auth_reply success = {
        .certificate = beid_span_of(cert, sizeof cert),
        .algorithm = BEID_ALGORITHM_ES384,
        .signature = beid_span_str("abc"),
        .pin_entry = BEID_PIN_ENTRY_PINPAD,
        .chain_count = 1,
        .chain = {beid_span_of(cert, 1)}};
    assert_int_equal(
        bench_ask(
            *state, API_AUTHENTICATE,
            "{\"challengeNonce\":\"" NONCE "\",\"lang\":\"fr\",\"chain\":true,"
            "\"timeoutMs\":30000,\"waitForCard\":false,\"certificateSha256\":"
            "\"000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E"
            "1f\"}",
            &ticket),
        API_PENDING);
    struct beid_wire_message message = bench_heard(*state);
    assert_int_equal(message.type, BEID_WIRE_AUTHENTICATE);
    assert_int_equal(beid_wire_get_authenticate(&message, &wish), BEID_OK);
    assert_string_equal(wish.lang, "fr");
    assert_true(beid_span_same(wish.portal_name, beid_span_str("Portail")));
    assert_true(beid_span_same(wish.origin, beid_span_str(ORIGIN)));
    assert_true(beid_span_same(wish.nonce, beid_span_str(NONCE)));
    assert_true(wish.development && wish.chain && !wish.wait_for_card);
    assert_int_equal(wish.environment, BEID_ENVIRONMENT_TEST);
    assert_int_equal(wish.timeout_ms, 30000);
    assert_int_equal(wish.certificate_sha256.len, 32);
    for (uint8_t i = 0; i < 32; i++) {
        assert_int_equal(wish.certificate_sha256.ptr[i], i);
    }
    bench_event(*state, message.operation, BEID_EVENT_SIGNING);
    bench_answer(*state, message.operation, &success);
    assert_int_equal(ticket.finished, 1);
    assert_int_equal(ticket.status, 200);
    assert_string_equal(
        ticket.body,
        "{\"token\":{\"unverifiedCertificate\":\"MAMCAQU=\",\"algorithm\":"
        "\"ES384\",\"signature\":\"YWJj\",\"format\":\"web-eid:1.0\","
        "\"appVersion\":\"https://beid-agent.example/releases/" BEID_VERSION
        "\"},\"unverifiedEvidence\":{\"pinEntry\":\"pinpad\",\"chain\":["
        "\"MA==\"]}}");
    assert_int_equal(api_deadline(((struct bench *)*state)->api), BEID_NEVER);
}

static char logged[512];
static unsigned int lines;

static void
keep_line(enum beid_log_level level, const char *text, void *user)
{
    (void)level;
    (void)user;
    (void)snprintf(logged, sizeof logged, "%s", text);
    lines++;
}

/* A helpdesk finds the reference in the log, but no page fills it. */
static void
references_are_logged(void **state)
{
    static const char before[] = "\"reference\":\"";
    struct ticket ticket;
    bool found = true;
    lines = 0;
    beid_log_set(keep_line, NULL, BEID_LEVEL_INFO);
    for (unsigned int i = 0; i < 200; i++) {
        assert_int_equal(
            bench_ask(*state, API_AUTHENTICATE, "{\"pin\":1}", &ticket),
            API_ANSWERED);
        char *reference = strstr(ticket.body, before);
        assert_non_null(reference);
        reference += strlen(before);
        reference[API_REFERENCE_LEN] = '\0';
        bool stands = strstr(logged, reference) != NULL;
        assert_true(found || !stands);
        found = stands;
        assert_true(i > 0 || found);
        assert_null(strstr(logged, "pin\""));
    }
    beid_log_set(NULL, NULL, BEID_LEVEL_INFO);
    assert_false(found);
    assert_int_equal(lines, 60);
    assert_non_null(strstr(logged, "more within a minute"));
    assert_non_null(strstr(logged, "bad_request E01-"));
}

/* Nothing that is wrong with a body reaches the worker. */
static void
bad_bodies_stop_here(void **state)
{
    static const struct {
        const char *body;
        const char *named;
    } rows[] = {
        {"", "not JSON with whole numbers"},
        {"{}", "challengeNonce"},
        {"{\"challengeNonce\":1}", "challengeNonce"},
        {"{\"challengeNonce\":\"0123456789012345678901234567890123456789012\"}",
         "challengeNonce"},
        {"{\"challengeNonce\":\"" NONCE NONCE "01234567890123456789012345678901"
         "234567890\"}",
         "challengeNonce"},
        {"{\"challengeNonce\":\"" NONCE "\\n\"}", "challengeNonce"},
        {"{\"challengeNonce\":\"" NONCE "\\u00e9\"}", "challengeNonce"},
        {"{\"challengeNonce\":\"" NONCE "\",\"lang\":\"it\"}", "lang"},
        {"{\"challengeNonce\":\"" NONCE "\",\"lang\":\"NL\"}", "lang"},
        {"{\"challengeNonce\":\"" NONCE "\",\"lang\":\"\"}", "lang"},
        {"{\"challengeNonce\":\"" NONCE "\",\"timeoutMs\":29999}", "timeoutMs"},
        {"{\"challengeNonce\":\"" NONCE "\",\"timeoutMs\":900001}",
         "timeoutMs"},
        {"{\"challengeNonce\":\"" NONCE "\",\"timeoutMs\":30000.0}",
         "not JSON with whole numbers"},
        {"{\"challengeNonce\":\"" NONCE "\",\"certificateSha256\":\"00\"}",
         "certificateSha256"},
        {"{\"challengeNonce\":\"" NONCE "\",\"certificateSha256\":"
         "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g\""
         "}",
         "certificateSha256"},
        {"{\"challengeNonce\":\"" NONCE "\",\"pin\":\"1234\"}", "pin"},
        {"{\"challengeNonce\":\"" NONCE "\",\"password\":\"1234\"}",
         "password"},
        {"{\"challengeNonce\":\"" NONCE "\",\"hash\":\"00\"}", "hash"},
        {"{\"challengeNonce\":\"" NONCE "\",\"challengeNonce\":\"" NONCE "\"}",
         "challengeNonce"},
    };
    struct ticket ticket;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(
            bench_ask(*state, API_AUTHENTICATE, rows[i].body, &ticket),
            API_ANSWERED);
        assert_int_equal(ticket.status, 400);
        assert_non_null(strstr(ticket.body, "\"code\":\"bad_request\""));
        assert_non_null(strstr(ticket.body, rows[i].named));
        assert_int_equal(bench_heard(*state).type, 0);
    }
}

static void
a_clock_that_is_behind_is_told(void **state)
{
    struct ticket ticket;
    const struct beid_wire_auth_reply end = {.err = BEID_ERR_CLOCK,
                                             .clock_behind_s = 7200};
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &ticket),
                     API_PENDING);
    bench_answer(*state, bench_heard(*state).operation, &end);
    assert_int_equal(ticket.status, 422);
    assert_non_null(strstr(ticket.body, "\"code\":\"clock_skew\""));
    assert_non_null(strstr(ticket.body, "at least 7200 s behind"));
}

static void
one_at_a_time(void **state)
{
    struct ticket first;
    struct ticket second;
    const struct beid_wire_auth_reply late = {.err = BEID_ERR_NO_CARD};
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &first),
                     API_PENDING);
    uint32_t operation = bench_heard(*state).operation;
    for (int i = 0; i < 49; i++) {
        assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &second),
                         API_ANSWERED);
        assert_int_equal(second.status, 409);
        assert_non_null(strstr(second.body, "\"code\":\"busy\""));
        assert_true(second.retry_after_ms > 0);
        assert_int_equal(bench_heard(*state).type, 0);
    }
    bench_answer(*state, operation, &late);
    assert_int_equal(first.status, 424);
    assert_non_null(strstr(first.body, "\"code\":\"no_card\""));
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &second),
                     API_PENDING);
}

static void
the_caller_is_asked_again_before_the_prompt(void **state)
{
    struct ticket ticket;
    bench_caller_allowed = false;
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &ticket),
                     API_REFUSED);
    assert_int_equal(bench_heard(*state).type, 0);
    bench_caller_allowed = true;
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &ticket),
                     API_PENDING);
}

/* Policy may change between preflight and request, and during one. */
static void
a_changed_list_counts_at_once(void **state)
{
    struct bench *bench = *state;
    struct ticket ticket;
    assert_int_equal(bench_ask(bench, API_STATUS, "", &ticket), API_PENDING);
    uint32_t operation = bench_heard(bench).operation;
    api_set_portals(bench->api,
                    bench_list("https://other.example", "authenticate"));
    bench_status_reply(bench, operation, BEID_OK);
    assert_int_equal(ticket.finished, 1);
    assert_true(ticket.refused);
    assert_int_equal(bench_ask(bench, API_STATUS, "", &ticket), API_REFUSED);
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &ticket),
                     API_REFUSED);
    api_set_portals(bench->api, bench_list(ORIGIN, "sign"));
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &ticket),
                     API_ANSWERED);
    assert_int_equal(ticket.status, 403);
    assert_non_null(strstr(ticket.body, "operation_not_allowed"));
    assert_int_equal(bench_heard(bench).type, 0);
}

static void
a_page_that_leaves_cancels(void **state)
{
    struct bench *bench = *state;
    struct ticket ticket;
    struct ticket next;
    const struct beid_wire_auth_reply end = {.err = BEID_ERR_CANCELLED};
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &ticket),
                     API_PENDING);
    uint32_t operation = bench_heard(bench).operation;
    api_abandon(bench->api, &ticket);
    struct beid_wire_message message = bench_heard(bench);
    assert_int_equal(message.type, BEID_WIRE_CANCEL);
    assert_int_equal(message.operation, operation);
    /* Until the worker has let go of the card it is still busy. */
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &next),
                     API_ANSWERED);
    assert_int_equal(next.status, 409);
    bench_answer(bench, operation, &end);
    assert_int_equal(ticket.finished, 0);
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &next),
                     API_PENDING);
    api_abandon(bench->api, &ticket); /* long gone */
    assert_int_equal(bench_heard(bench).type, BEID_WIRE_AUTHENTICATE);
    assert_int_equal(bench_heard(bench).type, 0);
}

static void
five_cancelled_prompts_close_the_door(void **state)
{
    struct ticket ticket;
    const struct beid_wire_auth_reply end = {.err = BEID_ERR_CANCELLED};
    for (int i = 0; i < 10; i++) {
        assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &ticket),
                         API_PENDING);
        uint32_t operation = bench_heard(*state).operation;
        if (i % 2 == 1) { /* the others never showed a prompt */
            bench_event(*state, operation, BEID_EVENT_WINDOW_OPENED);
        }
        bench_answer(*state, operation, &end);
        assert_int_equal(ticket.status, 403);
    }
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, &ticket),
                     API_ANSWERED);
    assert_int_equal(ticket.status, 429);
    assert_in_range(ticket.retry_after_ms, 100000, 120000);
    assert_int_equal(bench_heard(*state).type, 0);
}

static void
a_worker_that_hangs_is_replaced(void **state)
{
    struct bench *bench = *state;
    struct ticket ticket;
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE,
                               "{\"challengeNonce\":\"" NONCE
                               "\",\"timeoutMs\":30000}",
                               &ticket),
                     API_PENDING);
    int64_t deadline = api_deadline(bench->api);
    assert_true(deadline > beid_clock_ms() + 30000);
    assert_true(deadline <= beid_clock_ms() + 60000);
    api_tick(bench->api, deadline - 1);
    assert_int_equal(ticket.finished, 0);
    api_tick(bench->api, deadline);
    assert_int_equal(ticket.finished, 1);
    assert_int_equal(ticket.status, 502);
    assert_int_equal(bench_stuck, 1);
    /* One that ignores a cancel does not get as long. */
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &ticket),
                     API_PENDING);
    api_abandon(bench->api, &ticket);
    deadline = api_deadline(bench->api);
    assert_true(deadline <= beid_clock_ms() + 10000);
    api_tick(bench->api, deadline);
    assert_int_equal(ticket.finished, 0);
    assert_int_equal(bench_stuck, 2);
}

static void
a_worker_that_dies_fails_what_was_pending(void **state)
{
    struct bench *bench = *state;
    struct ticket login;
    struct ticket status;
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &login),
                     API_PENDING);
    assert_int_equal(bench_ask(bench, API_STATUS, "", &status), API_PENDING);
    api_set_worker(bench->api, -1);
    assert_int_equal(login.status, 500);
    assert_int_equal(status.status, 200);
    assert_non_null(strstr(status.body, "\"problem\":\"internal\""));
    assert_int_equal(bench_ask(bench, API_STATUS, "", &status), API_ANSWERED);
    assert_int_equal(status.status, 200);
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &login),
                     API_ANSWERED);
    assert_int_equal(login.status, 500);
}

/* It asks for the card, ends and is replaced; or it is ended. */
static void
a_worker_that_leaves_has_a_deadline(void **state)
{
    struct bench *bench = *state;
    struct ticket login;
    int pair[2];
    const struct beid_wire_auth_reply end = {.err = BEID_ERR_CANCELLED};
    for (int hangs = 0; hangs < 2; hangs++) {
        assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &login),
                         API_PENDING);
        uint32_t operation = bench_heard(bench).operation;
        bench_leaving(bench, operation);
        bench_answer(bench, operation, &end);
        int64_t deadline = api_deadline(bench->api);
        assert_true(deadline > beid_clock_ms() + 70000);
        assert_true(deadline <= beid_clock_ms() + 120000);
        if (hangs == 1) {
            api_tick(bench->api, deadline);
            break;
        }
        assert_int_equal(beid_channel_pair(pair), BEID_OK);
        assert_int_equal(beid_channel_nonblocking(pair[1]), BEID_OK);
        api_set_worker(bench->api, pair[0]);
        (void)close(bench->worker);
        bench->worker = pair[1];
        assert_true(api_deadline(bench->api) == BEID_NEVER);
    }
    assert_int_equal(bench_stuck, 1);
    assert_int_equal(login.finished, 1);
}

static void
what_the_worker_may_not_say(void **state)
{
    struct bench *bench = *state;
    struct beid_buf out;
    const struct beid_wire_auth_reply end = {.err = BEID_ERR_CANCELLED};
    static const enum beid_wire_type types[] = {
        BEID_WIRE_STATUS, BEID_WIRE_CANCEL, BEID_WIRE_PROMPT_STOP,
        BEID_WIRE_WORKER_SOCKET, BEID_WIRE_FRONT_READY};
    beid_buf_init(&out, BEID_WIRE_MAX);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        beid_buf_reset(&out);
        assert_int_equal(beid_wire_put_empty(&out, types[i], 1), BEID_OK);
        assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)),
                         BEID_ERR_FORMAT);
    }
    beid_buf_reset(&out);
    assert_int_equal(beid_wire_put_empty(&out, BEID_WIRE_LEAVING, 1), BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)),
                     BEID_ERR_STATE);
    /* A reply to an operation that is not running. */
    for (uint32_t operation = 0; operation < 3; operation++) {
        beid_buf_reset(&out);
        assert_int_equal(beid_wire_put_auth_reply(&out, operation, &end),
                         BEID_OK);
        assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)),
                         BEID_ERR_STATE);
    }
    assert_int_equal(api_worker_says(bench->api, beid_span_str("junk")),
                     BEID_ERR_FORMAT);
    beid_buf_clear(&out);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, bench_fresh, bench_done)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_login_from_start_to_end),
        TEST(bad_bodies_stop_here),
        TEST(references_are_logged),
        TEST(a_clock_that_is_behind_is_told),
        TEST(one_at_a_time),
        TEST(the_caller_is_asked_again_before_the_prompt),
        TEST(a_changed_list_counts_at_once),
        TEST(a_page_that_leaves_cancels),
        TEST(five_cancelled_prompts_close_the_door),
        TEST(a_worker_that_hangs_is_replaced),
        TEST(a_worker_that_dies_fails_what_was_pending),
        TEST(a_worker_that_leaves_has_a_deadline),
        TEST(what_the_worker_may_not_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
