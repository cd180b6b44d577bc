/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <beid/tlv.h>

/*
 * Reads a DER length (X.690 §8.1.3) off *from. At most four length bytes, no
 * indefinite form, no longer form than needed.
 */
static enum beid_err
take_der_length(struct beid_span *from, size_t *out)
{
    uint8_t first = 0;
    enum beid_err err = beid_span_take_u8(from, &first);
    if (err != BEID_OK) {
        return err;
    }
    if (first < 0x80) {
        *out = first;
        return BEID_OK;
    }
    size_t count = first & 0x7FU;
    if (count == 0 || count > 4) {
        return BEID_ERR_FORMAT;
    }
    size_t value = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = 0;
        err = beid_span_take_u8(from, &byte);
        if (err != BEID_OK) {
            return err;
        }
        if (i == 0 && byte == 0) {
            return BEID_ERR_FORMAT;
        }
        value = (value << 8) | byte;
    }
    if (value < 0x80) {
        return BEID_ERR_FORMAT;
    }
    *out = value;
    return BEID_OK;
}

/* Reads a one-byte DER tag; the multi-byte form is refused. */
static enum beid_err
take_der_tag(struct beid_span *from, uint8_t *out)
{
    uint8_t tag = 0;
    enum beid_err err = beid_span_take_u8(from, &tag);
    if (err != BEID_OK) {
        return err;
    }
    if ((tag & 0x1FU) == 0x1FU) {
        return BEID_ERR_FORMAT;
    }
    *out = tag;
    return BEID_OK;
}

enum beid_err
beid_der_take(struct beid_span *from, struct beid_tlv *out)
{
    struct beid_span rest = *from;
    struct beid_tlv tlv = {0};
    size_t len = 0;
    enum beid_err err = take_der_tag(&rest, &tlv.tag);
    if (err == BEID_OK) {
        err = take_der_length(&rest, &len);
    }
    if (err == BEID_OK) {
        err = beid_span_take(&rest, len, &tlv.value);
    }
    if (err == BEID_OK) {
        *from = rest;
        *out = tlv;
    }
    return err;
}

enum beid_err
beid_der_total(struct beid_span head, size_t max, size_t *total)
{
    struct beid_span rest = head;
    uint8_t tag = 0;
    size_t len = 0;
    enum beid_err err = take_der_tag(&rest, &tag);
    if (err == BEID_OK) {
        err = take_der_length(&rest, &len);
    }
    if (err != BEID_OK) {
        return err;
    }
    size_t sum = 0;
    if (__builtin_add_overflow(head.len - rest.len, len, &sum) || sum > max) {
        return BEID_ERR_LIMIT;
    }
    *total = sum;
    return BEID_OK;
}

enum beid_err
beid_belpic_take(struct beid_span *from, struct beid_tlv *out)
{
    struct beid_span rest = *from;
    struct beid_tlv tlv = {0};
    size_t len = 0;
    uint8_t byte = 0;
    enum beid_err err = beid_span_take_u8(&rest, &tlv.tag);
    if (err != BEID_OK) {
        return err;
    }
    do {
        err = beid_span_take_u8(&rest, &byte);
        if (err != BEID_OK) {
            return err;
        }
        if (__builtin_add_overflow(len, (size_t)byte, &len)) {
            return BEID_ERR_FORMAT;
        }
    } while (byte == 0xFF);
    err = beid_span_take(&rest, len, &tlv.value);
    if (err == BEID_OK) {
        *from = rest;
        *out = tlv;
    }
    return err;
}
