/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_MODULUS 97U
#define SINCE_2000 2000000000UL

static const struct person people[] = {
    {.name = "adult",
     .about = "Belgian citizen, both certificates",
     .first_name = "Nora",
     .given_names = "Nora Angèle",
     .third_initial = "V",
     .surname = "Proefpersoon",
     .birth = "710501",
     .birth_text = "01 MEI 1971",
     .birth_place = "Gent",
     .sex = "V",
     .nationality = "Belg",
     .municipality = "Gent",
     .document_type = "1",
     .street = "Proefstraat 12 bus 3",
     .zip = "9000",
     .city = "Gent"},
    {.name = "other",
     .about = "another Belgian citizen, both certificates",
     .first_name = "Émile",
     .given_names = "Émile Jean",
     .third_initial = "",
     .surname = "Exemple d'Essai",
     .birth = "850817",
     .birth_text = "17 AOUT 1985",
     .birth_place = "Liège",
     .sex = "M",
     .nationality = "Belge",
     .municipality = "Namur",
     .document_type = "1",
     .street = "Rue de l'Essai 7",
     .zip = "5000",
     .city = "Namur"},
    {.name = "no-signature",
     .about = "Belgian citizen without signature certificate",
     .first_name = "Ulrike",
     .given_names = "Ulrike",
     .third_initial = "",
     .surname = "Beispiel",
     .birth = "620313",
     .birth_text = "13.MÄR. 1962",
     .birth_place = "Eupen",
     .sex = "W",
     .nationality = "Belg.",
     .municipality = "Eupen",
     .document_type = "1",
     .street = "Probeweg 1",
     .zip = "4700",
     .city = "Eupen",
     .no_sign_cert = true},
    {.name = "minor",
     .about = "minor without certificates",
     .first_name = "Tuur",
     .given_names = "Tuur",
     .third_initial = "",
     .surname = "Proefkind",
     .birth = "150922",
     .born_since_2000 = true,
     .birth_text = "22 SEP 2015",
     .birth_place = "Leuven",
     .sex = "M",
     .nationality = "Belg",
     .municipality = "Leuven",
     .document_type = "6",
     .street = "Proeflaan 4",
     .zip = "3000",
     .city = "Leuven",
     .no_auth_cert = true,
     .no_sign_cert = true},
    {.name = "youth",
     .about = "minor of twelve or more, without signature certificate",
     .first_name = "Lotte",
     .given_names = "Lotte",
     .third_initial = "",
     .surname = "Proefjongere",
     .birth = "130318",
     .born_since_2000 = true,
     .birth_text = "18 MAAR 2013",
     .birth_place = "Aalst",
     .sex = "V",
     .nationality = "Belg",
     .municipality = "Aalst",
     .document_type = "1",
     .street = "Proefhof 5",
     .zip = "9300",
     .city = "Aalst",
     .no_sign_cert = true},
    {.name = "foreigner",
     .about = "EU citizen with a card of the Foreigner CA",
     .first_name = "Inês",
     .given_names = "Inês Maria",
     .third_initial = "",
     .surname = "Exemplo",
     .birth = "900204",
     .birth_text = "04 FEB 1990",
     .birth_place = "Porto",
     .sex = "V",
     .nationality = "Portugal",
     .municipality = "Antwerpen",
     .document_type = "31",
     .street = "Proefplein 9",
     .zip = "2000",
     .city = "Antwerpen",
     .foreigner = true},
    {.name = "expired",
     .about = "Belgian citizen whose card and certificates expired",
     .first_name = "Oscar",
     .given_names = "Oscar",
     .third_initial = "",
     .surname = "Voorbij",
     .birth = "480610",
     .birth_text = "10 JUN 1948",
     .birth_place = "Brugge",
     .sex = "M",
     .nationality = "Belg",
     .municipality = "Brugge",
     .document_type = "1",
     .street = "Oude Proefweg 80",
     .zip = "8000",
     .city = "Brugge",
     .expired = true},
    {.name = "expiring",
     .about = "Belgian citizen whose certificates end in 30 days",
     .first_name = "Willem",
     .given_names = "Willem",
     .third_initial = "",
     .surname = "Weldra",
     .birth = "660628",
     .birth_text = "28 JUN 1966",
     .birth_place = "Oostende",
     .sex = "M",
     .nationality = "Belg",
     .municipality = "Oostende",
     .document_type = "1",
     .street = "Proefdijk 60",
     .zip = "8400",
     .city = "Oostende",
     .expiring = true},
    {.name = "not-yet",
     .about = "Belgian citizen whose certificates begin in two days",
     .first_name = "Ada",
     .given_names = "Ada",
     .third_initial = "",
     .surname = "Straks",
     .birth = "930712",
     .birth_text = "12 JUL 1993",
     .birth_place = "Hasselt",
     .sex = "V",
     .nationality = "Belg",
     .municipality = "Hasselt",
     .document_type = "1",
     .street = "Nieuwe Proefweg 2",
     .zip = "3500",
     .city = "Hasselt",
     .not_yet = true},
};

const struct person *
person_at(unsigned n)
{
    return n < sizeof(people) / sizeof(people[0]) ? &people[n] : NULL;
}

const struct person *
person_find(const char *name)
{
    for (unsigned i = 0; person_at(i) != NULL; i++) {
        if (strcmp(people[i].name, name) == 0) {
            return &people[i];
        }
    }
    return NULL;
}

void
person_number(const struct person *person, char out[PERSON_NUMBER_LEN + 1])
{
    unsigned long nine = strtoul(person->birth, NULL, 10) * 1000UL;
    unsigned long checked = nine + (person->born_since_2000 ? SINCE_2000 : 0);
    unsigned long check = CHECK_MODULUS - (checked % CHECK_MODULUS);
    (void)snprintf(out, PERSON_NUMBER_LEN + 1, "%09lu%02lu",
                   nine % 1000000000UL, check % 100UL);
}
