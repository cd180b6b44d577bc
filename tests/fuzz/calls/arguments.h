/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_ARGUMENTS_H
#define BEID_FUZZ_ARGUMENTS_H

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

#include <stdbool.h>
#include <stddef.h>

#define ARGUMENTS_MAX 12U

/* What was handed to a call; all blocks are freed after it. */
struct arguments {
    CK_ULONG words[ARGUMENTS_MAX];
    size_t count;
    void *blocks[64];
    size_t block_count;
    CK_ULONG *handle; /* where a handle came back, or NULL */
    bool pin; /* one was handed over, or left to a pinpad */
};

/* Appends the argument (or the two) of a letter of calls.h. */
void arguments_add(struct arguments *arguments, char letter,
                   struct beid_span *input);
void arguments_free(struct arguments *arguments);

/* Handles that were given out; later calls choose among them. */
void arguments_forget(void);
void arguments_learn(CK_ULONG handle);

#endif
