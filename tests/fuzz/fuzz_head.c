/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The rules before routing: first byte method and version, then fields, each a
 * length and its bytes: target, then names and values in turn.
 */
#include "bench.h"
#include "http/head.h"

#define ORIGIN "https://portal.example"
#define PORT 24880U
#define FIELDS_MAX 64U

static struct policy_portals *portals;

static void
open_portals(void)
{
    static const char file[] = "name.nl=Portaal\nallow=authenticate\n"
                               "origin=" ORIGIN "\n";
    if (portals == NULL
        && (policy_portals_new(&portals) != BEID_OK
            || policy_portals_add(portals, "t.conf", beid_span_str(file), false)
                   != BEID_OK)) {
        bench_broken("no portal");
    }
}

/* A request that is let through has all that design §4 asks for. */
static void
may_pass(const struct http_head *head, const struct http_judgement *judgement)
{
    bool host = head->fields[HTTP_HOST].count == 1
                && beid_span_same(head->fields[HTTP_HOST].value,
                                  beid_span_str("127.0.0.1:24880"));
    bool origin = head->fields[HTTP_ORIGIN].count == 1
                  && beid_span_same(head->fields[HTTP_ORIGIN].value,
                                    beid_span_str(ORIGIN));
    if (judgement->verdict != HTTP_REFUSE && (!host || !origin)) {
        bench_broken("an answer to a stranger");
    }
    bool agent = head->fields[HTTP_BEID_AGENT].count == 1;
    if (judgement->verdict == HTTP_ROUTE
        && (!agent || !head->http_1_1 || head->size > HTTP_HEADERS_MAX)) {
        bench_broken("a route without its header");
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span input = beid_span_of(data, size);
    unsigned first = bench_u8(&input);
    struct http_head head = {.method = (enum http_method)(first & 3U),
                             .http_1_1 = (first & 4U) != 0,
                             .size = bench_u16(&input)};
    open_portals();
    head.target = bench_bytes(&input, bench_u8(&input));
    for (size_t i = 0; input.len > 0 && i < FIELDS_MAX; i++) {
        struct beid_span name = bench_bytes(&input, bench_u8(&input));
        struct beid_span value = bench_bytes(&input, bench_u8(&input));
        http_head_add(&head, name, value);
    }
    struct http_judgement judgement = http_judge(&head, true, PORT, portals);
    may_pass(&head, &judgement);
    judgement = http_judge(&head, false, PORT, portals);
    if (judgement.verdict != HTTP_REFUSE) {
        bench_broken("an answer to another user");
    }
    return 0;
}
