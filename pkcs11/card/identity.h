/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_IDENTITY_H
#define BEID_CARD_IDENTITY_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * What EF(ID#RN) and EF(ID#Address) hold. The identity_* files know nothing
 * of readers and commands: bytes in, fields out. Nothing here is proven
 * before identity_verify.h says so.
 */

/* Tags of EF(ID#RN) (facts §3.2). */
enum identity_tag {
    IDENTITY_VERSION = 0x00, /* of the file; may be absent */
    IDENTITY_CARD_NUMBER = 0x01,
    IDENTITY_CHIP_NUMBER = 0x02, /* binary */
    IDENTITY_VALID_FROM = 0x03,
    IDENTITY_VALID_TO = 0x04,
    IDENTITY_MUNICIPALITY = 0x05, /* that issued the card */
    IDENTITY_NATIONAL_NUMBER = 0x06,
    IDENTITY_SURNAME = 0x07,
    IDENTITY_GIVEN_NAMES = 0x08, /* the first two */
    IDENTITY_THIRD_INITIAL = 0x09,
    IDENTITY_NATIONALITY = 0x0A,
    IDENTITY_BIRTH_PLACE = 0x0B,
    IDENTITY_BIRTH_DATE = 0x0C,
    IDENTITY_SEX = 0x0D,
    IDENTITY_NOBLE = 0x0E,
    IDENTITY_DOCUMENT = 0x0F, /* type, see identity_document.h */
    IDENTITY_SPECIAL_STATUS = 0x10,
    IDENTITY_PHOTO_HASH = 0x11, /* binary; its length names the hash */
    IDENTITY_DUPLICATE = 0x12,
    IDENTITY_ORGANISATION = 0x13,
    IDENTITY_FAMILY_MEMBER = 0x14, /* being there, empty, means yes */
    IDENTITY_PROTECTION = 0x15,
    IDENTITY_WORK = 0x16,
    IDENTITY_EMPLOYER_1 = 0x17,
    IDENTITY_EMPLOYER_2 = 0x18,
    IDENTITY_REGIONAL_NUMBER = 0x19,
    IDENTITY_BASIC_KEY_HASH = 0x1A, /* binary; applet 1.8 */
    IDENTITY_BREXIT_1 = 0x1B,
    IDENTITY_BREXIT_2 = 0x1C,
    IDENTITY_MENTION_1 = 0x1D, /* of A cards */
    IDENTITY_MENTION_2 = 0x1E,
    IDENTITY_EU_SINCE = 0x1F,
};

/* Tags of EF(ID#Address) (facts §3.4). */
enum address_tag {
    ADDRESS_VERSION = 0x00,
    ADDRESS_STREET = 0x01, /* and number; may end in spaces */
    ADDRESS_ZIP = 0x02,
    ADDRESS_MUNICIPALITY = 0x03,
};

#define IDENTITY_FIELDS 32U
#define ADDRESS_FIELDS 4U
#define IDENTITY_CHIP_NUMBER_LEN 16U
#define IDENTITY_BASIC_KEY_HASH_LEN 48U

/*
 * Fields by tag, borrowed from the file and exactly as there: text is UTF-8
 * as the issuer wrote it, which the reader of it has yet to check. An absent
 * field is empty; present has a bit for each tag that is there.
 */
struct identity {
    struct beid_span field[IDENTITY_FIELDS];
    uint32_t present;
};

struct address {
    struct beid_span field[ADDRESS_FIELDS];
    uint32_t present;
};

/*
 * Reads a whole file. BEID_ERR_FORMAT when the fields do not ascend, one does
 * not fit, something other than zeros follows them, a field that every card
 * has is absent, or a binary one has a length that it cannot have. Unknown
 * tags behind the known ones are passed over.
 */
enum beid_err identity_parse(struct beid_span file,
                             struct identity *out) BEID_NODISCARD;
enum beid_err address_parse(struct beid_span file,
                            struct address *out) BEID_NODISCARD;

bool identity_has(const struct identity *identity, enum identity_tag tag);

#endif
