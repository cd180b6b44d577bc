/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_CHIP_H
#define BEID_CARD_CHIP_H

#include "card/card.h"

#include <beid/bytes.h>
#include <beid/err.h>

#define CHIP_CHALLENGE_LEN 48U
#define CHIP_RESPONSE_LEN 96U /* r and s of P-384 */

/*
 * Inside a transaction: INTERNAL AUTHENTICATE with the chip's own key, which
 * wants no PIN. challenge holds CHIP_CHALLENGE_LEN random bytes, which are
 * signed as if they were a hash; *out, empty and with room for it, gets the
 * response. It does not disturb a PIN right, but a key chosen before is no
 * longer chosen. BEID_ERR_UNSUPPORTED on applet 1.7, BEID_ERR_STATE once the
 * chip has answered 5000 times since the last PIN.
 */
enum beid_err chip_answer(const struct card *card, struct beid_span challenge,
                          struct beid_buf *out) BEID_NODISCARD;

#endif
