/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_BENCH_H
#define BEID_FUZZ_BENCH_H

#include <beid/bytes.h>

#include <stddef.h>
#include <stdint.h>

/* What every harness offers, to libFuzzer or to main.c. */
/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise was broken: says which, and ends the program as a crash does. */
_Noreturn void bench_broken(const char *what);

/* The next byte or two of the input; zeros behind its end. */
uint8_t bench_u8(struct beid_span *input);
uint16_t bench_u16(struct beid_span *input);
/* At most len bytes, fewer at the end. */
struct beid_span bench_bytes(struct beid_span *input, size_t len);

#endif
