/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The verifier of a portal's backend, on a token from anybody. */
#include "bench.h"
#include "token.h"

#include <beid/verify.h>

#include <stdlib.h>

static struct beid_verify *verifier;

/* The same bytes as a list of CAs, or an answer with one. */
static void
cas_try(const uint8_t *data, size_t size)
{
    struct beid_verify_cas *cas = NULL;
    if (beid_verify_cas_new(&cas) != BEID_VERIFY_OK) {
        bench_broken("out of memory");
    }
    if (beid_verify_cas_add(cas, data, size) == BEID_VERIFY_OK
        && beid_verify_cas_judge(verifier, cas) == BEID_VERIFY_OK) {
        char *json = beid_verify_cas_json(cas);
        for (size_t i = 0; i < cas->count; i++) {
            if (cas->ca[i].result == BEID_VERIFY_OK && cas->ca[i].root == 0) {
                bench_broken("a CA that no root signed");
            }
        }
        free(json);
    }
    beid_verify_cas_free(&cas);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct token token;
    struct beid_verify_report *report = NULL;
    struct beid_verify_inquiry inquiry;
    const struct beid_verify_token request = {
        .token = (const char *)data,
        .token_len = size,
        .origin = "https://portal.example",
        .nonce = "0123456789012345678901234567890123456789012345678901",
        .inquiry = &inquiry,
    };
    if (verifier == NULL && beid_verify_new(&verifier) != BEID_VERIFY_OK) {
        bench_broken("out of memory");
    }
    beid_verify_set_time(verifier, 1800000000);
    if (token_parse(beid_span_of(data, size), &token) == BEID_VERIFY_OK) {
        if (token.chain_count > CHAIN_MAX) {
            bench_broken("a chain that is too long");
        }
        token_clear(&token);
    }
    enum beid_verify_result result =
        beid_verify_token(verifier, &request, &report);
    if (result == BEID_VERIFY_OK || report != NULL) {
        bench_broken("a token that nobody signed");
    }
    char *json = beid_verify_report_json(result, report, &inquiry);
    if (json == NULL) {
        bench_broken("no verdict");
    }
    free(json);
    cas_try(data, size);
    return 0;
}
