/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/identity_field.h"

#define FIELD(tag, name, kind) [tag] = {name, tag, kind}

const struct identity_field identity_fields[IDENTITY_FIELDS] = {
    FIELD(IDENTITY_VERSION, "identity_version", IDENTITY_BYTES),
    FIELD(IDENTITY_CARD_NUMBER, "card_number", IDENTITY_TEXT),
    FIELD(IDENTITY_CHIP_NUMBER, "chip_number", IDENTITY_BYTES),
    FIELD(IDENTITY_VALID_FROM, "validity_begin_date", IDENTITY_TEXT),
    FIELD(IDENTITY_VALID_TO, "validity_end_date", IDENTITY_TEXT),
    FIELD(IDENTITY_MUNICIPALITY, "issuing_municipality", IDENTITY_TEXT),
    FIELD(IDENTITY_NATIONAL_NUMBER, "national_number", IDENTITY_TEXT),
    FIELD(IDENTITY_SURNAME, "surname", IDENTITY_TEXT),
    FIELD(IDENTITY_GIVEN_NAMES, "firstnames", IDENTITY_TEXT),
    FIELD(IDENTITY_THIRD_INITIAL, "first_letter_of_third_given_name",
          IDENTITY_TEXT),
    FIELD(IDENTITY_NATIONALITY, "nationality", IDENTITY_TEXT),
    FIELD(IDENTITY_BIRTH_PLACE, "location_of_birth", IDENTITY_TEXT),
    FIELD(IDENTITY_BIRTH_DATE, "date_of_birth", IDENTITY_TEXT),
    FIELD(IDENTITY_SEX, "gender", IDENTITY_TEXT),
    FIELD(IDENTITY_NOBLE, "nobility", IDENTITY_TEXT),
    FIELD(IDENTITY_DOCUMENT, "document_type", IDENTITY_TEXT),
    FIELD(IDENTITY_SPECIAL_STATUS, "special_status", IDENTITY_TEXT),
    FIELD(IDENTITY_PHOTO_HASH, "photo_hash", IDENTITY_BYTES),
    FIELD(IDENTITY_DUPLICATE, "duplicata", IDENTITY_TEXT),
    FIELD(IDENTITY_ORGANISATION, "special_organization", IDENTITY_TEXT),
    FIELD(IDENTITY_FAMILY_MEMBER, "member_of_family", IDENTITY_FLAG),
    FIELD(IDENTITY_PROTECTION, "date_and_country_of_protection", IDENTITY_TEXT),
    FIELD(IDENTITY_WORK, "work_permit_mention", IDENTITY_TEXT),
    FIELD(IDENTITY_EMPLOYER_1, "employer_vat_1", IDENTITY_TEXT),
    FIELD(IDENTITY_EMPLOYER_2, "employer_vat_2", IDENTITY_TEXT),
    FIELD(IDENTITY_REGIONAL_NUMBER, "regional_file_number", IDENTITY_TEXT),
    FIELD(IDENTITY_BASIC_KEY_HASH, "basic_key_hash", IDENTITY_BYTES),
    FIELD(IDENTITY_BREXIT_1, "brexit_mention_1", IDENTITY_TEXT),
    FIELD(IDENTITY_BREXIT_2, "brexit_mention_2", IDENTITY_TEXT),
    FIELD(IDENTITY_MENTION_1, "cardA_mention_1", IDENTITY_TEXT),
    FIELD(IDENTITY_MENTION_2, "cardA_mention_2", IDENTITY_TEXT),
    FIELD(IDENTITY_EU_SINCE, "eu_start_date", IDENTITY_TEXT),
};

const struct identity_field address_fields[ADDRESS_FIELDS] = {
    FIELD(ADDRESS_VERSION, "address_version", IDENTITY_BYTES),
    FIELD(ADDRESS_STREET, "address_street_and_number", IDENTITY_TEXT),
    FIELD(ADDRESS_ZIP, "address_zip", IDENTITY_TEXT),
    FIELD(ADDRESS_MUNICIPALITY, "address_municipality", IDENTITY_TEXT),
};
