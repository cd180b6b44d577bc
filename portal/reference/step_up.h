/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_STEP_UP_H
#define BEID_PORTAL_STEP_UP_H

#include "site.h"

/*
 * POST /step-up/request?for=PATH: a request of kind access for a section,
 * signed with the portal's key, for the agent to show.
 */
void step_up_request(struct visit *visit);

/*
 * POST /step-up/token: the agent's answer to it. The same person as the
 * session's gets a new session of the high level; anybody else is refused,
 * and that goes to the audit trail.
 */
void step_up_token(struct visit *visit);

#endif
