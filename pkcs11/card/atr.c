/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/atr.h"

#include <stddef.h>
#include <stdint.h>

/* The patterns of all cards issued so far (facts §1.1); the masks leave out
 * interface bytes and the numbers of chip and system. */
static const uint8_t rsa_atr[] = {0x3B, 0x98, 0x00, 0x40, 0x00, 0xA5, 0x03,
                                  0x01, 0x01, 0x01, 0xAD, 0x13, 0x10};
static const uint8_t rsa_mask[] = {0xFF, 0xFF, 0x00, 0xFF, 0x00, 0xFF, 0xFF,
                                   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF0};
/* Exact: cards of other countries differ in a few historical bytes only. */
static const uint8_t ec_atr[] = {0x3B, 0x7F, 0x96, 0x00, 0x00, 0x80, 0x31,
                                 0x80, 0x65, 0xB0, 0x85, 0x04, 0x01, 0x20,
                                 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00};

enum atr_family
atr_family_of(struct beid_span atr)
{
    if (beid_span_same(atr, beid_span_of(ec_atr, sizeof ec_atr))) {
        return ATR_EC;
    }
    if (atr.len != sizeof rsa_atr) {
        return ATR_FOREIGN;
    }
    for (size_t i = 0; i < sizeof rsa_atr; i++) {
        if ((atr.ptr[i] & rsa_mask[i]) != rsa_atr[i]) {
            return ATR_FOREIGN;
        }
    }
    return ATR_RSA;
}
