/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

void
bench_broken(const char *what)
{
    (void)fprintf(stderr, "broken: %s\n", what);
    abort();
}

uint8_t
bench_u8(struct beid_span *input)
{
    uint8_t value = 0;
    return beid_span_take_u8(input, &value) == BEID_OK ? value : 0;
}

uint16_t
bench_u16(struct beid_span *input)
{
    unsigned high = bench_u8(input);
    return (uint16_t)(high << 8 | bench_u8(input));
}

struct beid_span
bench_bytes(struct beid_span *input, size_t len)
{
    struct beid_span out = {0};
    size_t take = len < input->len ? len : input->len;
    return beid_span_take(input, take, &out) == BEID_OK ? out
                                                        : beid_span_of(NULL, 0);
}
