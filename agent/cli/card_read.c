/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card_read.h"

#include "card/identity_number.h"
#include "card/identity_verify.h"

#include <string.h>

#define DATA_MAX 16384U
#define CERTIFICATE_MAX 8192U
#define CHALLENGE_LEN 48U
#define RESPONSE_LEN 96U

static const char *const data_labels[CARD_DATA_COUNT] = {
    [CARD_DATA_IDENTITY] = "DATA_FILE",
    [CARD_DATA_IDENTITY_SIGNATURE] = "SIGN_DATA_FILE",
    [CARD_DATA_ADDRESS] = "ADDRESS_FILE",
    [CARD_DATA_ADDRESS_SIGNATURE] = "SIGN_ADDRESS_FILE",
    [CARD_DATA_PHOTO] = "PHOTO_FILE",
    [CARD_DATA_BASIC_KEY] = "BASIC_KEY_FILE",
    [CARD_DATA_CHIP] = "CHIP_RESPONSE",
};

static const char *const certificate_labels[CARD_CERTIFICATE_COUNT] = {
    [CARD_CERTIFICATE_AUTHENTICATION] = "Authentication",
    [CARD_CERTIFICATE_SIGNATURE] = "Signature",
    [CARD_CERTIFICATE_CA] = "CA",
    [CARD_CERTIFICATE_ROOT] = "Root",
    [CARD_CERTIFICATE_RRN] = "RRN",
};

const char *
card_certificate_label(enum card_certificate which)
{
    return certificate_labels[which];
}

void
card_facts_init(struct card_facts *facts)
{
    *facts = (struct card_facts){0};
    for (size_t i = 0; i < CARD_DATA_COUNT; i++) {
        beid_buf_init(&facts->data[i], DATA_MAX);
    }
    for (size_t i = 0; i < CARD_CERTIFICATE_COUNT; i++) {
        beid_buf_init(&facts->certificate[i].der, CERTIFICATE_MAX);
    }
}

void
card_facts_clear(struct card_facts *facts)
{
    for (size_t i = 0; i < CARD_DATA_COUNT; i++) {
        beid_buf_clear(&facts->data[i]);
    }
    for (size_t i = 0; i < CARD_CERTIFICATE_COUNT; i++) {
        beid_buf_clear(&facts->certificate[i].der);
    }
    card_facts_init(facts);
}

/* What a card lacks, or has in another form, is told by the facts. */
static enum beid_err
overlook(enum beid_err err)
{
    return err == BEID_ERR_NOT_FOUND || err == BEID_ERR_FORMAT
                   || err == BEID_ERR_LIMIT
               ? BEID_OK
               : err;
}

static enum beid_err
read_all(const struct cli_module *module, struct card_facts *facts)
{
    enum beid_err err = cli_module_model(module, facts->model);
    for (size_t i = 0; err == BEID_OK && i < CARD_DATA_COUNT; i++) {
        err =
            overlook(cli_module_data(module, data_labels[i], &facts->data[i]));
    }
    for (size_t i = 0; err == BEID_OK && i < CARD_CERTIFICATE_COUNT; i++) {
        err = overlook(cli_module_certificate(module, certificate_labels[i],
                                              &facts->certificate[i]));
    }
    return err;
}

static void
parse(struct card_facts *facts)
{
    facts->readable =
        identity_parse(beid_buf_span(&facts->data[CARD_DATA_IDENTITY]),
                       &facts->identity)
        == BEID_OK;
    facts->has_address =
        address_parse(beid_buf_span(&facts->data[CARD_DATA_ADDRESS]),
                      &facts->address)
        == BEID_OK;
    if (!facts->readable) {
        return;
    }
    /* What the signed identity says counts, not what the card calls itself: a
     * copy could claim to be of applet 1.7, which has nothing to prove. */
    facts->has_chip_key =
        identity_has(&facts->identity, IDENTITY_BASIC_KEY_HASH)
        || strcmp(facts->model, "Applet 1.7") != 0;
    const struct beid_span *field = facts->identity.field;
    if (identity_date_parse(field[IDENTITY_VALID_FROM], &facts->from) != BEID_OK
        || identity_date_parse(field[IDENTITY_VALID_TO], &facts->to)
               != BEID_OK) {
        facts->from = (struct identity_date){0};
        facts->to = (struct identity_date){0};
    }
    if (identity_birth_parse(field[IDENTITY_BIRTH_DATE], &facts->birth)
        != BEID_OK) {
        facts->birth = (struct identity_date){0};
    }
    facts->document = identity_document_find(field[IDENTITY_DOCUMENT]);
}

static enum card_result
result_of(enum beid_err err)
{
    return err == BEID_OK ? CARD_GOOD : CARD_WRONG;
}

static void
check_origin(struct card_facts *facts)
{
    enum identity_issuer issuer = IDENTITY_ISSUER_UNKNOWN;
    if (identity_issuer_check(
            beid_buf_span(&facts->certificate[CARD_CERTIFICATE_RRN].der),
            beid_buf_span(&facts->certificate[CARD_CERTIFICATE_ROOT].der),
            &issuer)
        != BEID_OK) {
        return;
    }
    if (issuer == IDENTITY_ISSUER_BELGIUM) {
        facts->origin = CARD_ORIGIN_BELGIUM;
    } else if (issuer == IDENTITY_ISSUER_TEST) {
        facts->origin = CARD_ORIGIN_TEST;
    }
}

static void
check_signatures(struct card_facts *facts)
{
    const struct beid_buf *data = facts->data;
    struct beid_span rrn =
        beid_buf_span(&facts->certificate[CARD_CERTIFICATE_RRN].der);
    if (rrn.len == 0) {
        return;
    }
    facts->check[CARD_CHECK_IDENTITY] = result_of(identity_signature_check(
        rrn, beid_buf_span(&data[CARD_DATA_IDENTITY]),
        beid_buf_span(&data[CARD_DATA_IDENTITY_SIGNATURE])));
    facts->check[CARD_CHECK_ADDRESS] = result_of(identity_address_check(
        rrn, beid_buf_span(&data[CARD_DATA_ADDRESS]),
        beid_buf_span(&data[CARD_DATA_IDENTITY_SIGNATURE]),
        beid_buf_span(&data[CARD_DATA_ADDRESS_SIGNATURE])));
}

/* The identity names the key, and its owner is in the reader. */
static enum beid_err
check_chip(const struct card_facts *facts)
{
    struct beid_span key = beid_buf_span(&facts->data[CARD_DATA_BASIC_KEY]);
    struct beid_span proof = beid_buf_span(&facts->data[CARD_DATA_CHIP]);
    struct beid_span challenge = {0};
    struct beid_span response = {0};
    enum beid_err err = identity_hash_check(
        key, facts->identity.field[IDENTITY_BASIC_KEY_HASH]);
    if (err == BEID_OK) {
        err = beid_span_take(&proof, CHALLENGE_LEN, &challenge);
    }
    if (err == BEID_OK) {
        err = beid_span_take(&proof, RESPONSE_LEN, &response);
    }
    return err == BEID_OK ? identity_chip_check(key, challenge, response) : err;
}

static void
check(struct card_facts *facts)
{
    bool since_2000 = false;
    check_origin(facts);
    check_signatures(facts);
    if (!facts->readable) {
        return;
    }
    const struct beid_span *field = facts->identity.field;
    if (facts->data[CARD_DATA_PHOTO].len > 0) {
        facts->check[CARD_CHECK_PHOTO] = result_of(
            identity_hash_check(beid_buf_span(&facts->data[CARD_DATA_PHOTO]),
                                field[IDENTITY_PHOTO_HASH]));
    }
    facts->check[CARD_CHECK_NUMBER] = result_of(
        identity_number_check(field[IDENTITY_NATIONAL_NUMBER], &since_2000));
    if (facts->has_chip_key) {
        facts->check[CARD_CHECK_CHIP] = result_of(check_chip(facts));
    }
}

enum beid_err
card_facts_read(const struct cli_module *module, struct card_facts *facts)
{
    enum beid_err err = read_all(module, facts);
    if (err == BEID_OK) {
        parse(facts);
        check(facts);
    }
    return err;
}

bool
card_facts_hold(const struct card_facts *facts, enum card_origin origin)
{
    bool hold =
        facts->readable && facts->has_address && facts->origin == origin;
    for (size_t i = 0; i < CARD_CHECK_COUNT; i++) {
        bool may_lack = i == CARD_CHECK_CHIP && !facts->has_chip_key;
        hold = hold && (facts->check[i] == CARD_GOOD || may_lack);
    }
    return hold;
}
