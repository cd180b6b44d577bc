/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/pin.h"

#include "card/apdu.h"
#include "card/status.h"

#include <beid/secret.h>

#include <string.h>

#define VERIFY_LEN 13U
#define HEADER_LEN 5U
#define BLOCK_LEN 8U
#define SW_WRONG_DATA 0x6A80U

static enum beid_err
check_digits(struct beid_span digits)
{
    if (digits.len < PIN_DIGITS_MIN || digits.len > PIN_DIGITS_MAX) {
        return BEID_ERR_PIN_LENGTH;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return BEID_ERR_ARGUMENT;
        }
    }
    return BEID_OK;
}

/*
 * The PIN block (manual 1.7 §3.2): 2 and the number of digits, the digits two
 * to a byte, the rest F.
 */
static void
put_block(uint8_t block[BLOCK_LEN], struct beid_span digits)
{
    memset(block, 0xFF, BLOCK_LEN);
    block[0] = (uint8_t)(0x20U | digits.len);
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t *at = &block[1 + (i / 2)];
        unsigned digit = digits.ptr[i] - (unsigned)'0';
        *at = i % 2 == 0 ? (uint8_t)((digit << 4) | 0x0FU)
                         : (uint8_t)((*at & 0xF0U) | digit);
    }
}

enum beid_err
pin_verify(struct card *card, struct beid_span digits)
{
    static const uint8_t header[HEADER_LEN] = {0x00, 0x20, 0x00, 0x01,
                                               BLOCK_LEN};
    struct beid_secret *command = NULL;
    uint16_t sw = 0;
    enum beid_err err = check_digits(digits);
    if (err == BEID_OK) {
        err = beid_secret_new(&command);
    }
    if (err != BEID_OK) {
        return err;
    }
    uint8_t *room = beid_secret_room(command);
    memcpy(room, header, sizeof header);
    put_block(room + HEADER_LEN, digits);
    err = beid_secret_set_len(command, VERIFY_LEN);
    if (err == BEID_OK) {
        /* Whatever happens from here, the counter may have changed. */
        card->tries = CARD_TRIES_UNKNOWN;
        err = apdu_once(&card->transport, beid_secret_span(command), &sw);
    }
    beid_secret_free(&command);
    return err == BEID_OK ? status_verify_err(sw, &card->tries) : err;
}

enum beid_err
pin_change(struct card *card, struct beid_span old_digits,
           struct beid_span new_digits, bool *sent)
{
    static const uint8_t header[HEADER_LEN] = {0x00, 0x24, 0x00, 0x01,
                                               2 * BLOCK_LEN};
    struct beid_secret *command = NULL;
    uint16_t sw = 0;
    *sent = false;
    enum beid_err err = check_digits(old_digits);
    if (err == BEID_OK) {
        err = check_digits(new_digits);
    }
    if (err == BEID_OK) {
        err = beid_secret_new(&command);
    }
    if (err != BEID_OK) {
        return err;
    }
    uint8_t *room = beid_secret_room(command);
    memcpy(room, header, sizeof header);
    put_block(room + HEADER_LEN, old_digits);
    put_block(room + HEADER_LEN + BLOCK_LEN, new_digits);
    err = beid_secret_set_len(command, HEADER_LEN + (2 * (size_t)BLOCK_LEN));
    if (err == BEID_OK) {
        card->tries = CARD_TRIES_UNKNOWN;
        *sent = true;
        err = apdu_once(&card->transport, beid_secret_span(command), &sw);
    }
    beid_secret_free(&command);
    if (err == BEID_OK && sw == SW_WRONG_DATA) {
        return BEID_ERR_ARGUMENT;
    }
    return err == BEID_OK ? status_verify_err(sw, &card->tries) : err;
}

/* The empty VERIFY: 9000 means verified right now, so the counter is full. */
static enum beid_err
ask_by_verify(struct card *card)
{
    static const uint8_t command[] = {0x00, 0x20, 0x00, 0x01, 0x00};
    uint16_t sw = 0;
    int tries = CARD_TRIES_UNKNOWN;
    enum beid_err err =
        apdu_once(&card->transport, beid_span_of(command, sizeof command), &sw);
    if (err != BEID_OK) {
        return err;
    }
    err = status_verify_err(sw, &tries);
    if (err == BEID_OK || err == BEID_ERR_PIN_WRONG
        || err == BEID_ERR_PIN_BLOCKED) {
        card->tries = tries;
        return BEID_OK;
    }
    return err;
}

enum beid_err
pin_ask_tries(struct card *card)
{
    switch (card->applet) {
    case CARD_APPLET_17:
        return ask_by_verify(card);
    case CARD_APPLET_18:
        return card_check(card);
    }
    return BEID_ERR_INTERNAL;
}

enum beid_err
pin_log_off(const struct card *card)
{
    static const uint8_t command[] = {0x80, 0xE6, 0x00, 0x00, 0x00};
    uint16_t sw = 0;
    enum beid_err err =
        apdu_once(&card->transport, beid_span_of(command, sizeof command), &sw);
    return err == BEID_OK ? status_err(sw) : err;
}
