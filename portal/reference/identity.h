/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_IDENTITY_H
#define BEID_PORTAL_IDENTITY_H

#include "store.h"

#include <beid/bytes.h>

#define IDENTITY_MAX ((size_t)4096)

/* What a municipality learns about somebody who logged in. */
struct identity {
    char subject[SESSION_HEX_SIZE]; /* another one for each municipality */
    char given_names[SESSION_NAME_SIZE];
    char surname[SESSION_NAME_SIZE];
    time_t verified_at; /* a card was verified last; 0: never */
    char ticket[SESSION_TOKEN_SIZE]; /* opens the panel, once */
};

/* As JSON, appended to out. */
enum beid_err identity_encode(const struct identity *identity,
                              struct beid_buf *out) BEID_NODISCARD;

/* BEID_ERR_FORMAT when a member is missing, too long or of another type. */
enum beid_err identity_parse(struct beid_span json,
                             struct identity *out) BEID_NODISCARD;

#endif
