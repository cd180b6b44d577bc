/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SEAL_H
#define BEID_PORTAL_SEAL_H

#include "pseudonym.h"

#include <beid/bytes.h>

#define SEAL_KEY_SIZE 32U

/* A key for sealing, derived from the one that pseudonyms are made with. */
enum beid_err seal_key_make(const uint8_t key[PSEUDONYM_KEY_SIZE],
                            uint8_t out[SEAL_KEY_SIZE]) BEID_NODISCARD;

/*
 * Appends plain encrypted with AES-256-GCM; place says where it belongs, and
 * must be the same when it is opened.
 */
enum beid_err seal_close(const uint8_t key[SEAL_KEY_SIZE],
                         struct beid_span place, struct beid_span plain,
                         struct beid_buf *out) BEID_NODISCARD;

/* Appends the plain text; BEID_ERR_FORMAT for what we did not seal there. */
enum beid_err seal_open(const uint8_t key[SEAL_KEY_SIZE],
                        struct beid_span place, struct beid_span sealed,
                        struct beid_buf *out) BEID_NODISCARD;

#endif
