/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_SIGNING_H
#define BEID_TOKEN_SIGNING_H

#include "token/state.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <p11-kit/pkcs11.h>

/* C_SignInit; sends nothing to the card. */
CK_RV signing_begin(struct module *module, struct session *session,
                    const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);

/* C_SignUpdate. */
CK_RV signing_update(struct module *module, struct session *session,
                     struct beid_span part);

/*
 * C_Sign (last is the whole input, one_part set) and C_SignFinal (no input).
 * Two-call pattern on signature and *len; every other way out ends the
 * operation, and with it a context login.
 */
CK_RV signing_finish(struct module *module, struct session *session,
                     struct beid_span last, bool one_part, CK_BYTE *signature,
                     CK_ULONG *len);

/*
 * Ends the operation, if there is one. A context login of the session and its
 * transaction end, a user's login does not; the result is how that went.
 */
enum beid_err signing_end(struct module *module, struct session *session);

/* Ends the operation of a session whose card is gone. */
void signing_forget(struct session *session);

#endif
