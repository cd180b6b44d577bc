/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_IDENTITY_DATE_H
#define BEID_CARD_IDENTITY_DATE_H

#include <beid/bytes.h>
#include <beid/err.h>

/* A day; month and day are 0 when only the year is known. */
struct identity_date {
    unsigned year;
    unsigned month; /* 1 to 12 */
    unsigned day;
};

/* DD.MM.YYYY, as the card's own dates are. BEID_ERR_FORMAT. */
enum beid_err identity_date_parse(struct beid_span text,
                                  struct identity_date *out) BEID_NODISCARD;

/*
 * A date of birth in Dutch, French or German as cards have it (facts §3.3):
 * "01 MEI 1971", "1 JAN 1971", "13.AUG. 1996", or only "1948".
 * BEID_ERR_FORMAT for anything else and for days that do not exist.
 */
enum beid_err identity_birth_parse(struct beid_span text,
                                   struct identity_date *out) BEID_NODISCARD;

/* Before 0, after 0, or the same day; both are whole dates. */
int identity_date_compare(struct identity_date a, struct identity_date b);

#endif
