/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_TOWN_LINK_H
#define BEID_PORTAL_TOWN_LINK_H

#include "identity.h"
#include "site.h"

/*
 * Asks the portal, server to server, whose login a code stands for. All texts
 * are made of letters and digits. BEID_ERR_DENIED when the portal does not
 * take the code, BEID_ERR_IO when it cannot be asked.
 */
enum beid_err town_redeem(const struct site *site, const char *code,
                          const char *state, const char *verifier,
                          struct identity *out) BEID_NODISCARD;

#endif
