/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "api_bench.h"

#include <string.h>

#define EVENT(word) "event: " word "\ndata: {\"event\":\"" word "\"}\n\n"

static const struct beid_wire_auth_reply cancelled = {
    .err = BEID_ERR_CANCELLED, .tries = BEID_WIRE_TRIES_UNKNOWN};

static uint32_t
begin(void **state, struct ticket *login)
{
    assert_int_equal(bench_ask(*state, API_AUTHENTICATE, BODY, login),
                     API_PENDING);
    return bench_heard(*state).operation;
}

static void
all_listeners_hear_the_same(void **state)
{
    static struct ticket early[3];
    static struct ticket late;
    static struct ticket login;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(bench_ask(*state, API_EVENTS, "", &early[i]),
                         API_STREAM);
        assert_string_equal(early[i].body, ":\n\n");
    }
    uint32_t operation = begin(state, &login);
    /* An operation that is not the running one is nobody's business. */
    bench_event(*state, operation + 1, BEID_EVENT_SIGNING);
    bench_event(*state, operation, BEID_EVENT_WINDOW_OPENED);
    bench_event(*state, operation, BEID_EVENT_PIN_ENTRY);
    assert_int_equal(bench_ask(*state, API_EVENTS, "", &late), API_STREAM);
    bench_event(*state, operation, BEID_EVENT_SIGNING);
    bench_event(*state, operation, BEID_EVENT_DONE);
    assert_int_equal(early[0].finished, 0);
    bench_answer(*state, operation, &cancelled);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(early[i].body,
                            ":\n\n" EVENT("window-opened") EVENT("pin-entry")
                                EVENT("signing") EVENT("done"));
        assert_int_equal(early[i].finished, 1);
    }
    assert_string_equal(late.body, ":\n\n" EVENT("pin-entry") EVENT("signing")
                                       EVENT("done"));
    assert_int_equal(late.finished, 1);
}

static void
a_lost_worker_ends_the_operation_for_all(void **state)
{
    struct ticket listener;
    struct ticket login;
    struct bench *bench = *state;
    assert_int_equal(bench_ask(*state, API_EVENTS, "", &listener), API_STREAM);
    (void)begin(state, &login);
    api_set_worker(bench->api, -1);
    assert_string_equal(listener.body, ":\n\n" EVENT("done"));
    assert_int_equal(listener.finished, 1);
    assert_int_equal(login.status, 500);
}

/* Another portal's page learns nothing of it. */
static void
origins_are_kept_apart(void **state)
{
    struct ticket listener;
    struct ticket login;
    struct bench *bench = *state;
    struct policy_portals *portals =
        bench_list("https://other.example", "authenticate");
    assert_int_equal(
        policy_portals_add(
            portals, "u.conf",
            beid_span_str("name.nl=P\norigin=" ORIGIN "\nallow=authenticate\n"),
            false),
        BEID_OK);
    api_set_portals(bench->api, portals);
    assert_int_equal(bench_ask_at(*state, "https://other.example", API_EVENTS,
                                  "", &listener),
                     API_STREAM);
    uint32_t operation = begin(state, &login);
    bench_event(*state, operation, BEID_EVENT_PIN_ENTRY);
    bench_answer(*state, operation, &cancelled);
    assert_string_equal(listener.body, ":\n\n");
    assert_int_equal(listener.finished, 0);
    /* A portal that is taken away: its stream ends at the next event. */
    api_set_portals(bench->api, bench_list(ORIGIN, "authenticate"));
    operation = begin(state, &login);
    bench_event(*state, operation, BEID_EVENT_PIN_ENTRY);
    assert_string_equal(listener.body, ":\n\n");
    assert_int_equal(listener.finished, 1);
}

static void
listeners_come_and_go(void **state)
{
    static struct ticket tickets[65];
    struct bench *bench = *state;
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(bench_ask(*state, API_EVENTS, "", &tickets[i]),
                         API_STREAM);
    }
    assert_int_equal(bench_ask(*state, API_EVENTS, "", &tickets[64]),
                     API_ANSWERED);
    assert_int_equal(tickets[64].status, 409);
    api_abandon(bench->api, &tickets[30]);
    assert_int_equal(bench_ask(*state, API_EVENTS, "", &tickets[64]),
                     API_STREAM);
    assert_int_equal(bench_heard(*state).type, 0);
}

int
main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, bench_fresh, bench_done)
    const struct CMUnitTest tests[] = {
        TEST(all_listeners_hear_the_same),
        TEST(a_lost_worker_ends_the_operation_for_all),
        TEST(origins_are_kept_apart),
        TEST(listeners_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
