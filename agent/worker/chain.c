/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/chain.h"

void
chain_init(struct chain_memory *memory)
{
    memory->next = 0;
    for (size_t i = 0; i < CHAIN_REMEMBERED; i++) {
        beid_buf_init(&memory->ca[i], BEID_WIRE_CERT_MAX);
    }
}

void
chain_clear(struct chain_memory *memory)
{
    for (size_t i = 0; i < CHAIN_REMEMBERED; i++) {
        beid_buf_clear(&memory->ca[i]);
    }
    memory->next = 0;
}

struct beid_span
chain_find(const struct chain_memory *memory,
           const struct certificate *certificate)
{
    for (size_t i = 0; i < CHAIN_REMEMBERED; i++) {
        struct beid_span ca = beid_buf_span(&memory->ca[i]);
        if (ca.len > 0
            && certificate_check_issuer(certificate, ca) == BEID_OK) {
            return ca;
        }
    }
    return beid_span_of(NULL, 0);
}

void
chain_keep(struct chain_memory *memory, struct beid_span ca)
{
    struct beid_buf *place = &memory->ca[memory->next];
    memory->next = (memory->next + 1) % CHAIN_REMEMBERED;
    beid_buf_reset(place);
    beid_buf_put(place, ca);
    if (beid_buf_status(place) != BEID_OK) {
        beid_buf_reset(place);
    }
}
