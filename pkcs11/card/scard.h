/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_SCARD_H
#define BEID_CARD_SCARD_H

/*
 * The only door to pcsc-lite's headers: readers are found in pcsc.c, cards
 * spoken to in pcsc_card.c, and nothing else here knows their names.
 */
#include <reader.h>
#include <winscard.h>

#endif
