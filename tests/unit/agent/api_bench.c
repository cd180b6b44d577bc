/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "api_bench.h"

#include "sys/channel.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool bench_caller_allowed;
int bench_stuck;

static void
on_finish(void *ticket, const struct api_reply *reply, bool refused)
{
    struct ticket *t = ticket;
    t->finished++;
    t->refused = refused;
    if (reply != NULL) {
        assert_true(reply->body.len < sizeof t->body);
        t->status = reply->status;
        t->retry_after_ms = reply->retry_after_ms;
        memcpy(t->body, reply->body.ptr, reply->body.len);
        t->body[reply->body.len] = '\0';
    }
}

static void
on_stream(void *ticket, struct beid_span piece, bool end)
{
    struct ticket *t = ticket;
    size_t len = strlen(t->body);
    assert_true(len + piece.len < sizeof t->body);
    memcpy(t->body + len, piece.ptr == NULL ? (const uint8_t *)"" : piece.ptr,
           piece.len);
    t->body[len + piece.len] = '\0';
    t->finished += end ? 1 : 0;
}

static bool
on_caller(void *ticket)
{
    (void)ticket;
    return bench_caller_allowed;
}

static void
on_stuck(void *user)
{
    (void)user;
    bench_stuck++;
}

struct policy_portals *
bench_list(const char *origin, const char *allow)
{
    char file[300];
    struct policy_portals *portals = NULL;
    (void)snprintf(file, sizeof file,
                   "name.nl=Portaal\nname.fr=Portail\norigin=%s\nallow=%s\n"
                   "environment=test\n",
                   origin, allow);
    assert_int_equal(policy_portals_new(&portals), BEID_OK);
    assert_int_equal(
        policy_portals_add(portals, "t.conf", beid_span_str(file), false),
        BEID_OK);
    return portals;
}

int
bench_fresh(void **state)
{
    static struct bench bench;
    int pair[2];
    const struct api_hooks hooks = {.finish = on_finish,
                                    .stream = on_stream,
                                    .caller_allowed = on_caller,
                                    .worker_stuck = on_stuck};
    const struct api_mode mode = {.development = true};
    bench_caller_allowed = true;
    bench_stuck = 0;
    assert_int_equal(api_new(&hooks, &mode, &bench.api), BEID_OK);
    api_set_portals(bench.api, bench_list(ORIGIN, "authenticate"));
    assert_int_equal(beid_channel_pair(pair), BEID_OK);
    assert_int_equal(beid_channel_nonblocking(pair[1]), BEID_OK);
    api_set_worker(bench.api, pair[0]);
    bench.worker = pair[1];
    beid_buf_init(&bench.packet, BEID_WIRE_MAX);
    *state = &bench;
    return 0;
}

int
bench_done(void **state)
{
    struct bench *bench = *state;
    api_free(&bench->api);
    (void)close(bench->worker);
    beid_buf_clear(&bench->packet);
    return 0;
}

enum api_outcome
bench_ask(struct bench *bench, enum api_route route, const char *body,
          struct ticket *ticket)
{
    return bench_ask_at(bench, ORIGIN, route, body, ticket);
}

enum api_outcome
bench_ask_at(struct bench *bench, const char *origin, enum api_route route,
             const char *body, struct ticket *ticket)
{
    const struct api_call call = {.route = route,
                                  .origin = beid_span_str(origin),
                                  .body = beid_span_str(body),
                                  .ticket = ticket};
    struct api_reply reply;
    memset(ticket, 0, sizeof *ticket);
    api_reply_init(&reply);
    enum api_outcome outcome = api_start(bench->api, &call, &reply);
    if (outcome == API_ANSWERED) {
        on_finish(ticket, &reply, false);
    } else if (outcome == API_STREAM) {
        on_stream(ticket, beid_buf_span(&reply.body), false);
    }
    api_reply_clear(&reply);
    return outcome;
}

/* What the worker was told; the type 0 when nothing. */
struct beid_wire_message
bench_heard(struct bench *bench)
{
    struct beid_wire_message message = {0};
    int passed = -1;
    if (beid_channel_recv(bench->worker, &bench->packet, &passed) == BEID_OK) {
        assert_int_equal(
            beid_wire_open(beid_buf_span(&bench->packet), &message), BEID_OK);
    }
    return message;
}

void
bench_answer(struct bench *bench, uint32_t operation,
             const struct beid_wire_auth_reply *reply)
{
    struct beid_buf out;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_auth_reply(&out, operation, reply), BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)), BEID_OK);
    beid_buf_clear(&out);
}

void
bench_event(struct bench *bench, uint32_t operation, enum beid_wire_event what)
{
    struct beid_buf out;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_event(&out, operation, what), BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)), BEID_OK);
    beid_buf_clear(&out);
}

static void
say(struct bench *bench, enum beid_wire_type type, uint32_t operation)
{
    struct beid_buf out;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_empty(&out, type, operation), BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)), BEID_OK);
    beid_buf_clear(&out);
}

void
bench_leaving(struct bench *bench, uint32_t operation)
{
    say(bench, BEID_WIRE_LEAVING, operation);
}

void
bench_begun(struct bench *bench, uint32_t operation)
{
    say(bench, BEID_WIRE_BEGUN, operation);
}

void
bench_status_reply(struct bench *bench, uint32_t operation, enum beid_err err)
{
    const struct beid_wire_status_reply reply = {
        .err = err,
        .count = err == BEID_OK ? 2 : 0,
        .readers = {{false, BEID_CARD_SUPPORTED}, {true, BEID_CARD_NONE}}};
    struct beid_buf out;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_status_reply(&out, operation, &reply),
                     BEID_OK);
    assert_int_equal(api_worker_says(bench->api, beid_buf_span(&out)), BEID_OK);
    beid_buf_clear(&out);
}
