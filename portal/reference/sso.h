/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SSO_H
#define BEID_PORTAL_SSO_H

#include "site.h"

/*
 * Single sign-on, the portal's side: the only place where citizens log in.
 *
 *   municipality's page ──303──▶ /sso?client=…&state=…&challenge=…
 *   /sso (after the login, if there was none) ──303──▶ client/login/return?code=…&state=…
 *   municipality's server ──POST /sso/redeem──▶ who it is
 *
 * The code is used once, lives for a minute, and is bound to the municipality,
 * to the state that its own browser carries, and to the verifier that only the
 * server which began knows. Where to go back to is an exact entry of a list.
 */

/* GET /sso */
void sso_start(struct visit *visit);

/* POST /sso/redeem, from a server: no cookie, no page. */
void sso_redeem(struct visit *visit);

/*
 * GET /panel?ticket=…, in a frame of a municipality's page: a session of its
 * own at the low level, that frames of this municipality alone have.
 */
void sso_panel(struct visit *visit);

/*
 * GET /logout?client=…: after logging out of a municipality's site, asks whether
 * to log out here as well; who is not logged in goes back there at once.
 */
void sso_logout(struct visit *visit);

/* May a login go on there, to what a municipality asked? path may be NULL. */
bool sso_next(const char *path);

/* Sets visit->client to who asked what a login goes on with, if anybody did. */
void sso_client(struct visit *visit, const char *next);

#endif
