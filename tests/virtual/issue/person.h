/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PERSON_H
#define BEID_VIRTUAL_PERSON_H

#include <stdbool.h>

/*
 * The synthetic people that cards are made for. Their national numbers carry
 * the serial number 000, which is never given to a real person.
 */
struct person {
    const char *name; /* as in --person */
    const char *about; /* for the help text */
    const char *first_name; /* in the common name */
    const char *given_names; /* the first two */
    const char *third_initial; /* or "" */
    const char *surname;
    const char *birth; /* YYMMDD, as in the national number */
    const char *birth_text; /* as printed in EF 4031 */
    const char *birth_place;
    const char *sex;
    const char *nationality;
    const char *municipality; /* that issued the card */
    const char *document_type; /* tag 0F */
    const char *street;
    const char *zip;
    const char *city;
    bool born_since_2000;
    bool foreigner; /* issued by the Foreigner CA */
    bool no_auth_cert;
    bool no_sign_cert;
    bool expired;
    bool expiring; /* its certificates end within a month */
    bool not_yet; /* its certificates begin the day after tomorrow */
};

#define PERSON_NUMBER_LEN 11U

/* The person of this name; NULL when there is none. */
const struct person *person_find(const char *name);

/* The n-th person, NULL past the end. */
const struct person *person_at(unsigned n);

/* Writes the national number, check digits included, and a terminator. */
void person_number(const struct person *person,
                   char out[PERSON_NUMBER_LEN + 1]);

#endif
