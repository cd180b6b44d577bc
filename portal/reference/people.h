/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_PEOPLE_H
#define BEID_PORTAL_PEOPLE_H

#include "page.h"
#include "pseudonym.h"

#define PEOPLE_MAX 16U
#define PERSON_ID_SIZE 24U

/*
 * Invented people and what the administrations would know about them. The
 * file has lines "id.field = text"; a person is who has a national_number,
 * which is turned into the pseudonym and wiped.
 */
struct person {
    char id[PERSON_ID_SIZE];
    char subject[PSEUDONYM_SIZE];
};

struct people {
    struct texts texts;
    struct person items[PEOPLE_MAX];
    size_t count;
};

/* As texts_load(); BEID_ERR_LIMIT for too many people. */
enum beid_err people_load(const char *path,
                          const uint8_t key[PSEUDONYM_KEY_SIZE],
                          struct people *out) BEID_NODISCARD;
void people_clear(struct people *people);

/* Both give NULL when there is no such person. */
const struct person *people_by_id(const struct people *people, const char *id);
const struct person *people_by_subject(const struct people *people,
                                       const char *subject);

/* What is known about a person; "" when nothing is, or person is NULL. */
const char *people_field(const struct people *people,
                         const struct person *person, const char *field);

#endif
