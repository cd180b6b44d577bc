/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SOURCE_H
#define BEID_PORTAL_SOURCE_H

#include "site.h"

/*
 * Whoever keeps a datum that a citizen reported (in reality the National
 * Register, the land registry and so on) asks here for the reports and returns
 * the corrections, with a key of its own and without a session.
 */

#define SOURCE_KEY_MIN 32U

/*
 * GET: open reports as {"reports":[...],"more":true}, each with the citizen's
 * words, the newest first; where there are more, ?page=2 has the next ones.
 */
void source_reports(struct visit *visit);

/*
 * POST: what is true now; the citizen is told, and sees it from now on. 409 while
 * another correction of the same datum is written: to be sent again.
 */
void source_correction(struct visit *visit);

#endif
