/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_STEADY_H
#define BEID_CARD_STEADY_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STEADY_SELECT_MAX 32U
#define STEADY_SERIAL_LEN 16U

/* The two things that a connection must be able to do for this. */
struct steady_line {
    /* As struct transport_ops has it; BEID_ERR_IO for a failed exchange. */
    enum beid_err (*transmit)(void *self, struct beid_span command,
                              uint8_t *answer, size_t *len);
    /* Resets the card and holds it again, if it was held. */
    enum beid_err (*restart)(void *self);
};

/* What one connection remembers; all zero at first. */
struct steady {
    uint8_t select[STEADY_SELECT_MAX]; /* the last SELECT that worked */
    size_t select_len;
    uint8_t serial[STEADY_SERIAL_LEN];
    bool serial_known;
    bool restarted; /* and nobody was told */
};

/*
 * A transmit that survives a failed exchange (facts §1.5): the card is reset,
 * its serial number asked and compared with the one it told before
 * (BEID_ERR_CARD_MISMATCH when it is another), the file selected again, and the
 * command sent once more. Only commands that read are; never VERIFY, CHANGE or
 * a signature.
 */
enum beid_err steady_transmit(struct steady *steady,
                              const struct steady_line *line, void *self,
                              struct beid_span command, uint8_t *answer,
                              size_t *len) BEID_NODISCARD;

/* After a request to the reader itself: a 9000 may be that of a VERIFY it
 * sent. */
void steady_note_control(struct steady *steady, bool worked,
                         const uint8_t *answer, size_t len);

/* Was the card reset here, and every right with it, since the last call or the
 * last VERIFY that succeeded? */
bool steady_take_restart(struct steady *steady);

#endif
