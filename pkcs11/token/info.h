/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_INFO_H
#define BEID_TOKEN_INFO_H

#include "token/state.h"

#include <p11-kit/pkcs11.h>

/* The version this module keeps to, whatever newer one its header describes. */
#define INFO_CRYPTOKI_MAJOR 2
#define INFO_CRYPTOKI_MINOR 40

/* C_GetInfo. */
void info_library(CK_INFO *out);

/* C_GetSlotList; new readers become slots when out is NULL. Takes the locks it
 * needs, and no slot's. */
CK_RV info_slot_list(struct module *module, bool token_present, CK_SLOT_ID *out,
                     CK_ULONG *count);

/* C_GetSlotInfo. */
CK_RV info_slot(struct module *module, struct slot *slot, CK_SLOT_INFO *out);

/* How long the tries left are believed. Clients ask for them several times
 * while they look around, and each time would cost a command. */
#define INFO_TRIES_KEPT_MS 10000U

/* And what a look at all readers saw of one. */
#define INFO_SEEN_KEPT_MS 20U

/*
 * C_GetTokenInfo. The card stays connected, as one of a session would, so that
 * the session that mostly comes next need not recognise it again: until the last
 * session of all slots or C_CloseAllSessions ends, or C_Finalize. It is shared:
 * other programs use it meanwhile. serialNumber is the last eight bytes of the chip's serial
 * number in hexadecimal. The PIN flags come from the tries left: two
 * COUNT_LOW, one FINAL_TRY with it, none LOCKED.
 */
CK_RV info_token(struct module *module, struct slot *slot, CK_TOKEN_INFO *out);

/* The applet in a slot, for the mechanisms. */
CK_RV info_applet(struct module *module, struct slot *slot,
                  enum card_applet *out);

#endif
