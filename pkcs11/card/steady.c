/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/steady.h"

#include "card/apdu.h"
#include "card/transport.h"

#include <string.h>

#define HEADER_LEN 5U
#define INS_VERIFY 0x20U
#define INS_SELECT 0xA4U
#define INS_READ_BINARY 0xB0U
#define INS_GET_CARD_DATA 0xE4U

static bool
went_well(const uint8_t *answer, size_t len)
{
    return len >= 2 && answer[len - 2] == 0x90 && answer[len - 1] == 0x00;
}

/* Remembers what a successful command means for a later reset. */
static void
note(struct steady *steady, struct beid_span command, const uint8_t *answer,
     size_t len)
{
    if (command.len < HEADER_LEN || !went_well(answer, len)) {
        return;
    }
    switch (command.ptr[1]) {
    case INS_SELECT:
        steady->select_len = command.len <= STEADY_SELECT_MAX ? command.len : 0;
        memcpy(steady->select, command.ptr, steady->select_len);
        break;
    case INS_GET_CARD_DATA:
        if (!steady->serial_known && len >= STEADY_SERIAL_LEN + 2) {
            memcpy(steady->serial, answer, STEADY_SERIAL_LEN);
            steady->serial_known = true;
        }
        break;
    case INS_VERIFY:
        if (command.len > HEADER_LEN) {
            steady->restarted = false;
        }
        break;
    default:
        break;
    }
}

/* The card's serial number must be the one that it told first. */
static enum beid_err
check_serial(const struct steady *steady, const struct steady_line *line,
             void *self)
{
    static const uint8_t command[] = {0x80, INS_GET_CARD_DATA, 0x00, 0x00,
                                      0x1C};
    uint8_t answer[TRANSPORT_ANSWER_MAX] = {0};
    size_t len = 0;
    if (!steady->serial_known) {
        return BEID_OK;
    }
    enum beid_err err = line->transmit(
        self, beid_span_of(command, sizeof command), answer, &len);
    if (err != BEID_OK) {
        return err;
    }
    return went_well(answer, len) && len >= STEADY_SERIAL_LEN + 2
                   && memcmp(answer, steady->serial, STEADY_SERIAL_LEN) == 0
               ? BEID_OK
               : BEID_ERR_CARD_MISMATCH;
}

/* READ BINARY is about the file that was selected, which a reset undoes. */
static enum beid_err
select_again(const struct steady *steady, const struct steady_line *line,
             void *self)
{
    uint8_t answer[TRANSPORT_ANSWER_MAX] = {0};
    size_t len = 0;
    if (steady->select_len == 0) {
        return BEID_ERR_IO;
    }
    enum beid_err err = line->transmit(
        self, beid_span_of(steady->select, steady->select_len), answer, &len);
    return err == BEID_OK && !went_well(answer, len) ? BEID_ERR_IO : err;
}

enum beid_err
steady_transmit(struct steady *steady, const struct steady_line *line,
                void *self, struct beid_span command, uint8_t *answer,
                size_t *len)
{
    enum beid_err err = line->transmit(self, command, answer, len);
    if (err == BEID_ERR_IO && apdu_reads(command)) {
        err = line->restart(self);
        /* Whether or not it worked, a reset may have been. */
        steady->restarted = true;
        if (err == BEID_OK) {
            err = check_serial(steady, line, self);
        }
        if (err == BEID_OK && command.ptr[1] == INS_READ_BINARY) {
            err = select_again(steady, line, self);
        }
        if (err == BEID_OK) {
            err = line->transmit(self, command, answer, len);
        }
    }
    if (err == BEID_OK) {
        note(steady, command, answer, *len);
    }
    return err;
}

void
steady_note_control(struct steady *steady, bool worked, const uint8_t *answer,
                    size_t len)
{
    if (worked && went_well(answer, len)) {
        steady->restarted = false;
    }
}

bool
steady_take_restart(struct steady *steady)
{
    bool restarted = steady->restarted;
    steady->restarted = false;
    return restarted;
}
