/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_CARD_READ_H
#define BEID_CLI_CARD_READ_H

#include "card/identity.h"
#include "card/identity_date.h"
#include "card/identity_document.h"
#include "module.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

/* One thing that was checked, or could not be because something lacks. */
enum card_result {
    CARD_UNCHECKED,
    CARD_GOOD,
    CARD_WRONG,
};

/* In the order in which they are shown. */
enum card_check {
    CARD_CHECK_IDENTITY, /* signed by the National Register */
    CARD_CHECK_ADDRESS,
    CARD_CHECK_PHOTO, /* its hash is in the identity */
    CARD_CHECK_NUMBER, /* check digits of the national number */
    CARD_CHECK_CHIP, /* only 1.8: not a copy of another card */
    CARD_CHECK_COUNT
};

/* Who stands behind the National Register's signatures. */
enum card_origin {
    CARD_ORIGIN_UNKNOWN,
    CARD_ORIGIN_TEST,
    CARD_ORIGIN_BELGIUM,
};

enum card_certificate {
    CARD_CERTIFICATE_AUTHENTICATION,
    CARD_CERTIFICATE_SIGNATURE,
    CARD_CERTIFICATE_CA,
    CARD_CERTIFICATE_ROOT,
    CARD_CERTIFICATE_RRN,
    CARD_CERTIFICATE_COUNT
};

enum card_file_index {
    CARD_DATA_IDENTITY,
    CARD_DATA_IDENTITY_SIGNATURE,
    CARD_DATA_ADDRESS,
    CARD_DATA_ADDRESS_SIGNATURE,
    CARD_DATA_PHOTO,
    CARD_DATA_BASIC_KEY,
    CARD_DATA_CHIP,
    CARD_DATA_COUNT
};

/* Everything on one card, and what was found of it. */
struct card_facts {
    char model[CLI_MODEL_LEN + 1];
    bool has_chip_key; /* the chip must prove itself */
    struct beid_buf data[CARD_DATA_COUNT];
    struct cli_certificate certificate[CARD_CERTIFICATE_COUNT];
    bool readable; /* identity holds */
    bool has_address; /* address holds */
    struct identity identity; /* into data */
    struct address address;
    struct identity_date from; /* year 0: unreadable */
    struct identity_date to;
    struct identity_date birth;
    const struct identity_document *document; /* NULL: not on the list */
    enum card_origin origin;
    enum card_result check[CARD_CHECK_COUNT];
};

void card_facts_init(struct card_facts *facts);
void card_facts_clear(struct card_facts *facts);

/*
 * Reads the card in the slot in use and checks what can be checked. What is
 * absent or malformed is no error here, it is what the facts tell.
 */
enum beid_err card_facts_read(const struct cli_module *module,
                              struct card_facts *facts) BEID_NODISCARD;

/* The label of that certificate in the module; static storage. */
const char *card_certificate_label(enum card_certificate which);

/* Nothing is wrong or unchecked, and this issuer stands behind it. */
bool card_facts_hold(const struct card_facts *facts, enum card_origin origin);

#endif
