/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The files about the citizen. The first byte says which parser; for proofs
 * the rest is cut by lengths of two bytes.
 */
#include "bench.h"
#include "card/identity.h"
#include "card/identity_date.h"
#include "card/identity_document.h"
#include "card/identity_number.h"
#include "card/identity_verify.h"

#include <beid/tlv.h>

/* A borrowed field lies wholly in the file that it was read from. */
static void
lies_inside(struct beid_span field, struct beid_span file)
{
    if (field.len > 0
        && (field.ptr < file.ptr
            || (size_t)(field.ptr - file.ptr) > file.len - field.len)) {
        bench_broken("a field outside of its file");
    }
}

static void
read_identity(struct beid_span file)
{
    struct identity identity = {0};
    struct identity_date date;
    bool since_2000 = false;
    if (identity_parse(file, &identity) != BEID_OK) {
        return;
    }
    for (size_t i = 0; i < IDENTITY_FIELDS; i++) {
        lies_inside(identity.field[i], file);
        (void)!identity_date_parse(identity.field[i], &date);
        (void)!identity_birth_parse(identity.field[i], &date);
        (void)!identity_number_check(identity.field[i], &since_2000);
        (void)identity_document_find(identity.field[i]);
    }
    (void)!identity_hash_check(file, identity.field[IDENTITY_PHOTO_HASH]);
}

static void
read_address(struct beid_span file)
{
    struct address address = {0};
    if (address_parse(file, &address) != BEID_OK) {
        return;
    }
    for (size_t i = 0; i < ADDRESS_FIELDS; i++) {
        lies_inside(address.field[i], file);
    }
}

static void
read_dates(struct beid_span text)
{
    struct identity_date date = {0};
    bool since_2000 = false;
    if (identity_birth_parse(text, &date) == BEID_OK
        && (date.month > 12 || date.day > 31
            || identity_date_compare(date, date) != 0)) {
        bench_broken("a day that does not exist");
    }
    (void)!identity_date_parse(text, &date);
    (void)!identity_number_check(text, &since_2000);
    (void)identity_document_find(text);
}

static void
read_tlv(struct beid_span rest)
{
    struct beid_span der = rest;
    struct beid_tlv tlv;
    size_t total = 0;
    while (beid_der_take(&der, &tlv) == BEID_OK) {
        lies_inside(tlv.value, rest);
    }
    if (beid_der_total(rest, 8192, &total) == BEID_OK && total > 8192) {
        bench_broken("a length past the limit");
    }
    struct beid_span belpic = rest;
    while (belpic.len > 0 && beid_belpic_take(&belpic, &tlv) == BEID_OK) {
        lies_inside(tlv.value, rest);
    }
}

static void
check_proofs(struct beid_span input)
{
    struct beid_span part[4];
    enum identity_issuer issuer = IDENTITY_ISSUER_UNKNOWN;
    for (size_t i = 0; i < 3; i++) {
        size_t len = bench_u16(&input);
        part[i] = bench_bytes(&input, len);
    }
    part[3] = input;
    (void)!identity_issuer_check(part[0], part[1], &issuer);
    if (issuer == IDENTITY_ISSUER_BELGIUM) {
        bench_broken("a root of the Belgian state that is none");
    }
    if (identity_signature_check(part[0], part[1], part[2]) == BEID_OK
        && part[1].len == 0) {
        bench_broken("a signature over nothing");
    }
    (void)!identity_address_check(part[0], part[1], part[2], part[3]);
    (void)!identity_chip_check(part[0], part[1], part[2]);
    (void)!identity_hash_check(part[0], part[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct beid_span input = beid_span_of(data, size);
    switch (bench_u8(&input) % 5) {
    case 0:
        read_identity(input);
        break;
    case 1:
        read_address(input);
        break;
    case 2:
        read_dates(input);
        break;
    case 3:
        read_tlv(input);
        break;
    default:
        check_proofs(input);
    }
    return 0;
}
