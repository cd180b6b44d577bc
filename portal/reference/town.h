/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_TOWN_H
#define BEID_PORTAL_TOWN_H

#include "site.h"

/*
 * The site of a municipality, on an origin of its own: its header carries the
 * portal, citizens log in at the portal, and come back with a code (see
 * sso.h). It asks nobody for a card and does not know the agent.
 */

/* The handler for http_start() when site->portal is set. */
http_handler town_handle;

#endif
