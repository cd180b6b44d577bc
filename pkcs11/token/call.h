/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_CALL_H
#define BEID_TOKEN_CALL_H

#include "token/state.h"

#include <p11-kit/pkcs11.h>

/* One C_* call in flight: where it works, and the lock that it holds. */
struct call {
    struct module *module;
    struct slot *slot; /* NULL, or locked */
    struct session *session; /* NULL, or of that slot */
};

/*
 * Enter the module: alone, with a slot locked, or with a session and its slot
 * locked. CKR_OK, or the answer of the call, and then there is nothing to end:
 * CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SLOT_ID_INVALID, CKR_SESSION_HANDLE_INVALID,
 * CKR_DEVICE_REMOVED when the session's card left, CKR_CANT_LOCK.
 */
CK_RV call_module(struct call *call);
CK_RV call_slot(struct call *call, CK_SLOT_ID id);
CK_RV call_session(struct call *call, CK_SESSION_HANDLE handle);

/*
 * As call_session(), for what may need the card. A context login of another
 * session holds the card until its signature is made, a moment later as a rule:
 * waits for that as for the lock of the slot, but no longer than a few seconds,
 * and never for a login that this same thread made and would have to use. What
 * does need the card then answers CKR_FUNCTION_FAILED.
 */
CK_RV call_card(struct call *call, CK_SESSION_HANDLE handle);

/* The slot of a session, locked; whether there is such a session is open. */
CK_RV call_slot_of(struct call *call, CK_SESSION_HANDLE handle);

/*
 * Gives the slot back before the end of the call. Closes its service when no
 * card is connected through it: so an idle module costs nothing, and a pcscd
 * started on demand may end.
 */
void call_leave_slot(struct call *call);

/* Leaves the module and gives rv through. */
CK_RV call_end(struct call *call, CK_RV rv);

/* C_CloseSession, also for a session whose card left, and
 * C_CloseAllSessions. With the last session of all every card is let go. */
CK_RV call_close(CK_SESSION_HANDLE handle);
CK_RV call_close_all(CK_SLOT_ID id);

#endif
