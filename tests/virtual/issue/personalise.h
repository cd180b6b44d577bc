/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PERSONALISE_H
#define BEID_VIRTUAL_PERSONALISE_H

#include "person.h"
#include "vcard.h"

#include <beid/err.h>

#define PERSONALISE_PUK2 "222222"
#define PERSONALISE_PUK1 "111111"

/* What a new card is made of. */
struct personalise {
    enum vcard_applet applet;
    const struct person *person;
    const char *pin; /* 4 to 12 digits */
    const char *pki_dir; /* exists; holds or receives the test PKI */
    unsigned number; /* of the card in this PKI, from 0 */
    const char *servers; /* as in profile.h; NULL: names without a server */
};

/*
 * Makes a personalised card. BEID_ERR_FORMAT: a bad PIN, or a PKI of the other
 * generation in pki_dir; BEID_ERR_IO: pki_dir cannot be written.
 */
enum beid_err personalise(const struct personalise *order,
                          struct vcard **out) BEID_NODISCARD;

#endif
