/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What PKCS#11 attributes take from a certificate. */
#include "bench.h"
#include "token/facts.h"

#include <openssl/err.h>

#define CERTIFICATE_MAX 8192U

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts facts;
    facts_init(&facts);
    enum beid_err err = facts_parse(beid_span_of(data, size), &facts);
    if (err == BEID_ERR_INTERNAL || ERR_peek_error() != 0) {
        bench_broken("an error that is left, or a bug");
    }
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (facts.field[i].len > CERTIFICATE_MAX
            || (err != BEID_OK && facts.field[i].len > 0)) {
            bench_broken("a fact of impossible length");
        }
    }
    facts_clear(&facts);
    return 0;
}
