/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "api_bench.h"
#include "sys/clock.h"

#include <string.h>

static void
status_tells_readers_and_portal(void **state)
{
    struct ticket ticket;
    assert_int_equal(bench_ask(*state, API_STATUS, "", &ticket), API_PENDING);
    struct beid_wire_message message = bench_heard(*state);
    assert_int_equal(message.type, BEID_WIRE_STATUS);
    bench_status_reply(*state, message.operation, BEID_OK);
    assert_string_equal(
        ticket.body,
        "{\"agent\":{\"version\":\"" BEID_VERSION "\",\"api\":[\"v1\"]},"
        "\"readers\":[{\"pinpad\":false,\"card\":\"supported\"},"
        "{\"pinpad\":true,\"card\":\"none\"}],\"busy\":false,\"portal\":{"
        "\"name\":\"Portaal\",\"allow\":[\"authenticate\"],\"environment\":"
        "\"test\"}}");
    assert_int_equal(bench_ask(*state, API_STATUS, "", &ticket), API_PENDING);
    bench_status_reply(*state, bench_heard(*state).operation,
                       BEID_ERR_NO_SERVICE);
    assert_non_null(strstr(ticket.body, "\"problem\":\"pcscd_unavailable\""));
    assert_non_null(strstr(ticket.body, "\"readers\":[]"));
}

/* Any number of pages asking costs the worker one question. */
static void
status_questions_are_shared(void **state)
{
    struct bench *bench = *state;
    static struct ticket tickets[100];
    for (int i = 0; i < 100; i++) {
        assert_int_equal(bench_ask(bench, API_STATUS, "", &tickets[i]),
                         API_PENDING);
    }
    uint32_t operation = bench_heard(bench).operation;
    assert_int_equal(bench_heard(bench).type, 0);
    api_abandon(bench->api, &tickets[50]);
    bench_status_reply(bench, operation, BEID_OK);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(tickets[i].finished, i == 50 ? 0 : 1);
    }
    bench_status_reply(bench, operation, BEID_OK); /* late: ignored */
    assert_int_equal(tickets[0].finished, 1);
}

static void
status_does_not_wait_for_the_card(void **state)
{
    struct bench *bench = *state;
    struct ticket login;
    struct ticket ticket;
    assert_int_equal(bench_ask(bench, API_STATUS, "", &ticket), API_PENDING);
    bench_status_reply(bench, bench_heard(bench).operation, BEID_OK);
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &login),
                     API_PENDING);
    assert_int_equal(bench_ask(bench, API_STATUS, "", &ticket), API_PENDING);
    int64_t deadline = api_deadline(bench->api);
    assert_true(deadline <= beid_clock_ms() + 1000);
    api_tick(bench->api, deadline);
    assert_int_equal(ticket.finished, 1);
    assert_non_null(strstr(ticket.body, "\"busy\":true"));
    assert_non_null(strstr(ticket.body, "supported")); /* as last seen */
    assert_int_equal(bench_stuck, 0);
    assert_int_equal(login.finished, 0);
}

/* Asked while the card was busy, the short wait is no proof of a hang. */
static void
an_operation_that_ends_leaves_the_worker_alone(void **state)
{
    struct bench *bench = *state;
    struct ticket login;
    struct ticket ticket;
    const struct beid_wire_auth_reply failed = {.err = BEID_ERR_CARD_REMOVED};
    assert_int_equal(bench_ask(bench, API_AUTHENTICATE, BODY, &login),
                     API_PENDING);
    uint32_t operation = bench_heard(bench).operation;
    assert_int_equal(bench_ask(bench, API_STATUS, "", &ticket), API_PENDING);
    bench_answer(bench, operation, &failed);
    assert_int_equal(login.finished, 1);
    api_tick(bench->api, api_deadline(bench->api));
    assert_int_equal(ticket.status, 200);
    assert_non_null(strstr(ticket.body, "\"busy\":false"));
    assert_int_equal(bench_stuck, 0);
}

static void
status_without_an_answer_is_a_stuck_worker(void **state)
{
    struct bench *bench = *state;
    struct ticket ticket;
    assert_int_equal(bench_ask(bench, API_STATUS, "", &ticket), API_PENDING);
    api_tick(bench->api, api_deadline(bench->api));
    assert_int_equal(ticket.status, 200);
    assert_non_null(strstr(ticket.body, "\"problem\":\"internal\""));
    assert_int_equal(bench_stuck, 1);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, bench_fresh, bench_done)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(status_tells_readers_and_portal),
        TEST(status_questions_are_shared),
        TEST(status_does_not_wait_for_the_card),
        TEST(an_operation_that_ends_leaves_the_worker_alone),
        TEST(status_without_an_answer_is_a_stuck_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
