/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_SET_PIN_H
#define BEID_TOKEN_SET_PIN_H

#include "token/state.h"

#include <beid/bytes.h>

#include <p11-kit/pkcs11.h>

/*
 * C_SetPIN: with both PINs, or with neither where they can be typed on the
 * reader. The card opens the right of the old PIN with it: who was not logged
 * in is not afterwards either. A wrong old PIN ends the user's login, because
 * the card then forgets it.
 */
CK_RV set_pin(struct module *module, struct session *session,
              struct beid_span old_pin, struct beid_span new_pin);

#endif
