/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/apdu.h"

#include <beid/secret.h>

#include <string.h>
#include <time.h>

#define HEADER_LEN 5U
#define SW_MORE 0x61U
#define SW_WRONG_LE 0x6CU

#define SW_NO_INSTRUCTION 0x6D00U
/* How long a card wants to be left alone before the command comes again. */
#define PAUSE_NS 10000000L

struct answer {
    uint8_t bytes[TRANSPORT_ANSWER_MAX];
    struct beid_span data;
    uint16_t sw;
};

bool
apdu_reads(struct beid_span command)
{
    if (command.len < HEADER_LEN) {
        return false;
    }
    const uint8_t *header = command.ptr;
    /* Not GET CHALLENGE: an applet may really lack it. */
    return (header[0] == 0x00
            && (header[1] == 0xA4 /* SELECT */ || header[1] == 0xB0 /* READ */))
           || (header[0] == 0x80 && header[1] == 0xE4 /* GET CARD DATA */);
}

static void
rest(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    (void)nanosleep(&pause, NULL);
}

/* One command, one answer, cut into data and status word. */
static enum beid_err
exchange_one(const struct transport *transport, struct beid_span command,
             struct answer *out)
{
    size_t len = 0;
    memset(out->bytes, 0, sizeof out->bytes);
    enum beid_err err =
        transport->ops->transmit(transport->self, command, out->bytes, &len);
    if (err != BEID_OK) {
        return err;
    }
    if (len < 2 || len > sizeof out->bytes) {
        return BEID_ERR_FORMAT;
    }
    out->data = beid_span_of(out->bytes, len - 2);
    out->sw = (uint16_t)((out->bytes[len - 2] << 8) | out->bytes[len - 1]);
    return BEID_OK;
}

/* As exchange_one; a spurious 6D00 costs one repetition. */
static enum beid_err
exchange_read(const struct transport *transport, struct beid_span command,
              struct answer *out)
{
    enum beid_err err = exchange_one(transport, command, out);
    if (err != BEID_OK || out->sw != SW_NO_INSTRUCTION
        || !apdu_reads(command)) {
        return err;
    }
    rest();
    return exchange_one(transport, command, out);
}

/*
 * As exchange_read; a 6Cxx answer to a command of five bytes (ISO 7816-3 case
 * 2) is followed once with the length that the card named.
 */
static enum beid_err
exchange_le(const struct transport *transport, struct beid_span command,
            struct answer *out)
{
    enum beid_err err = exchange_read(transport, command, out);
    if (err != BEID_OK || (out->sw >> 8) != SW_WRONG_LE
        || command.len != HEADER_LEN) {
        return err;
    }
    uint8_t again[HEADER_LEN];
    memcpy(again, command.ptr, sizeof again);
    again[HEADER_LEN - 1] = (uint8_t)(out->sw & 0xFFU);
    if (transport->hasty) {
        rest();
    }
    return exchange_one(transport, beid_span_of(again, sizeof again), out);
}

enum beid_err
apdu_exchange(const struct transport *transport, struct beid_span command,
              struct beid_buf *data, uint16_t *sw)
{
    struct answer answer = {0};
    enum beid_err err = exchange_le(transport, command, &answer);
    if (err == BEID_OK) {
        beid_buf_put(data, answer.data);
    }
    for (size_t round = 0; err == BEID_OK && (answer.sw >> 8) == SW_MORE;
         round++) {
        if (round == APDU_ROUNDS_MAX) {
            return BEID_ERR_FORMAT;
        }
        const uint8_t more[HEADER_LEN] = {0x00, 0xC0, 0x00, 0x00,
                                          (uint8_t)(answer.sw & 0xFFU)};
        err = exchange_le(transport, beid_span_of(more, sizeof more), &answer);
        if (err == BEID_OK) {
            beid_buf_put(data, answer.data);
        }
    }
    if (err == BEID_OK) {
        err = beid_buf_status(data);
    }
    if (err == BEID_OK) {
        *sw = answer.sw;
    }
    return err;
}

enum beid_err
apdu_once(const struct transport *transport, struct beid_span command,
          uint16_t *sw)
{
    struct answer answer = {0};
    enum beid_err err = exchange_one(transport, command, &answer);
    if (err == BEID_OK) {
        *sw = answer.sw;
    }
    beid_wipe(&answer, sizeof answer);
    return err;
}
