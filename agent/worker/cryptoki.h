/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CRYPTOKI_H
#define BEID_WORKER_CRYPTOKI_H

#include "wire/wire.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

/*
 * The module's own functions, for what libp11 cannot do: the state of a slot
 * without an APDU, and one certificate at a time (libp11 0.4.12 reads the
 * value of every certificate that is listed, which would cost the CA's as
 * well). The module is the one that libp11 initialised: the loader gives the
 * same copy for the same path. All calls belong to the card thread.
 */
struct cryptoki;

#define CRYPTOKI_SLOTS_MAX BEID_WIRE_READERS_MAX

struct cryptoki_slot {
    unsigned long id;
    bool pinpad;
    bool too_old; /* an eID card of applet 1.0 or 1.1; card: unsupported */
    enum beid_wire_card card;
};

struct cryptoki_slots {
    size_t count;
    struct cryptoki_slot slot[CRYPTOKI_SLOTS_MAX];
};

/* What the token says about its PIN. */
struct cryptoki_pin {
    bool pinpad;
    unsigned tries; /* left, from the token's flags; no flag means all */
};

enum cryptoki_certificate {
    CRYPTOKI_CERTIFICATE_AUTH,
    CRYPTOKI_CERTIFICATE_SIGN,
    CRYPTOKI_CERTIFICATE_CA,
    CRYPTOKI_CERTIFICATE_ROOT
};

/* Loads the module; BEID_ERR_NOT_FOUND with a log line when it is not one. */
enum beid_err cryptoki_open(const char *path,
                            struct cryptoki **out) BEID_NODISCARD;

/* Unloads; accepts NULL. */
void cryptoki_close(struct cryptoki **cryptoki);

/* All readers, by reader state and ATR alone. BEID_ERR_NO_SERVICE. */
enum beid_err cryptoki_slots(const struct cryptoki *cryptoki,
                             struct cryptoki_slots *out) BEID_NODISCARD;

/*
 * Opens a session that is held until cryptoki_release(): the module answers
 * CKR_DEVICE_REMOVED for all of it once the chip is another one.
 */
enum beid_err cryptoki_hold(struct cryptoki *cryptoki,
                            unsigned long slot) BEID_NODISCARD;
void cryptoki_release(struct cryptoki *cryptoki);

/*
 * Is the card that is held still the one in the reader? BEID_OK also when
 * nothing is held, BEID_ERR_CARD_REMOVED after a removal or a swap. No APDU.
 */
enum beid_err cryptoki_check(const struct cryptoki *cryptoki) BEID_NODISCARD;

/*
 * Withdraws (or no longer) the entry of a PIN on the held slot's reader: the
 * module breaks it off where the reader lets it, and begins none. The only call
 * that another thread than the card's may make.
 */
void cryptoki_withdraw(struct cryptoki *cryptoki, bool withdrawn);

/*
 * After an entry on the reader that came to err: BEID_ERR_TIMEOUT when the
 * person took too long, which Cryptoki has no value of its own for.
 */
enum beid_err cryptoki_entry_err(const struct cryptoki *cryptoki,
                                 enum beid_err err) BEID_NODISCARD;

/* Of the held slot. */
enum beid_err cryptoki_pin(const struct cryptoki *cryptoki,
                           struct cryptoki_pin *out) BEID_NODISCARD;

/*
 * Reads one certificate of the held slot into the emptied buffer out (DER);
 * BEID_ERR_NO_CERTIFICATE when the card does not hold it.
 */
enum beid_err cryptoki_certificate(const struct cryptoki *cryptoki,
                                   enum cryptoki_certificate which,
                                   struct beid_buf *out) BEID_NODISCARD;

#endif
