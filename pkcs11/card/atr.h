/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_ATR_H
#define BEID_CARD_ATR_H

#include <beid/bytes.h>

/* What an answer to reset promises; the applet itself decides (card.h). */
enum atr_family {
    ATR_FOREIGN, /* not a Belgian eID card */
    ATR_RSA, /* applets 1.0 to 1.7 */
    ATR_EC, /* applet 1.8 */
};

enum atr_family atr_family_of(struct beid_span atr);

#endif
