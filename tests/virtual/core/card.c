/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A card as a whole: life, command table, dispatch. */

#include "state.h"

#include <beid/secret.h>

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 4U
#define LE_MAX 256U
#define PENDING_MAX 1024U

enum direction {
    IN, /* case 1 or 3: the fifth byte is Lc */
    OUT /* case 2: the fifth byte is Le */
};

struct row {
    uint8_t cla;
    uint8_t ins;
    enum direction direction;
    unsigned since; /* first applet that knows it */
    vcard_handler *handler;
};

static const struct row rows[] = {
    {0x00, 0x20, IN, 0x10, vcard_verify},
    {0x00, 0x22, IN, 0x10, vcard_set_environment},
    {0x00, 0x24, IN, 0x10, vcard_change_pin},
    {0x00, 0x2A, IN, 0x10, vcard_compute_signature},
    {0x00, 0x2C, IN, 0x10, vcard_unblock_pin},
    {0x00, 0x84, OUT, 0x10, vcard_get_challenge},
    {0x00, 0x88, IN, 0x18, vcard_internal_authenticate},
    {0x00, 0xA4, IN, 0x10, vcard_select},
    {0x00, 0xB0, OUT, 0x10, vcard_read_binary},
    {0x00, 0xC0, OUT, 0x10, vcard_get_response},
    {0x80, 0xB2, OUT, 0x18, vcard_read_record},
    {0x80, 0xE4, OUT, 0x10, vcard_get_card_data},
    {0x80, 0xE6, IN, 0x10, vcard_log_off},
};

static const struct row *
row_find(const struct vcard *card, uint8_t ins)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].ins == ins && rows[i].since <= card->image.applet) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Splits the bytes after the header; false when the length is wrong. */
static bool
body_parse(struct beid_span body, enum direction direction,
           struct vcard_command *command)
{
    uint8_t p3 = 0;
    if (body.len > 0 && beid_span_take_u8(&body, &p3) != BEID_OK) {
        return false;
    }
    if (direction == OUT) {
        command->le = p3 == 0 ? LE_MAX : p3;
        return body.len == 0;
    }
    command->data = body;
    return body.len == p3;
}

/* VERIFY and PSO account for the PIN right themselves; GET RESPONSE does not
 * count as a command of its own. */
static bool
counts_as_other(const struct vcard_command *command)
{
    return command->cla != 0x00
           || (command->ins != 0x20 && command->ins != 0x2A
               && command->ins != 0xC0);
}

static unsigned
dispatch(struct vcard *card, struct beid_span bytes, struct beid_buf *out)
{
    struct vcard_command command = {0};
    if (beid_span_take_u8(&bytes, &command.cla) != BEID_OK
        || beid_span_take_u8(&bytes, &command.ins) != BEID_OK
        || beid_span_take_u8(&bytes, &command.p1) != BEID_OK
        || beid_span_take_u8(&bytes, &command.p2) != BEID_OK) {
        vcard_pin_tick(card);
        return SW_LENGTH;
    }
    if (command.cla != 0x00 || command.ins != 0xC0) {
        vcard_pending_drop(card);
    }
    if (card->image.applet == VCARD_FOREIGN) {
        return SW_INS;
    }
    if (counts_as_other(&command)) {
        vcard_pin_tick(card);
    }
    if (command.cla != 0x00 && command.cla != 0x80) {
        return SW_CLA;
    }
    const struct row *row = row_find(card, command.ins);
    if (row == NULL) {
        return SW_INS;
    }
    if (row->cla != command.cla) {
        return SW_CLA;
    }
    if (!body_parse(bytes, row->direction, &command)) {
        if (command.ins == 0x2A) {
            vcard_pin_tick(card);
        }
        return SW_LENGTH;
    }
    return row->handler(card, &command, out);
}

void
vcard_transmit(struct vcard *card, struct beid_span command,
               struct vcard_answer *answer)
{
    struct beid_buf out;
    beid_buf_init(&out, LE_MAX);
    unsigned sw = dispatch(card, command, &out);
    if (beid_buf_status(&out) != BEID_OK) {
        beid_buf_reset(&out);
        sw = SW_UNKNOWN;
    }
    if (out.len > 0) {
        memcpy(answer->bytes, out.ptr, out.len);
    }
    answer->bytes[out.len] = (uint8_t)(sw >> 8);
    answer->bytes[out.len + 1] = (uint8_t)(sw & 0xFFU);
    answer->len = out.len + 2;
    beid_buf_clear(&out);
}

void
vcard_reset(struct vcard *card)
{
    vcard_rights_clear(card);
    vcard_pending_drop(card);
    card->df = VCARD_MF;
    card->ef = NULL;
}

enum beid_err
vcard_new(struct vcard_image *image, struct vcard **out)
{
    struct vcard *card = calloc(1, sizeof(*card));
    if (card == NULL) {
        return BEID_ERR_MEMORY;
    }
    card->image = *image;
    memset(image, 0, sizeof(*image));
    card->tries = VCARD_PIN_TRIES;
    card->puk_tries = VCARD_PUK_TRIES;
    card->internal_auth = VCARD_INTERNAL_AUTH_MAX;
    beid_buf_init(&card->pending, PENDING_MAX);
    vcard_reset(card);
    *out = card;
    return BEID_OK;
}

void
vcard_free(struct vcard **card)
{
    if (card == NULL || *card == NULL) {
        return;
    }
    vcard_image_clear(&(*card)->image);
    beid_buf_clear(&(*card)->pending);
    free(*card);
    *card = NULL;
}

struct beid_span
vcard_atr(const struct vcard *card)
{
    /* 1.7 kept the ATR of 1.1 (content document 5.4 §2.3). */
    static const uint8_t rsa[] = {0x3B, 0x98, 0x13, 0x40, 0x0A, 0xA5, 0x03,
                                  0x01, 0x01, 0x01, 0xAD, 0x13, 0x11};
    static const uint8_t ec[] = {0x3B, 0x7F, 0x96, 0x00, 0x00, 0x80, 0x31,
                                 0x80, 0x65, 0xB0, 0x85, 0x04, 0x01, 0x20,
                                 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00};
    /* T=0 without interface bytes, historical bytes "TEST". */
    static const uint8_t foreign[] = {0x3B, 0x04, 0x54, 0x45, 0x53, 0x54};
    if (card->image.applet == VCARD_FOREIGN) {
        return beid_span_of(foreign, sizeof(foreign));
    }
    if (card->image.applet == VCARD_APPLET_1_8) {
        return beid_span_of(ec, sizeof(ec));
    }
    return beid_span_of(rsa, sizeof(rsa));
}

const struct vcard_image *
vcard_image_of(const struct vcard *card)
{
    return &card->image;
}

struct vcard_counts
vcard_counts_of(const struct vcard *card)
{
    return card->counts;
}

void
vcard_counts_reset(struct vcard *card)
{
    memset(&card->counts, 0, sizeof(card->counts));
}
