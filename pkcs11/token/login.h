/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_LOGIN_H
#define BEID_TOKEN_LOGIN_H

#include "token/state.h"

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

/*
 * C_Login. CKU_USER leaves the right on the card until C_Logout, unknown with
 * transaction=sign; CKU_CONTEXT_SPECIFIC is known only there: it begins the
 * transaction that C_Sign ends, and its failure ends the signature. The PIN
 * is never kept.
 */
CK_RV login_user(struct module *module, struct session *session,
                 CK_USER_TYPE user, struct beid_span pin);

/* C_Logout. */
CK_RV login_end(struct module *module, struct session *session);

#endif
