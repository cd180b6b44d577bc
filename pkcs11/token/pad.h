/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_PAD_H
#define BEID_TOKEN_PAD_H

#include "token/state.h"

#include <beid/err.h>

#include <p11-kit/pkcs11.h>

/*
 * Readers with keys of their own (CKF_PROTECTED_AUTHENTICATION_PATH).
 *
 * A client may give a PIN although the reader has keys: PKCS#11 2.40 §5.6
 * says that it "should" be NULL, readers let it pass, and people without
 * numeric keys at hand can still log in. Without PIN, or with one of no
 * length, it is typed on the reader.
 */

/* The LANGID for what readers show, from the locale's variables. */
uint16_t pad_language(void);

/* Asks the connected reader for its keys, once for each attachment. A failure
 * leaves the slot connected, unless it is that the card left. */
enum beid_err pad_look(struct module *module, struct slot *slot) BEID_NODISCARD;

/* The same without a card; for slot-state=yes. */
bool pad_seen(struct module *module, struct slot *slot);

/* Another reader may come in the place of one that was unplugged. */
void pad_forget(struct slot *slot);

/* Can the PIN be typed on the reader of this connected slot? */
bool pad_can_verify(const struct slot *slot);

/*
 * Inside a transaction: VERIFY with a PIN typed on the reader. What the reader
 * said goes to slot->device_error (C_GetSessionInfo); a person who took too
 * long counts as BEID_ERR_CANCELLED. *sent: the card may have got a PIN.
 * While the reader waits for keys every session of the slot that has a
 * CK_NOTIFY is asked with CKN_SURRENDER, and CKR_CANCEL breaks the entry off
 * where the reader can (start and finish), as does C_Finalize; each is asked
 * before and after as well, and a right that came too late is
 * BEID_ERR_CANCELLED. It is called with the slot locked and must call nothing
 * of the module.
 */
enum beid_err pad_verify(struct module *module, struct slot *slot,
                         bool *sent) BEID_NODISCARD;

/* C_SetPIN without PINs: old and new one are typed on the reader. */
CK_RV pad_set_pin(struct module *module, struct session *session);

#endif
