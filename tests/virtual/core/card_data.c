/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* GET CARD DATA, GET RESPONSE, GET CHALLENGE. */

#include "state.h"

#include <beid/secret.h>

#include <openssl/rand.h>

#define CARD_DATA_LEN 28U
#define CARD_DATA_LONG_LEN 31U
#define ANSWER_MAX 256U

/* Bytes 16 to 27; chip dependent up to the applet version. */
static struct beid_span
version_bytes(enum vcard_applet applet)
{
    static const uint8_t v11[] = {0xA5, 0x03, 0x01, 0x01, 0x01, 0x11,
                                  0x00, 0x02, 0x00, 0x01, 0x01, 0x0F};
    static const uint8_t v17[] = {0xA5, 0x03, 0x01, 0x01, 0x01, 0x17,
                                  0x00, 0x03, 0x00, 0x21, 0x01, 0x0F};
    static const uint8_t v18[] = {0xF3, 0x36, 0x01, 0x01, 0x01, 0x18,
                                  0x00, 0x01, 0x00, 0x00, 0x02, 0x0F};
    switch (applet) {
    case VCARD_APPLET_1_1:
        return beid_span_of(v11, sizeof(v11));
    case VCARD_APPLET_1_7:
        return beid_span_of(v17, sizeof(v17));
    case VCARD_FOREIGN: /* never gets here */
    case VCARD_APPLET_1_8:
        break;
    }
    return beid_span_of(v18, sizeof(v18));
}

unsigned
vcard_get_card_data(struct vcard *card, const struct vcard_command *command,
                    struct beid_buf *out)
{
    bool extended =
        command->p2 == 0x01 && card->image.applet == VCARD_APPLET_1_8;
    if (command->p1 != 0x00 || (command->p2 != 0x00 && !extended)) {
        return SW_PARAMETERS;
    }
    size_t len = extended ? CARD_DATA_LONG_LEN : CARD_DATA_LEN;
    if (command->le != len) {
        return SW_LE | (unsigned)len;
    }
    beid_buf_put(out, beid_span_of(card->image.serial, VCARD_SERIAL_LEN));
    beid_buf_put(out, version_bytes(card->image.applet));
    if (extended) {
        beid_buf_put_u8(out, (uint8_t)card->tries);
        beid_buf_put_u16(out, 0xFFFF);
    }
    return SW_OK;
}

unsigned
vcard_sw_more(size_t left)
{
    return SW_MORE | (left >= ANSWER_MAX ? 0U : (unsigned)left);
}

void
vcard_pending_drop(struct vcard *card)
{
    beid_buf_reset(&card->pending);
    card->pending_off = 0;
}

unsigned
vcard_pending_set(struct vcard *card, struct beid_span answer)
{
    vcard_pending_drop(card);
    beid_buf_put(&card->pending, answer);
    if (beid_buf_status(&card->pending) != BEID_OK) {
        return SW_UNKNOWN;
    }
    return vcard_sw_more(answer.len);
}

unsigned
vcard_get_response(struct vcard *card, const struct vcard_command *command,
                   struct beid_buf *out)
{
    if (command->p1 != 0x00 || command->p2 != 0x00) {
        return SW_PARAMETERS;
    }
    size_t left = card->pending.len - card->pending_off;
    if (left == 0) {
        return SW_CONDITIONS;
    }
    if (command->le > left) {
        return SW_LE | (unsigned)left;
    }
    beid_buf_put(
        out, beid_span_of(card->pending.ptr + card->pending_off, command->le));
    card->pending_off += command->le;
    left -= command->le;
    if (left > 0) {
        return vcard_sw_more(left);
    }
    vcard_pending_drop(card);
    return SW_OK;
}

unsigned
vcard_get_challenge(struct vcard *card, const struct vcard_command *command,
                    struct beid_buf *out)
{
    (void)card;
    if (command->p1 != 0x00 || command->p2 != 0x00) {
        return SW_PARAMETERS;
    }
    if (command->le == ANSWER_MAX) {
        return SW_LENGTH;
    }
    uint8_t *room = beid_buf_extend(out, command->le);
    if (room == NULL || RAND_bytes(room, (int)command->le) != 1) {
        return SW_UNKNOWN;
    }
    return SW_OK;
}
