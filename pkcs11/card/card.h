/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_CARD_H
#define BEID_CARD_CARD_H

#include "card/atr.h"
#include "card/transport.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

#define CARD_SERIAL_LEN 16U
#define CARD_TRIES_UNKNOWN (-1)

/* The applet version byte of GET CARD DATA (facts §1.2). */
enum card_applet {
    CARD_APPLET_17, /* RSA-2048 */
    CARD_APPLET_18, /* EC P-384 */
};

/* A connected and recognised card. */
struct card {
    struct transport transport;
    enum atr_family family;
    enum card_applet applet;
    uint8_t serial[CARD_SERIAL_LEN]; /* of the chip */
    int tries; /* of the PIN as last seen, or CARD_TRIES_UNKNOWN */
    bool no_challenge; /* it has refused GET CHALLENGE */
    bool unchecked; /* it was reset, and not recognised again since */
};

/*
 * Recognises the card behind *transport by GET CARD DATA, in a transaction of
 * its own, and takes the connection over; on failure the connection is closed.
 * BEID_ERR_CARD_TOO_OLD for applets 1.0 and 1.1, BEID_ERR_CARD_UNKNOWN for
 * what does not behave like a Belgian card.
 */
enum beid_err card_open(struct card *card, struct transport transport,
                        enum atr_family family) BEID_NODISCARD;

/* Ends the connection; with reset the card forgets every right it gave. */
void card_close(struct card *card, bool reset);

/*
 * Holds the card against other programs until card_end(). When another program
 * has reset it since, *was_reset is set (every PIN right is gone) and the
 * chip is recognised again: BEID_ERR_CARD_MISMATCH when it is not the same.
 * Both also hold for the next call when this one failed before that was done.
 */
enum beid_err card_begin(struct card *card, bool *was_reset) BEID_NODISCARD;

/*
 * Lets go of the card. With reset the card is reset and our own connection
 * taken up again, so that no right stays open whatever the card did before.
 */
enum beid_err card_end(struct card *card, bool reset) BEID_NODISCARD;

/*
 * Inside a transaction: is this still the chip that was recognised?
 * BEID_ERR_CARD_MISMATCH if not. Refreshes tries where the applet tells them.
 */
enum beid_err card_check(struct card *card) BEID_NODISCARD;

/*
 * Inside a transaction: selects a file or directory by its path below the
 * master file. BEID_ERR_NOT_FOUND when it does not exist.
 */
enum beid_err card_select(const struct card *card,
                          struct beid_span path) BEID_NODISCARD;

#endif
