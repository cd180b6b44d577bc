/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SESSION_H
#define BEID_PORTAL_SESSION_H

#include "site.h"
#include "token.h"

/* How long somebody stays logged in, in seconds. */
#define SESSION_KNOWN_SECONDS 3600

/* How long a visitor may take to log in or to fill a form in. */
#define SESSION_OPEN_SECONDS 900

/* Finds the living session that the visitor's cookie names, if any. */
void session_find(struct visit *visit);

/*
 * Starts a session under a fresh id with a fresh CSRF token, in place of the
 * one the visitor had, and sets the cookie. The caller has filled the rest
 * of visit->session. Fails, with nothing begun, while the old one lives on, and
 * with BEID_ERR_NOT_FOUND when it has ended since it was found.
 */
enum beid_err session_begin(struct visit *visit) BEID_NODISCARD;

/* Starts a session of nobody, for a form, when the visitor has none. */
enum beid_err session_open(struct visit *visit) BEID_NODISCARD;

/*
 * A new session for this person, under a fresh id, in place of the one the
 * visitor had. verified_at: when a card proved it; 0 for other means. What
 * fails leaves the visit without a session.
 */
enum beid_err session_raise(struct visit *visit, const struct holder *holder,
                            time_t verified_at) BEID_NODISCARD;

/* Did a card prove who this is, within the last max_age seconds? */
bool session_high(const struct visit *visit);

/*
 * Forgets the session and the cookie. When the store cannot, the session lives
 * on and the cookie stays, so that one can try again.
 */
enum beid_err session_end(struct visit *visit) BEID_NODISCARD;

/* Is this the CSRF token of the visitor's session? token may be NULL. */
bool session_csrf(const struct visit *visit, const char *token);

/* 32 random bytes in padded base64: 44 characters. */
enum beid_err session_random(char out[SESSION_TOKEN_SIZE]) BEID_NODISCARD;

/* 22 random bytes as 44 hexadecimal digits: safe in forms and headers. */
enum beid_err session_random_hex(char out[SESSION_TOKEN_SIZE]) BEID_NODISCARD;

#endif
