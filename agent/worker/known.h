/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_KNOWN_H
#define BEID_WORKER_KNOWN_H

#include "worker/certificate.h"

#include <beid/bytes.h>

#define KNOWN_MAX 2U /* both of one card */

/*
 * Certificates as they were read last. The same bytes mean the same again, so
 * that the card that stays in its reader is parsed once; whether it may be used
 * is asked each time. In memory only; the oldest makes room.
 */
struct known {
    size_t next;
    struct {
        struct beid_buf der;
        struct certificate certificate;
    } place[KNOWN_MAX];
};

void known_init(struct known *known);
void known_clear(struct known *known);

/* As certificate_parse(). */
enum beid_err known_parse(struct known *known, struct beid_span der,
                          struct certificate *out) BEID_NODISCARD;

#endif
