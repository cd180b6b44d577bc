/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_AUDIT_H
#define BEID_PORTAL_AUDIT_H

#include "site.h"

/*
 * Writes one JSON line to the audit trail: when, what, who (by pseudonym, as
 * the session says) and the transaction. event and detail are fixed words, a
 * path or a number of ours; transaction may be "". Without a trail nothing
 * happens; one that cannot be written is told in the log.
 */
void audit_write(const struct visit *visit, const char *event,
                 const char *detail, const char *transaction);

#endif
