/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/challenge.h"

#include "card/apdu.h"

#include <string.h>

#define SW_OK 0x9000U

enum beid_err
challenge_get(struct card *card, uint8_t *out, size_t len)
{
    const uint8_t command[] = {0x00, 0x84, 0x00, 0x00, (uint8_t)len};
    struct beid_buf data;
    uint16_t sw = 0;
    if (card->no_challenge) {
        return BEID_ERR_UNSUPPORTED;
    }
    if (len == 0 || len > CHALLENGE_MAX) {
        return BEID_ERR_ARGUMENT;
    }
    beid_buf_init(&data, TRANSPORT_ANSWER_MAX);
    enum beid_err err = apdu_exchange(
        &card->transport, beid_span_of(command, sizeof command), &data, &sw);
    if (err == BEID_OK && (sw != SW_OK || data.len != len)) {
        err = BEID_ERR_UNSUPPORTED;
    }
    if (err == BEID_OK) {
        memcpy(out, data.ptr, len);
    }
    card->no_challenge = err == BEID_ERR_UNSUPPORTED;
    beid_buf_clear(&data);
    return err;
}
