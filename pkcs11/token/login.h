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
 * it may be tried again; a PIN that the card refused ends the user's login as
 * well, because the card then forgets that one too. The PIN is never kept.
 */
CK_RV login_user(struct module *module, struct session *session,
                 CK_USER_TYPE user, struct beid_span pin);

/* C_Logout. */
CK_RV login_end(struct module *module, struct session *session);

#endif
