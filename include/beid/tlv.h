/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TLV_H
#define BEID_TLV_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* One data object; value borrows from the span that was read. */
struct beid_tlv {
    uint8_t tag;
    struct beid_span value;
};

/*
 * Takes one DER object with a one-byte tag and a definite length of at most
 * four length bytes, minimally encoded (X.690 §8.1.3, §10.1).
 * BEID_ERR_FORMAT on anything else; *from is then untouched.
 */
enum beid_err beid_der_take(struct beid_span *from,
                            struct beid_tlv *out) BEID_NODISCARD;

/*
 * The total length, header included, that the DER object at the start of
 * head announces. head may hold less than the object: six bytes are enough.
 * Used for files whose size the card does not tell (Belpic, content §8).
 * BEID_ERR_FORMAT on a bad header, BEID_ERR_LIMIT past max bytes.
 */
enum beid_err beid_der_total(struct beid_span head, size_t max,
                             size_t *total) BEID_NODISCARD;

/*
 * Takes one object of the Belpic identity and address files: one tag byte,
 * then length bytes that are summed while they are FF (content document §6:
 * FF x means 255 + x). BEID_ERR_FORMAT when the value does not fit;
 * *from is then untouched.
 */
enum beid_err beid_belpic_take(struct beid_span *from,
                               struct beid_tlv *out) BEID_NODISCARD;

#endif
