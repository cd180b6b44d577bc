/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The verifier of a portal's backend, on a token from anybody. */
#include "bench.h"
#include "token.h"

#include <beid/verify.h>

#include <stdlib.h>

static struct beid_verify *verifier;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct token token;
    struct beid_verify_report *report = NULL;
    const struct beid_verify_token request = {
        .token = (const char *)data,
        .token_len = size,
        .origin = "https://portal.example",
        .nonce = "0123456789012345678901234567890123456789012345678901",
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
    char *json = beid_verify_report_json(result, report);
    if (json == NULL) {
        bench_broken("no verdict");
    }
    free(json);
    return 0;
}
