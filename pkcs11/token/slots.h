/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_SLOTS_H
#define BEID_TOKEN_SLOTS_H

#include "token/state.h"

#include <beid/err.h>

#include <p11-kit/pkcs11.h>

/* The slot with that identifier; NULL when there never was one. */
struct slot *slots_get(struct module *module, CK_SLOT_ID id);

/* Asks for the list of readers anew; new names become new slots. */
enum beid_err slots_refresh(struct module *module) BEID_NODISCARD;

/*
 * What the reader says now, without an APDU. A card that left, or another
 * insertion than the one we are connected to, closes the slot's sessions. A
 * reader that is gone is an empty one.
 */
enum beid_err slot_look(struct module *module, struct slot *slot,
                        struct reader_state *out) BEID_NODISCARD;

/*
 * Makes sure that slot->card is the card now in the reader, connected and
 * recognised; costs no APDU when it already is.
 */
enum beid_err slot_connect(struct module *module,
                           struct slot *slot) BEID_NODISCARD;

/*
 * Holds the connected card for some commands. A card that was reset by another
 * program has lost the login. BEID_ERR_BUSY while a context login is open.
 */
enum beid_err slot_begin(struct module *module,
                         struct slot *slot) BEID_NODISCARD;

/*
 * Lets go; err is how the commands went. With pin_open a PIN right may be
 * open: it is logged off, and the card is reset if that fails. Returns err, or
 * the failure to let go.
 */
enum beid_err slot_end(struct module *module, struct slot *slot, bool pin_open,
                       enum beid_err err) BEID_NODISCARD;

/* Ends the user's login if there is one: LOG OFF, or a reset. */
enum beid_err slot_log_off(struct module *module, struct slot *slot);

/*
 * After a failure: an error that means that the card is gone (or pcscd) drops
 * the connection and marks the sessions. Returns the same error.
 */
enum beid_err slot_failed(struct module *module, struct slot *slot,
                          enum beid_err err);

/* Disconnects every card; used when the last session closed. */
void slots_disconnect(struct module *module);

/* Closes the service if no card is connected. */
void slots_settle(struct module *module);

/* Disconnects and frees everything. */
void slots_clear(struct module *module);

#endif
