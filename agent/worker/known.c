/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/known.h"

void
known_init(struct known *known)
{
    known->next = 0;
    for (size_t i = 0; i < KNOWN_MAX; i++) {
        beid_buf_init(&known->place[i].der, BEID_WIRE_CERT_MAX);
        certificate_init(&known->place[i].certificate);
    }
}

void
known_clear(struct known *known)
{
    for (size_t i = 0; i < KNOWN_MAX; i++) {
        beid_buf_clear(&known->place[i].der);
        certificate_clear(&known->place[i].certificate);
    }
    known->next = 0;
}

/* What cannot be kept is parsed again. */
static void
keep(struct known *known, struct beid_span der,
     const struct certificate *certificate)
{
    struct beid_buf *kept = &known->place[known->next].der;
    struct certificate *copy = &known->place[known->next].certificate;
    beid_buf_reset(kept);
    certificate_clear(copy);
    if (certificate_copy(certificate, copy) != BEID_OK) {
        return;
    }
    beid_buf_put(kept, der);
    if (beid_buf_status(kept) != BEID_OK) {
        beid_buf_reset(kept);
    }
    known->next = (known->next + 1) % KNOWN_MAX;
}

enum beid_err
known_parse(struct known *known, struct beid_span der, struct certificate *out)
{
    for (size_t i = 0; i < KNOWN_MAX; i++) {
        if (der.len > 0
            && beid_span_same(beid_buf_span(&known->place[i].der), der)) {
            return certificate_copy(&known->place[i].certificate, out);
        }
    }
    enum beid_err err = certificate_parse(der, out);
    if (err == BEID_OK) {
        keep(known, der, out);
    }
    return err;
}
