/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_SIGN_H
#define BEID_CARD_SIGN_H

#include "card/card.h"

#include <beid/bytes.h>
#include <beid/err.h>

/* Key references (facts §4.1). */
enum sign_key {
    SIGN_KEY_AUTHENTICATION = 0x82, /* after VERIFY, as often as wanted */
    SIGN_KEY_SIGNATURE = 0x83, /* once, right after a VERIFY of its own */
};

#define SIGN_RSA_LEN 256U /* RSA-2048: input is at most this less 11 */
#define SIGN_RSA_INPUT_MAX 245U
#define SIGN_EC_LEN 96U /* r and s of P-384, 48 bytes each */
#define SIGN_EC_INPUT_LEN 48U
#define SIGN_MAX SIGN_RSA_LEN

/* Algorithm references; the same number means different things on the two
 * applets (facts §4.2). */
enum sign_algorithm {
    SIGN_PKCS1 = 0x01, /* 1.7: v1.5 around bytes that the caller made */
    SIGN_PSS_SHA1 = 0x10, /* 1.7: salt of 20 bytes */
    SIGN_PSS_SHA256 = 0x20, /* 1.7: salt of 32 bytes */
    SIGN_ECDSA = 0x02, /* 1.8: over 48 bytes */
};

/* Inside a transaction: selects DF(BELPIC) and chooses key and algorithm. */
enum beid_err sign_choose(const struct card *card, enum sign_key key,
                          enum sign_algorithm algorithm) BEID_NODISCARD;

/*
 * Inside the same transaction: signs. *out, empty and with room for SIGN_MAX,
 * gets a block of SIGN_RSA_LEN bytes or r and s. BEID_ERR_PIN_REQUIRED when
 * the PIN was not entered.
 */
enum beid_err sign_compute(const struct card *card, struct beid_span input,
                           struct beid_buf *out) BEID_NODISCARD;

/*
 * Inside the transaction of a VERIFY that no signature of SIGN_KEY_SIGNATURE
 * followed: uses up what it allows that key, so that nobody who gets the card
 * next signs with it. SIGN_KEY_AUTHENTICATION is open afterwards.
 */
enum beid_err sign_settle(const struct card *card) BEID_NODISCARD;

#endif
