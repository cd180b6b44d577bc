/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_SLOTS_H
#define BEID_TOKEN_SLOTS_H

#include "token/state.h"

#include <beid/err.h>

#include <p11-kit/pkcs11.h>

/* The slot with that identifier; NULL when there never was one. Takes the lock
 * it needs. */
struct slot *slots_get(struct module *module, CK_SLOT_ID id);

/* Milliseconds of a clock that nobody sets. */
uint64_t slots_now_ms(void);

/* The identifier of a slot; needs no lock. */
CK_SLOT_ID slots_id(const struct module *module, const struct slot *slot);

/*
 * Looks at all readers at once, through the caller's own open service, and
 * notes what changed since for C_WaitForSlotEvent. With all, new readers become
 * slots and the list for C_GetSlotList is made anew. Takes the locks it needs,
 * and of slots only those of readers that are away, when there is no place for
 * a new one: a card at work keeps nobody from this. The caller holds none.
 */
enum beid_err slots_scan(struct module *module, void *service_self, bool all,
                         struct reader_scan *out) BEID_NODISCARD;

/* Without pcscd there are no readers: notes that. Takes the locks it needs. */
void slots_lost(struct module *module);

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

/* Logs off and lets go of the card; used when the slot's last session
 * closed. */
void slot_rest(struct module *module, struct slot *slot);

/* Closes the slot's service if no card is connected. */
void slot_settle(struct module *module, struct slot *slot);

/*
 * When no session is left in any slot: lets go of every card. Takes the locks
 * it needs; the caller holds none, and waits for none: a slot at work stays as
 * if the call in it had come later, connected without a right until sessions
 * end once more.
 */
void slots_rest(struct module *module);

/* Closes all sessions, disconnects and frees everything; nobody else is in the
 * module. */
void slots_clear(struct module *module);

#endif
