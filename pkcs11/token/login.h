/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_LOGIN_H
#define BEID_TOKEN_LOGIN_H

#include "token/state.h"

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

/*
 * C_Login. CKU_USER leaves the right of the authentication key on the card
 * until C_Logout, unknown with transaction=sign. CKU_CONTEXT_SPECIFIC, between
 * C_SignInit and C_Sign of the signature key, and there of both keys, begins
 * the transaction that C_Sign ends. Its failure ends the signature there, else
 * it may be tried again. A PIN that the card refused ends the user's login as
 * well, because the card then forgets that one too. Without a PIN it is typed
 * on a reader with keys (pad.h). It is never kept.
 */
CK_RV login_user(struct module *module, struct session *session,
                 CK_USER_TYPE user, struct beid_span pin);

/*
 * Before the signature of a key that asks for a login each time. On a reader
 * with keys a user who is logged in types the PIN without having been asked by
 * the client: many clients know of CKU_USER alone. CKR_USER_NOT_LOGGED_IN
 * where that cannot be.
 */
CK_RV login_for_signature(struct module *module, struct session *session);

/* C_Logout. */
CK_RV login_end(struct module *module, struct session *session);

#endif
