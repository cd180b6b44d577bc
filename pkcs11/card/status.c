/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/status.h"

#define PIN_TRIES_MAX 3

enum beid_err
status_err(uint16_t sw)
{
    switch (sw) {
    case 0x9000:
        return BEID_OK;
    case 0x6982: /* access condition */
        return BEID_ERR_PIN_REQUIRED;
    case 0x6983:
        return BEID_ERR_PIN_BLOCKED;
    case 0x6A82: /* file or application not found */
    case 0x6A88: /* key or PIN reference not found */
    case 0x6283: /* file not activated, 1.7 */
        return BEID_ERR_NOT_FOUND;
    case 0x6985: /* not activated (1.8), or no key chosen */
        return BEID_ERR_STATE;
    case 0x6B00: /* P1-P2, or past the end of the file */
    case 0x6D00: /* instruction unknown in this state */
    case 0x6E00: /* class */
    case 0x6881: /* logical channel */
        return BEID_ERR_UNSUPPORTED;
    default:
        return BEID_ERR_CARD;
    }
}

enum beid_err
status_verify_err(uint16_t sw, int *tries)
{
    if (sw == 0x9000) {
        /* A right PIN puts the counter back (manual 1.7 §5.1). */
        *tries = PIN_TRIES_MAX;
        return BEID_OK;
    }
    if (sw == 0x6983 || sw == 0x63C0) {
        *tries = 0;
        return BEID_ERR_PIN_BLOCKED;
    }
    if ((sw & 0xFFF0U) == 0x63C0) {
        *tries = sw & 0x0F;
        return BEID_ERR_PIN_WRONG;
    }
    return status_err(sw);
}
