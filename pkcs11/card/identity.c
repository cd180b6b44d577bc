/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/identity.h"

#include <beid/tlv.h>

#define BIT(tag) ((uint32_t)1 << (unsigned)(tag))

/* Fields that the table of the content document calls mandatory. */
static const uint32_t mandatory =
    BIT(IDENTITY_CARD_NUMBER) | BIT(IDENTITY_CHIP_NUMBER)
    | BIT(IDENTITY_VALID_FROM) | BIT(IDENTITY_VALID_TO)
    | BIT(IDENTITY_MUNICIPALITY) | BIT(IDENTITY_NATIONAL_NUMBER)
    | BIT(IDENTITY_SURNAME) | BIT(IDENTITY_NATIONALITY)
    | BIT(IDENTITY_BIRTH_PLACE) | BIT(IDENTITY_BIRTH_DATE) | BIT(IDENTITY_SEX)
    | BIT(IDENTITY_DOCUMENT) | BIT(IDENTITY_PHOTO_HASH);

static const uint32_t mandatory_address =
    BIT(ADDRESS_STREET) | BIT(ADDRESS_ZIP) | BIT(ADDRESS_MUNICIPALITY);

/*
 * Fills field[] of the tags below count. Tags ascend, so that tag 00 is the
 * first or the padding, and none comes twice.
 */
static enum beid_err
take_fields(struct beid_span rest, struct beid_span *field, size_t count,
            uint32_t *present)
{
    int last = -1;
    while (rest.len > 0) {
        struct beid_tlv tlv = {0};
        if (beid_span_trim_zeros(rest).len == 0) {
            return BEID_OK;
        }
        enum beid_err err = beid_belpic_take(&rest, &tlv);
        if (err != BEID_OK) {
            return err;
        }
        if ((int)tlv.tag <= last) {
            return BEID_ERR_FORMAT;
        }
        last = tlv.tag;
        if (tlv.tag < count) {
            field[tlv.tag] = tlv.value;
            *present |= BIT(tlv.tag);
        }
    }
    return BEID_OK;
}

/* SHA-1, SHA-256 or SHA-384 (facts §3.2). */
static bool
is_hash_length(size_t len)
{
    return len == 20 || len == 32 || len == 48;
}

enum beid_err
identity_parse(struct beid_span file, struct identity *out)
{
    struct identity made = {0};
    enum beid_err err =
        take_fields(file, made.field, IDENTITY_FIELDS, &made.present);
    if (err != BEID_OK) {
        return err;
    }
    if ((made.present & mandatory) != mandatory
        || made.field[IDENTITY_CHIP_NUMBER].len != IDENTITY_CHIP_NUMBER_LEN
        || !is_hash_length(made.field[IDENTITY_PHOTO_HASH].len)
        || made.field[IDENTITY_FAMILY_MEMBER].len != 0) {
        return BEID_ERR_FORMAT;
    }
    if (identity_has(&made, IDENTITY_BASIC_KEY_HASH)
        && made.field[IDENTITY_BASIC_KEY_HASH].len
               != IDENTITY_BASIC_KEY_HASH_LEN) {
        return BEID_ERR_FORMAT;
    }
    *out = made;
    return BEID_OK;
}

enum beid_err
address_parse(struct beid_span file, struct address *out)
{
    struct address made = {0};
    enum beid_err err =
        take_fields(file, made.field, ADDRESS_FIELDS, &made.present);
    if (err == BEID_OK
        && (made.present & mandatory_address) != mandatory_address) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        *out = made;
    }
    return err;
}

bool
identity_has(const struct identity *identity, enum identity_tag tag)
{
    return (identity->present & BIT(tag)) != 0;
}
