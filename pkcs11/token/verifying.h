/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_VERIFYING_H
#define BEID_TOKEN_VERIFYING_H

#include "token/state.h"

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

/* Signatures are verified here, with the key of the certificate; the card is
 * not asked for anything but that. */

/* C_VerifyInit; reads the certificate of the key if it was not read yet. */
CK_RV verifying_begin(struct module *module, struct session *session,
                      const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);

/* C_VerifyUpdate; a failure ends the operation. */
CK_RV verifying_update(struct session *session, struct beid_span part);

/* C_Verify (last is the whole input, one_part set) and C_VerifyFinal (no
 * input); every way out ends the operation. */
CK_RV verifying_finish(struct session *session, struct beid_span last,
                       bool one_part, struct beid_span signature);

/* Ends the operation, if there is one. */
void verifying_forget(struct session *session);

#endif
