/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_GRANT_H
#define BEID_PORTAL_GRANT_H

#include "site.h"

/*
 * What may be had once by whoever knows a code: kept in the store as a session
 * that no cookie names. Its csrf and certificate hold what it is bound to.
 */

/* What a code is good for, and nothing else. */
enum grant_kind {
    GRANT_ASK, /* what a municipality asked waits for a login */
    GRANT_LOGIN, /* a municipality may learn who logged in */
    GRANT_PANEL /* a municipality's page may show the panel */
};

/* Codes and verifiers: 22 random bytes in hexadecimal. */
#define GRANT_CODE_LENGTH (SESSION_TOKEN_SIZE - 1)
/* A SHA-256 in base64url. */
#define GRANT_CHALLENGE_LENGTH 43U

/* Keeps what until its expires, under a fresh code. */
enum beid_err grant_put(struct visit *visit, enum grant_kind kind,
                        const struct session *what,
                        char code[SESSION_TOKEN_SIZE]) BEID_NODISCARD;

/* BEID_ERR_NOT_FOUND when it was never there, was taken, or its time passed. */
enum beid_err grant_take(struct visit *visit, enum grant_kind kind,
                         const char *code, struct session *out) BEID_NODISCARD;

/* As grant_take(), but it stays. */
enum beid_err grant_look(struct visit *visit, enum grant_kind kind,
                         const char *code, struct session *out) BEID_NODISCARD;

/* Is this text made of length characters of a code, or of base64url? */
bool grant_code_good(const char *text);
bool grant_challenge_good(const char *text);

/* The challenge that only who knows the verifier can answer (RFC 7636, S256). */
enum beid_err grant_challenge(const char *verifier,
                              char out[SESSION_TOKEN_SIZE]) BEID_NODISCARD;

/* The state that belongs to a verifier, for the browser to carry. */
enum beid_err grant_state(const char *verifier,
                          char out[SESSION_TOKEN_SIZE]) BEID_NODISCARD;

/* SHA-256 in hexadecimal over two texts and what stands between them. */
enum beid_err grant_bind(const char *one, const char *other,
                         char out[SESSION_HEX_SIZE]) BEID_NODISCARD;

#endif
