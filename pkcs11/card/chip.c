/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/chip.h"

#include "card/apdu.h"
#include "card/status.h"

/* Manual 1.8 §6.11: P1 is the algorithm of a 384-bit key, P2 the key. */
static const uint8_t header[] = {
    0x00, 0x88, 0x02, 0x81, 0x32, 0x94, CHIP_CHALLENGE_LEN};

enum beid_err
chip_answer(const struct card *card, struct beid_span challenge,
            struct beid_buf *out)
{
    struct beid_buf command;
    uint16_t sw = 0;
    if (challenge.len != CHIP_CHALLENGE_LEN) {
        return BEID_ERR_ARGUMENT;
    }
    if (card->applet != CARD_APPLET_18) {
        return BEID_ERR_UNSUPPORTED;
    }
    beid_buf_init(&command, sizeof header + CHIP_CHALLENGE_LEN);
    beid_buf_put(&command, beid_span_of(header, sizeof header));
    beid_buf_put(&command, challenge);
    enum beid_err err = beid_buf_status(&command);
    if (err == BEID_OK) {
        err =
            apdu_exchange(&card->transport, beid_buf_span(&command), out, &sw);
    }
    beid_buf_clear(&command);
    if (err == BEID_OK) {
        err = status_err(sw);
    }
    return err == BEID_OK && out->len != CHIP_RESPONSE_LEN ? BEID_ERR_FORMAT
                                                           : err;
}
