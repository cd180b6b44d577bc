/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CHAIN_H
#define BEID_WORKER_CHAIN_H

#include "worker/certificate.h"

#include <beid/bytes.h>

#define CHAIN_REMEMBERED 4U

/*
 * CA certificates already read from a card, so that the next card of the same
 * issuer costs nothing. In memory only. The oldest makes room.
 */
struct chain_memory {
    size_t next;
    struct beid_buf ca[CHAIN_REMEMBERED];
};

void chain_init(struct chain_memory *memory);
void chain_clear(struct chain_memory *memory);

/* The remembered CA that signed the certificate; empty when there is none. */
struct beid_span chain_find(const struct chain_memory *memory,
                            const struct certificate *certificate);

/* Remembers a CA certificate in DER. */
void chain_keep(struct chain_memory *memory, struct beid_span ca);

#endif
