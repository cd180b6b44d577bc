/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SLOT_STATE_H
#define BEID_SLOT_STATE_H

/*
 * Option strings of beid-agent-pkcs11.so and the extra slot flags that one of
 * them asks for. Both sides of the module's C_Initialize include this file:
 * the module, and the agent's card worker.
 *
 * CK_C_INITIALIZE_ARGS.pReserved points to a C string of key=value words
 * separated by single spaces; an unknown key or value is CKR_ARGUMENTS_BAD.
 *
 *   transaction=sign   VERIFY, signature and LOG OFF in one PC/SC transaction,
 *                      begun by C_Login(CKU_CONTEXT_SPECIFIC)
 *   objects=LIST       only these are listed; comma-separated words of:
 *                      auth sign ca root rrn data
 *   slot-state=yes     C_GetSlotInfo reports the flags below, taken from
 *                      SCardGetStatusChange and the ATR alone (no APDU),
 *                      right after C_GetSlotList from what that saw
 */
#define BEID_OPTION_TRANSACTION_SIGN "transaction=sign"
#define BEID_OPTION_OBJECTS "objects="
#define BEID_OPTION_SLOT_STATE "slot-state=yes"

/* In CK_SLOT_INFO.flags, only with slot-state=yes. */
#define BEID_SLOT_PINPAD 0x01000000UL /* PIN can be typed on the reader */
#define BEID_SLOT_UNSUPPORTED 0x02000000UL /* a card with a foreign ATR */
#define BEID_SLOT_MUTE 0x04000000UL /* a card that does not answer */
#define BEID_SLOT_BUSY 0x08000000UL /* held exclusively by another */
/* Applet 1.0 or 1.1, known after C_GetTokenInfo met that card (its ATR is that
 * of 1.7). */
#define BEID_SLOT_TOO_OLD 0x10000000UL

/* In CK_SESSION_INFO.flags, only with transaction=sign, where C_GetSessionInfo
 * comes to CKR_OK for every session: what else it would answer, such as
 * CKR_DEVICE_REMOVED, is in ulDeviceError. */
#define BEID_SESSION_FAILED 0x01000000UL

/* What C_GetSlotList answers, only with slot-state=yes, when pcscd cannot be
 * reached; other clients get an empty list. Above CKR_VENDOR_DEFINED. */
#define BEID_RV_NO_SERVICE 0xC2454901UL

#endif
