/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * C_* calls in any order with any arguments, over readers that behave unless
 * the input says otherwise. Every memory that the module may write is a block
 * of exactly the length that it was told. First byte: the card; then calls
 * (calls.h) until the input ends.
 */
#include "bench.h"
#include "calls.h"
#include "pcscd.h"

#define CALLS_MAX 200U

#define EC_CARD 0x01U
#define TWO_READERS 0x02U
#define PINPAD 0x04U

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span input = beid_span_of(data, size);
    unsigned setting = bench_u8(&input);
    pcscd_reset((setting & EC_CARD) != 0 ? STILL_1_8 : STILL_1_7,
                (setting & TWO_READERS) != 0 ? 2 : 1);
    pcscd_pinpad((setting & PINPAD) != 0);
    calls_start();
    for (unsigned i = 0; input.len > 0 && i < CALLS_MAX; i++) {
        calls_one(&input);
    }
    calls_stop();
    pcscd_all_closed();
    return 0;
}
