/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_JWS_H
#define BEID_POLICY_JWS_H

#include <beid/bytes.h>
#include <beid/err.h>

#define POLICY_JWS_MAX 16384U

/* A compact JWS (RFC 7515 §3.1), taken apart; nothing of it is believed yet. */
struct policy_jws {
    struct beid_span signing_input; /* borrowed: header, dot, payload */
    struct beid_buf header; /* JSON, decoded */
    struct beid_buf payload; /* JSON, decoded */
    struct beid_buf signature;
};

/* An empty one, and an end for whatever split made of it. */
void policy_jws_init(struct policy_jws *jws);
void policy_jws_clear(struct policy_jws *jws);

/*
 * Takes the compact form apart, which *jws borrows from: three parts of strict
 * base64url (RFC 4648 §5: no padding, no other character, unused bits zero),
 * none of them empty. BEID_ERR_FORMAT, BEID_ERR_LIMIT past POLICY_JWS_MAX,
 * BEID_ERR_MEMORY.
 */
enum beid_err policy_jws_split(struct beid_span compact,
                               struct policy_jws *jws) BEID_NODISCARD;

#endif
