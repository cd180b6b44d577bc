/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_NAMES_H
#define BEID_CARD_NAMES_H

#include "card/transport.h"

#include <stddef.h>

/*
 * Cuts the multi-string that pcscd gives into the names of out. Nothing is
 * believed about it: every name must end inside the bytes that were returned,
 * too long ones are left out.
 */
void names_split(const char *names, size_t len, struct reader_scan *out);

#endif
