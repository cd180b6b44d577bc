/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_IDENTITY_NUMBER_H
#define BEID_CARD_IDENTITY_NUMBER_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

#define IDENTITY_NUMBER_LEN 11U

/*
 * Checks a national number: eleven digits of which the last two are 97 minus
 * the rest of the first nine, with a 2 before them for births from 2000 on,
 * divided by 97 (facts §3.2). *since_2000 is that century. BEID_ERR_FORMAT.
 */
enum beid_err identity_number_check(struct beid_span number,
                                    bool *since_2000) BEID_NODISCARD;

#endif
