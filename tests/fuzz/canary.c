/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "canary.h"

#include "bench.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming): names that the linker makes */
/* clang-format on */
void __real_free(void *block);
void __wrap_free(void *block);

static size_t searched;

/* Blocks hold bytes that were never written, which MSan would report; the
 * search is left to the other builds. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define SEARCHED_MAX 0U
#endif
#endif
#ifndef SEARCHED_MAX
#define SEARCHED_MAX SIZE_MAX
#endif

static bool
holds_pin(const void *bytes, size_t len)
{
    static const uint8_t digits[] = {'7', '3', '9', '2', '0', '5'};
    static const uint8_t coded[] = {0x26, 0x73, 0x92, 0x05};
    return len > 0
           && (memmem(bytes, len, digits, sizeof digits) != NULL
               || memmem(bytes, len, coded, sizeof coded) != NULL);
}

void
__wrap_free(void *block)
{
    size_t len = block == NULL ? 0 : malloc_usable_size(block);
    searched += len > 0 ? 1 : 0;
    if (holds_pin(block, len < SEARCHED_MAX ? len : SEARCHED_MAX)) {
        bench_broken("a PIN in memory that was given back");
    }
    __real_free(block);
}
/* clang-format off */
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming) */
/* clang-format on */

bool
canary_sings(struct beid_span input)
{
    return holds_pin(input.ptr, input.len);
}

void
canary_check(void)
{
    if (searched == 0) {
        bench_broken("free() of the module does not come here");
    }
}
