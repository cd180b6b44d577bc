/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/card.h"

#include "card/apdu.h"
#include "card/status.h"

#include <string.h>

#define PLAIN_LEN 28U
#define EXTENDED_LEN 31U
#define APPLET_AT 21U
#define TRIES_AT 28U
#define TRIES_HIGHEST 15U
#define PATH_MAX_LEN 8U
#define RESETS_MAX 4 /* by others, one right after the other */

/* SELECT by the name of the applet, needed when another application of the
 * chip was selected (facts §1.3); it drops PIN rights. */
static const uint8_t select_applet[] = {
    0x00, 0xA4, 0x04, 0x0C, 0x0F, 0xA0, 0x00, 0x00, 0x00, 0x30,
    0x29, 0x05, 0x70, 0x00, 0xAD, 0x13, 0x10, 0x01, 0x01, 0xFF};
static const uint8_t data_plain[] = {0x80, 0xE4, 0x00, 0x00, PLAIN_LEN};
static const uint8_t data_extended[] = {0x80, 0xE4, 0x00, 0x01, EXTENDED_LEN};

struct card_data {
    uint8_t bytes[EXTENDED_LEN];
    size_t len;
};

/* One GET CARD DATA (manual 1.7 §6.9, 1.8 §6.14). */
static enum beid_err
get_data(const struct transport *transport, struct beid_span command,
         struct card_data *out)
{
    struct beid_buf buf;
    uint16_t sw = 0;
    beid_buf_init(&buf, TRANSPORT_ANSWER_MAX);
    enum beid_err err = apdu_exchange(transport, command, &buf, &sw);
    if (err == BEID_OK) {
        err = status_err(sw);
    }
    struct beid_span all = beid_buf_span(&buf);
    if (err == BEID_OK && all.len != command.ptr[command.len - 1]) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        memcpy(out->bytes, all.ptr, all.len);
        out->len = all.len;
    }
    beid_buf_clear(&buf);
    return err;
}

/*
 * The extended form tells the tries as well, on 1.8 only; a card with its ATR
 * that refuses the form gets the plain one.
 */
static enum beid_err
get_best_data(const struct transport *transport, enum atr_family family,
              struct card_data *out)
{
    struct beid_span plain = beid_span_of(data_plain, sizeof data_plain);
    if (family != ATR_EC) {
        return get_data(transport, plain, out);
    }
    enum beid_err err = get_data(
        transport, beid_span_of(data_extended, sizeof data_extended), out);
    if (err == BEID_ERR_UNSUPPORTED) {
        err = get_data(transport, plain, out);
    }
    return err;
}

static enum beid_err
applet_of(uint8_t version, enum card_applet *out)
{
    if (version < 0x17) {
        return BEID_ERR_CARD_TOO_OLD;
    }
    *out = version == 0x17 ? CARD_APPLET_17 : CARD_APPLET_18;
    return BEID_OK;
}

static void
take_tries(struct card *card, const struct card_data *data)
{
    if (data->len == EXTENDED_LEN && data->bytes[TRIES_AT] <= TRIES_HIGHEST) {
        card->tries = data->bytes[TRIES_AT];
    }
}

/* Recognises the card; on success serial, applet and tries are filled. */
static enum beid_err
identify(struct card *card)
{
    struct card_data data = {0};
    enum beid_err err = get_best_data(&card->transport, card->family, &data);
    if (err == BEID_ERR_UNSUPPORTED || err == BEID_ERR_STATE) {
        struct beid_buf none;
        uint16_t sw = 0;
        beid_buf_init(&none, TRANSPORT_ANSWER_MAX);
        err = apdu_exchange(&card->transport,
                            beid_span_of(select_applet, sizeof select_applet),
                            &none, &sw);
        beid_buf_clear(&none);
        if (err == BEID_OK) {
            err = get_best_data(&card->transport, card->family, &data);
        }
    }
    if (err == BEID_OK) {
        err = applet_of(data.bytes[APPLET_AT], &card->applet);
    }
    if (err == BEID_OK) {
        memcpy(card->serial, data.bytes, sizeof card->serial);
        take_tries(card, &data);
        return BEID_OK;
    }
    /* Any other answer is not what a Belgian card gives. */
    if (err == BEID_ERR_UNSUPPORTED || err == BEID_ERR_FORMAT
        || err == BEID_ERR_CARD || err == BEID_ERR_STATE
        || err == BEID_ERR_NOT_FOUND || err == BEID_ERR_LIMIT
        || err == BEID_ERR_PIN_REQUIRED || err == BEID_ERR_PIN_BLOCKED) {
        return BEID_ERR_CARD_UNKNOWN;
    }
    return err;
}

static enum beid_err
begin_now(struct card *card)
{
    const struct transport *transport = &card->transport;
    enum beid_err err = transport->ops->begin(transport->self);
    for (int i = 0; err == BEID_ERR_CARD_RESET && i < RESETS_MAX; i++) {
        card->unchecked = true;
        card->tries = CARD_TRIES_UNKNOWN;
        err = transport->ops->reconnect(transport->self);
        if (err == BEID_OK) {
            err = transport->ops->begin(transport->self);
        }
    }
    /* No end of it: that is no card to work with, whoever is logged in. */
    return err == BEID_ERR_CARD_RESET ? BEID_ERR_IO : err;
}

enum beid_err
card_open(struct card *card, struct transport transport, enum atr_family family)
{
    struct card fresh = {
        .transport = transport, .family = family, .tries = CARD_TRIES_UNKNOWN};
    /* Until the applet is known it may be an old one. */
    fresh.transport.hasty = family == ATR_RSA;
    enum beid_err err = begin_now(&fresh);
    if (err == BEID_OK) {
        err = identify(&fresh);
        fresh.transport.hasty = false;
        fresh.unchecked = false;
        enum beid_err ended = transport.ops->end(transport.self, false);
        err = err == BEID_OK ? ended : err;
    }
    if (err != BEID_OK) {
        transport.ops->close(transport.self, false);
        return err;
    }
    *card = fresh;
    return BEID_OK;
}

void
card_close(struct card *card, bool reset)
{
    card->transport.ops->close(card->transport.self, reset);
    card->transport.self = NULL;
}

enum beid_err
card_begin(struct card *card, bool *was_reset)
{
    enum beid_err err = begin_now(card);
    *was_reset = *was_reset || card->unchecked;
    if (err != BEID_OK || !card->unchecked) {
        return err;
    }
    err = card_check(card);
    card->unchecked = err != BEID_OK;
    if (err != BEID_OK) {
        (void)card->transport.ops->end(card->transport.self, false);
    }
    return err;
}

enum beid_err
card_end(struct card *card, bool reset)
{
    const struct transport *transport = &card->transport;
    enum beid_err err = transport->ops->end(transport->self, reset);
    if (reset) {
        /* Our own handle learns of our reset as of a stranger's. */
        enum beid_err again = transport->ops->reconnect(transport->self);
        err = err == BEID_OK ? again : err;
    }
    return err;
}

enum beid_err
card_check(struct card *card)
{
    struct card now = *card;
    enum beid_err err = identify(&now);
    if (err == BEID_ERR_CARD_UNKNOWN || err == BEID_ERR_CARD_TOO_OLD) {
        return BEID_ERR_CARD_MISMATCH;
    }
    if (err != BEID_OK) {
        return err;
    }
    if (memcmp(now.serial, card->serial, sizeof now.serial) != 0) {
        return BEID_ERR_CARD_MISMATCH;
    }
    card->tries = now.tries;
    return BEID_OK;
}

/* By absolute path (facts §2.2); the card returns nothing. */
enum beid_err
card_select(const struct card *card, struct beid_span path)
{
    struct beid_buf none;
    struct beid_buf command;
    uint16_t sw = 0;
    beid_buf_init(&command, 5 + 2 + PATH_MAX_LEN);
    beid_buf_init(&none, TRANSPORT_ANSWER_MAX);
    beid_buf_put_u32(&command, 0x00A4080CU);
    beid_buf_put_u8(&command, (uint8_t)(path.len + 2));
    beid_buf_put_u16(&command, 0x3F00U);
    beid_buf_put(&command, path);
    enum beid_err err = beid_buf_status(&command);
    if (err == BEID_OK) {
        err = apdu_exchange(&card->transport, beid_buf_span(&command), &none,
                            &sw);
    }
    beid_buf_clear(&command);
    beid_buf_clear(&none);
    return err == BEID_OK ? status_err(sw) : err;
}
