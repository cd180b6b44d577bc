/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CHAIN_H
#define BEID_WORKER_CHAIN_H

#include "worker/certificate.h"

#include <beid/bytes.h>

#define CHAIN_REMEMBERED 4U

/* What stands above a citizen's certificate on the card, in DER. */
struct chain {
    struct beid_buf ca;
    struct beid_buf root; /* empty when the card has none that issued the CA */
};

/*
 * CA certificates already read from a card, each with its root, so that the
 * next card of the same issuer costs nothing. In memory only. The oldest makes
 * room. The root comes along because portals pin the roots' keys: without the
 * certificate around such a key nobody can check what it signed.
 */
struct chain_memory {
    size_t next;
    struct chain chain[CHAIN_REMEMBERED];
};

void chain_init(struct chain_memory *memory);
void chain_clear(struct chain_memory *memory);

/* The remembered chain above the certificate; NULL when there is none. */
const struct chain *chain_find(const struct chain_memory *memory,
                               const struct certificate *certificate);

/* Remembers a CA certificate and its root, which may be empty. */
void chain_keep(struct chain_memory *memory, struct beid_span ca,
                struct beid_span root);

#endif
