/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_LOGIN_H
#define BEID_PORTAL_LOGIN_H

#include "site.h"

/* POST /login/nonce: hands out a nonce that this session may use once. */
void login_nonce(struct visit *visit);

/* POST /login/token: judges the agent's answer and raises the session. */
void login_token(struct visit *visit);

/*
 * POST /login/other, a form: stands in for means of login without a card.
 * Only the invented people of --people can be chosen, and the level is low.
 */
void login_other(struct visit *visit);

/* POST /logout, a form. */
void login_end(struct visit *visit);

#endif
