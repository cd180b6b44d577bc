/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_TOKEN_H
#define BEID_PORTAL_TOKEN_H

#include "site.h"

/* Who a login is about, as the session keeps it. */
struct holder {
    char subject[SESSION_HEX_SIZE]; /* pseudonym */
    char certificate[SESSION_HEX_SIZE]; /* empty without a card */
    char given_names[SESSION_NAME_SIZE];
    char surname[SESSION_NAME_SIZE];
    enum beid_verify_revocation revocation; /* how it was looked up */
};

/* Sets the name; NULL is none. BEID_ERR_LIMIT when it does not fit. */
enum beid_err holder_name(struct holder *holder, const char *given_names,
                          const char *surname) BEID_NODISCARD;

/*
 * Verifies the posted token over this nonce and tells whose it is. false:
 * the refusal has been answered. The nonce was taken before.
 */
bool token_judge(struct visit *visit, enum verifier which, const char *nonce,
                 struct holder *out);

/*
 * Answers what did not verify, and writes the event to the audit trail with
 * how revocation is known.
 */
void token_refuse(struct visit *visit, enum beid_verify_result result,
                  const struct beid_verify_inquiry *inquiry, const char *event);

/* What the audit trail says of a card that was accepted; static. */
const char *token_seen(enum beid_verify_revocation revocation);

/*
 * Takes the visitor's nonce for this purpose, so that it is used once. false:
 * there was none, or the store is away, and the visitor was told so.
 */
bool token_nonce(struct visit *visit, enum nonce_purpose purpose,
                 struct nonce *out) BEID_NODISCARD;

#endif
