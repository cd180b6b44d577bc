/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_DATA_H
#define BEID_TOKEN_DATA_H

#include "token/state.h"

#include <p11-kit/pkcs11.h>

#include <stdbool.h>

/*
 * Data objects (CKO_DATA): the files about the citizen as they are, their
 * fields one by one, and the proof of the chip. Everybody may read them, as
 * the card itself asks no PIN for them.
 */

/* Is this the handle of a data object, if of any? */
bool data_owns(CK_OBJECT_HANDLE handle);

/*
 * Adds those that have all wanted values to a search. Reads a file only when
 * a field of it is wanted, to know whether it is there, or a value.
 */
CK_RV data_find(struct module *module, struct slot *slot,
                const CK_ATTRIBUTE *wanted, CK_ULONG count,
                struct search *search);

/* C_GetAttributeValue; CKR_OBJECT_HANDLE_INVALID when there is no such object
 * on this card, CKR_DEVICE_REMOVED when it is no longer there. */
CK_RV data_read(struct module *module, const struct session *session,
                CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *asked, CK_ULONG count);

/* C_GetObjectSize, as above: the length of the value. */
CK_RV data_size(struct module *module, const struct session *session,
                CK_OBJECT_HANDLE handle, CK_ULONG *out);

#endif
