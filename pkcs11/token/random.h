/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_RANDOM_H
#define BEID_TOKEN_RANDOM_H

#include "token/state.h"

#include <p11-kit/pkcs11.h>

/* Bytes of one call that the card is asked for. */
#define RANDOM_CARD_MAX 256U

/*
 * C_GenerateRandom: the card's random bytes mixed (exclusive or) with those of
 * libcrypto, so that neither a bad card nor a bad machine decides alone. Past
 * RANDOM_CARD_MAX, on a card that gives none, and while a signature holds the
 * card, they are libcrypto's alone.
 */
CK_RV random_fill(struct module *module, struct slot *slot, CK_BYTE *out,
                  CK_ULONG len);

#endif
