/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_DIGESTING_H
#define BEID_TOKEN_DIGESTING_H

#include "token/state.h"

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

/* Hashes are made here: the card makes none. */

/* C_DigestInit. */
CK_RV digesting_begin(struct session *session, const CK_MECHANISM *mechanism);

/* C_DigestUpdate; a failure ends the operation. */
CK_RV digesting_update(struct session *session, struct beid_span part);

/* C_DigestKey: no key here has a value that could be hashed. */
CK_RV digesting_key(const struct module *module, const struct session *session,
                    CK_OBJECT_HANDLE key);

/*
 * C_Digest (last is the whole input, one_part set) and C_DigestFinal (no
 * input). Two-call pattern on out and *len; every other way out ends the
 * operation.
 */
CK_RV digesting_finish(struct session *session, struct beid_span last,
                       bool one_part, CK_BYTE *out, CK_ULONG *len);

/* Ends the operation, if there is one. */
void digesting_forget(struct session *session);

#endif
