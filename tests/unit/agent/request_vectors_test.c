/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * portal/vectors/requests.jsonl: each step-up request is answered as stands
 * there, at the moment that stands there, by an agent that has run for long.
 */
#include "api/json.h"
#include "api/json_write.h"
#include "api_bench.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONTH_S ((int64_t)30 * 24 * 3600)

enum member {
    NAME,
    KIND,
    NOW,
    ASKED_BY,
    PORTAL_FILE,
    KID,
    ALGORITHM,
    PUBLIC_KEY,
    REQUEST,
    ERROR,
    BLAMED,
    EXPECTED_NONCE,
    STEP_UP,
    MEMBERS
};

static int64_t wall_s;
static int64_t boot_s;

int64_t __wrap_beid_clock_wall_ms(void);
int64_t __wrap_beid_clock_boot_ms(void);

int64_t
__wrap_beid_clock_wall_ms(void)
{
    return wall_s * 1000;
}

int64_t
__wrap_beid_clock_boot_ms(void)
{
    return boot_s * 1000;
}

static struct policy_portals *
portals_of(struct beid_span file)
{
    struct policy_portals *portals = NULL;
    assert_int_equal(policy_portals_new(&portals), BEID_OK);
    assert_int_equal(policy_portals_add(portals, "t", file, false), BEID_OK);
    return portals;
}

static enum api_outcome
post(struct bench *bench, const struct json_member *in, struct ticket *ticket)
{
    struct beid_buf body;
    char origin[128];
    (void)snprintf(origin, sizeof origin, "%.*s", (int)in[ASKED_BY].text.len,
                   (const char *)in[ASKED_BY].text.ptr);
    beid_buf_init(&body, 65536);
    beid_buf_put_str(&body, "{\"lang\":\"nl\",\"request\":\"");
    json_write_text(&body, in[REQUEST].text);
    beid_buf_put_str(&body, "\"}");
    assert_int_equal(beid_buf_status(&body), BEID_OK);
    enum api_outcome outcome =
        bench_ask_at(bench, origin, API_STEP_UP, beid_buf_cstr(&body), ticket);
    beid_buf_clear(&body);
    return outcome;
}

static void
holds(const struct ticket *ticket, const char *before, struct beid_span text,
      const char *after)
{
    char wanted[128];
    (void)snprintf(wanted, sizeof wanted, "%s%.*s%s", before, (int)text.len,
                   (const char *)text.ptr, after);
    if (strstr(ticket->body, wanted) == NULL) {
        print_error("%s is not in %s\n", wanted, ticket->body);
        fail();
    }
}

/* The worker says that the citizen changed his mind. */
static void
cancel(struct bench *bench, uint32_t operation, bool statement)
{
    const struct beid_wire_auth_reply reply = {.err = BEID_ERR_CANCELLED};
    struct beid_buf out;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(statement
                         ? beid_wire_put_document_reply(&out, operation, &reply)
                         : beid_wire_put_auth_reply(&out, operation, &reply),
                     BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)), BEID_OK);
    beid_buf_clear(&out);
}

/* It reaches the worker with its nonce, and is good for one use. */
static void
accepted(struct bench *bench, const struct json_member *in)
{
    struct beid_wire_operation asked;
    static struct ticket ticket;
    static struct ticket again;
    if (post(bench, in, &ticket) != API_PENDING) {
        print_error("%s\n", ticket.body);
        fail();
    }
    struct beid_wire_message message = bench_heard(bench);
    assert_int_equal(message.type, BEID_WIRE_STEP_UP);
    assert_int_equal(beid_wire_get_operation(&message, &asked), BEID_OK);
    assert_true(beid_span_same(asked.base.nonce, in[EXPECTED_NONCE].text));
    bool statement =
        beid_span_same(in[STEP_UP].text, beid_span_str("statement"));
    assert_int_equal(asked.statement, statement);
    bench_begun(bench, message.operation);
    cancel(bench, message.operation, statement);
    assert_int_equal(ticket.finished, 1);
    assert_int_equal(post(bench, in, &again), API_ANSWERED);
    holds(&again, "\"code\":\"", beid_span_str("request_replayed"), "\"");
}

static void
judged(const struct json_member *in)
{
    static struct ticket ticket;
    void *state = NULL;
    boot_s = 0;
    wall_s = in[NOW].number;
    assert_int_equal(bench_fresh(&state), 0);
    boot_s = MONTH_S;
    struct bench *bench = state;
    api_set_portals(bench->api, portals_of(in[PORTAL_FILE].text));
    if (in[ERROR].present) {
        assert_int_equal(post(bench, in, &ticket), API_ANSWERED);
        holds(&ticket, "\"code\":\"", in[ERROR].text, "\"");
        if (in[BLAMED].present) {
            holds(&ticket, ": ", in[BLAMED].text, ")");
        }
        assert_int_equal(bench_heard(bench).type, 0);
    } else {
        accepted(bench, in);
    }
    assert_int_equal(bench_done(&state), 0);
}

static void
every_request(void **state)
{
    unsigned count[2] = {0, 0};
    char *line = NULL;
    size_t room = 0;
    ssize_t len = 0;
    FILE *file = fopen(BEID_VECTORS "/requests.jsonl", "re");
    (void)state;
    assert_non_null(file);
    while ((len = getline(&line, &room, file)) > 0) {
        struct json_member in[MEMBERS] = {
            [NAME] = {"name", JSON_TEXT, .required = true},
            [KIND] = {"kind", JSON_TEXT, .required = true},
            [NOW] = {"now", JSON_NUMBER, .required = true},
            [ASKED_BY] = {"origin", JSON_TEXT, .required = true},
            [PORTAL_FILE] = {"portalFile", JSON_TEXT, .required = true},
            [KID] = {"kid", JSON_TEXT, .required = true},
            [ALGORITHM] = {"algorithm", JSON_TEXT, .required = true},
            [PUBLIC_KEY] = {"publicKey", JSON_TEXT, .required = true},
            [REQUEST] = {"request", JSON_TEXT, .required = true},
            [ERROR] = {"error", JSON_TEXT, .required = false},
            [BLAMED] = {"member", JSON_TEXT, .required = false},
            [EXPECTED_NONCE] = {"nonce", JSON_TEXT, .required = false},
            [STEP_UP] = {"stepUp", JSON_TEXT, .required = false}};
        struct json_document *document = NULL;
        struct json_fault fault;
        assert_int_equal(json_read(beid_span_of(line, (size_t)len), in, MEMBERS,
                                   &document, &fault),
                         BEID_OK);
        print_message("%.*s\n", (int)in[NAME].text.len,
                      (const char *)in[NAME].text.ptr);
        judged(in);
        count[in[ERROR].present ? 1 : 0]++;
        json_free(&document);
    }
    free(line);
    assert_int_equal(fclose(file), 0);
    assert_in_range(count[0], 15, 1000);
    assert_in_range(count[1], 60, 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_request)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
