/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_POLICY_H
#define BEID_PORTAL_POLICY_H

#include "site.h"

/* Fills in the headers that every reply of this site carries. */
enum beid_err policy_make(struct site *site) BEID_NODISCARD;

#endif
