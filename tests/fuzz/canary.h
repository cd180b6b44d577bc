/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_CANARY_H
#define BEID_FUZZ_CANARY_H

#include <beid/bytes.h>

#include <stdbool.h>

/*
 * The PIN of the still card must not stay anywhere: every block that our code
 * frees is searched for it first (the linker sends its calls of free() here).
 * That ends the program at once; this call only proves that blocks were
 * searched at all.
 */
void canary_check(void);

/* Does the input itself hold the PIN? The fuzzer learns it from the search. */
bool canary_sings(struct beid_span input);

#endif
