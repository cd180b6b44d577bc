/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_PIN_H
#define BEID_CARD_PIN_H

#include "card/card.h"

#include <beid/bytes.h>
#include <beid/err.h>

#define PIN_DIGITS_MIN 4U
#define PIN_DIGITS_MAX 12U

/*
 * Inside a transaction: VERIFY with the digits of *pin, sent once, never
 * again. card->tries follows the answer. BEID_ERR_PIN_LENGTH for fewer or
 * more digits than the card takes and BEID_ERR_ARGUMENT for what is no digit;
 * nothing is sent then. BEID_ERR_PIN_WRONG, BEID_ERR_PIN_BLOCKED as the card
 * says. No copy of the PIN outlives the call.
 */
enum beid_err pin_verify(struct card *card,
                         struct beid_span digits) BEID_NODISCARD;

/*
 * Inside a transaction: CHANGE REFERENCE DATA from the old to the new digits,
 * sent once, never again; the right of the old PIN is open afterwards. Errors
 * as of pin_verify(), about the old PIN; BEID_ERR_ARGUMENT also when the card
 * does not take the new one. *sent tells whether the card got them.
 */
enum beid_err pin_change(struct card *card, struct beid_span old_digits,
                         struct beid_span new_digits,
                         bool *sent) BEID_NODISCARD;

/*
 * Inside a transaction: refreshes card->tries without costing one. On 1.8 this
 * is GET CARD DATA, on 1.7 an empty VERIFY; an older applet would count the
 * latter as a wrong PIN, but is never opened (manual 1.7 §6.5).
 */
enum beid_err pin_ask_tries(struct card *card) BEID_NODISCARD;

/* Inside a transaction: LOG OFF, drops every PIN right. */
enum beid_err pin_log_off(const struct card *card) BEID_NODISCARD;

#endif
