/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_EVENTS_H
#define BEID_TOKEN_EVENTS_H

#include "token/state.h"

#include <p11-kit/pkcs11.h>

/*
 * C_WaitForSlotEvent: the slot of a card, or a reader, that came or left since
 * this function told so last, or else since the readers were looked for first
 * (by any call). Each change is told once; several changes of one slot are one
 * event. Without CKF_DONT_BLOCK waits, in pcscd and not by asking again and
 * again; CKR_CRYPTOKI_NOT_INITIALIZED when C_Finalize ends that. CKR_NO_EVENT
 * with the flag. CKR_FUNCTION_FAILED when there is no pcscd to wait in.
 * Takes the locks it needs.
 */
CK_RV events_wait(struct module *module, CK_FLAGS flags, CK_SLOT_ID *out);

/* Wakes all threads inside events_wait(); for C_Finalize. */
void events_wake(struct module *module);

#endif
