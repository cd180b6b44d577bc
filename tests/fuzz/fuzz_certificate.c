/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the worker takes from a card's certificate; twice with length before:
 * the citizen's and the one of its issuer. */
#include "bench.h"
#include "worker/certificate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span input = beid_span_of(data, size);
    size_t len = bench_u16(&input);
    struct beid_span der = bench_bytes(&input, len);
    struct certificate certificate;
    uint32_t behind = 0;
    certificate_init(&certificate);
    if (certificate_parse(der, &certificate) == BEID_OK) {
        if (certificate.holder.len > CERTIFICATE_HOLDER_MAX
            || certificate.algorithm == BEID_ALGORITHM_NONE) {
            bench_broken("a certificate without a use");
        }
        (void)!certificate_check_time(&certificate, 1800000000, &behind);
        (void)!certificate_check_issuer(&certificate, input);
    }
    (void)!certificate_check_root(der, input);
    certificate_clear(&certificate);
    return 0;
}
