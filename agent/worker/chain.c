/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/chain.h"

void
chain_init(struct chain_memory *memory)
{
    memory->next = 0;
    for (size_t i = 0; i < CHAIN_REMEMBERED; i++) {
        beid_buf_init(&memory->chain[i].ca, BEID_WIRE_CERT_MAX);
        beid_buf_init(&memory->chain[i].root, BEID_WIRE_CERT_MAX);
    }
}

void
chain_clear(struct chain_memory *memory)
{
    for (size_t i = 0; i < CHAIN_REMEMBERED; i++) {
        beid_buf_clear(&memory->chain[i].ca);
        beid_buf_clear(&memory->chain[i].root);
    }
    memory->next = 0;
}

const struct chain *
chain_find(const struct chain_memory *memory,
           const struct certificate *certificate)
{
    for (size_t i = 0; i < CHAIN_REMEMBERED; i++) {
        struct beid_span ca = beid_buf_span(&memory->chain[i].ca);
        if (ca.len > 0
            && certificate_check_issuer(certificate, ca) == BEID_OK) {
            return &memory->chain[i];
        }
    }
    return NULL;
}

void
chain_keep(struct chain_memory *memory, struct beid_span ca,
           struct beid_span root)
{
    struct chain *place = &memory->chain[memory->next];
    memory->next = (memory->next + 1) % CHAIN_REMEMBERED;
    beid_buf_reset(&place->ca);
    beid_buf_reset(&place->root);
    beid_buf_put(&place->ca, ca);
    beid_buf_put(&place->root, root);
    if (beid_buf_status(&place->ca) != BEID_OK
        || beid_buf_status(&place->root) != BEID_OK) {
        beid_buf_reset(&place->ca);
        beid_buf_reset(&place->root);
    }
}
