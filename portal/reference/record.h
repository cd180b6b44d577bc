/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_RECORD_H
#define BEID_PORTAL_RECORD_H

#include "store.h"

#include <beid/bytes.h>

/* The longest record: a session with the longest names. */
#define RECORD_MAX 1024U
/* And the longest of a kept entry. */
#define RECORD_ENTRY_MAX (ENTRY_VALUE_MAX + 32)

/*
 * Sessions and nonces as bytes, for stores that keep one value under one key.
 * Encoding appends to out; decoding gives BEID_ERR_FORMAT for anything that
 * was not encoded by the same version.
 */
void record_put_session(struct beid_buf *out, const struct session *session);
enum beid_err record_parse_session(struct beid_span from,
                                   struct session *out) BEID_NODISCARD;
void record_put_nonce(struct beid_buf *out, const struct nonce *nonce);
enum beid_err record_parse_nonce(struct beid_span from,
                                 struct nonce *out) BEID_NODISCARD;

/* All but the name; what fails leaves nothing in out to clear. */
void record_put_entry(struct beid_buf *out, const struct sealed *entry);
enum beid_err record_parse_entry(struct beid_span from,
                                 struct sealed *out) BEID_NODISCARD;

#endif
