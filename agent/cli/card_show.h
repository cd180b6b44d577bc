/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_CARD_SHOW_H
#define BEID_CLI_CARD_SHOW_H

#include "card_read.h"
#include "json_say.h"
#include "po/text.h"

/* Longest value that is shown; the card's longest field has 110 bytes. */
#define CARD_VALUE_MAX 512U

/*
 * A field as it may go to a terminal: what is no letter, digit or plain
 * punctuation becomes "?", spaces at its end go. A C string.
 */
void card_plain(struct beid_span field, char out[CARD_VALUE_MAX]);

/* YYYY-MM-DD or, for a birth of which only the year is known, YYYY. */
#define CARD_DATE_LEN 32U
void card_date(struct identity_date date, char out[CARD_DATE_LEN]);

/* Everything about one card, on standard output, in sentences. */
void card_text(const struct card_facts *facts, struct identity_date today,
               enum beid_lang lang);

/* The same as an object in an array. */
void card_json(const struct card_facts *facts, struct identity_date today,
               struct json_say *json);

#endif
