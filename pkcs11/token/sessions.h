/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_SESSIONS_H
#define BEID_TOKEN_SESSIONS_H

#include "token/state.h"

#include <p11-kit/pkcs11.h>

#include <stdbool.h>

/*
 * The slot that a handle belongs to, if it is one at all; NULL when there is
 * no such slot. Needs no lock.
 */
struct slot *sessions_slot(struct module *module, CK_SESSION_HANDLE handle);

/*
 * The session behind a handle. CKR_SESSION_HANDLE_INVALID when there is none,
 * CKR_DEVICE_REMOVED when its card left.
 */
CK_RV sessions_get(const struct slot *slot, CK_SESSION_HANDLE handle,
                   struct session **out);

/* C_OpenSession; read-write sessions are given but write nothing, because
 * OpenSSH asks for one always. With transaction=sign CKR_DEVICE_REMOVED until
 * the slot's sessions with a card that left are closed. */
CK_RV sessions_open(struct module *module, struct slot *slot, CK_FLAGS flags,
                    CK_SESSION_HANDLE *out);

/* C_CloseSession; the last one of a slot logs off and lets go of the card. */
CK_RV sessions_close(struct module *module, struct slot *slot,
                     CK_SESSION_HANDLE handle);

/* C_CloseAllSessions. */
void sessions_close_all(struct module *module, struct slot *slot);

/* C_GetSessionInfo; notices a removed card. */
CK_RV sessions_info(struct module *module, struct slot *slot,
                    CK_SESSION_HANDLE handle, CK_SESSION_INFO *out);

/* Marks the sessions of a slot whose card left; what they did is over. */
void sessions_mark_gone(struct module *module, struct slot *slot);

/*
 * For the agent a session stands for the card that the citizen was shown.
 * libp11 quietly opens another one when its own is gone: that would be with
 * the next card, and the PIN would go there. So a slot with such a session is
 * to stay as it is. Only with transaction=sign.
 */
bool sessions_wait_for_close(const struct module *module,
                             const struct slot *slot);

/* How many sessions a slot has with the card that is in it, of which how many
 * are read-write. */
size_t sessions_count(const struct slot *slot, size_t *read_write);

#endif
