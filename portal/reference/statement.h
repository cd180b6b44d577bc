/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_STATEMENT_H
#define BEID_PORTAL_STATEMENT_H

#include "site.h"

/* How long a signed statement is kept, in seconds: ten years. */
#define STATEMENT_SECONDS ((time_t)3653 * 86400)

/* Asks for a signed request that says the wish of this session. */
void statement_request(struct visit *visit);

/*
 * The agent's answer to that request: verified, compared with the person of
 * the session, kept, and only then followed.
 */
void statement_answer(struct visit *visit);

/*
 * The text or the signature of a kept statement, for its signer with a card.
 * false: the path names neither.
 */
bool statement_download(struct visit *visit);

#endif
