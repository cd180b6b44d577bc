/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_CHALLENGE_H
#define BEID_CARD_CHALLENGE_H

#include "card/card.h"

#include <beid/err.h>

#include <stddef.h>
#include <stdint.h>

#define CHALLENGE_MAX 32U /* as others ask for at most */

/*
 * Inside a transaction: GET CHALLENGE, len (1 to CHALLENGE_MAX) random bytes
 * of the card. BEID_ERR_UNSUPPORTED when the card gives none, which not every
 * applet does (facts §4.6); it is then not asked again.
 */
enum beid_err challenge_get(struct card *card, uint8_t *out,
                            size_t len) BEID_NODISCARD;

#endif
