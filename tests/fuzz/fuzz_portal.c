/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Portal files, the citizen's own file, and step-up requests as the text of
 * their JWS: the first byte says which.
 */
#include "bench.h"
#include "policy/jws.h"
#include "policy/origin.h"
#include "policy/portal.h"
#include "policy/restriction.h"
#include "policy/shown.h"

static void
read_portal(struct beid_span text, bool development)
{
    struct policy_portals *portals = NULL;
    if (policy_portals_new(&portals) != BEID_OK) {
        bench_broken("out of memory");
    }
    enum beid_err err =
        policy_portals_add(portals, "f.conf", text, development);
    if (policy_portals_count(portals) != (err == BEID_OK ? 1U : 0U)) {
        bench_broken("a file that was refused and added");
    }
    policy_portals_free(&portals);
}

static void
read_origin(struct beid_span text)
{
    if (policy_origin_portal(text) && policy_origin_development(text)) {
        bench_broken("an origin of both kinds");
    }
    (void)policy_host_ours(text, 24880);
    if (policy_text_shown(text) && policy_text_length(text) > text.len) {
        bench_broken("more characters than bytes");
    }
}

static void
read_restriction(struct beid_span text)
{
    unsigned line = 0;
    struct beid_buf out;
    beid_buf_init(&out, POLICY_RESTRICTION_MAX + 256U);
    if (policy_restriction_check(text, &line) == BEID_OK
        && policy_restriction_edit(text, beid_span_str("portal"), true, &out)
               == BEID_OK
        && !policy_restriction_blocks(beid_buf_span(&out),
                                      beid_span_str("portal"))) {
        bench_broken("a portal that was blocked and is not");
    }
    beid_buf_clear(&out);
}

static void
read_jws(struct beid_span text)
{
    struct policy_jws jws;
    policy_jws_init(&jws);
    if (policy_jws_split(text, &jws) == BEID_OK
        && (jws.header.len == 0 || jws.payload.len == 0
            || jws.signature.len == 0)) {
        bench_broken("an empty part");
    }
    policy_jws_clear(&jws);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span input = beid_span_of(data, size);
    unsigned choice = bench_u8(&input);
    switch (choice % 5) {
    case 0:
    case 1:
        read_portal(input, choice % 5 == 1);
        break;
    case 2:
        read_origin(input);
        break;
    case 3:
        read_restriction(input);
        break;
    default:
        read_jws(input);
    }
    return 0;
}
