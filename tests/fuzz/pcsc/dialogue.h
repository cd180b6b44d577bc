/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_FUZZ_DIALOGUE_H
#define BEID_FUZZ_DIALOGUE_H

#include <p11-kit/pkcs11.h>

#include <stdbool.h>

/*
 * What an application does with the module from C_Initialize to C_Finalize.
 * Each step goes as far as it gets; its result is that of the first call that
 * failed.
 */
enum dialogue_step {
    DIALOGUE_LIST, /* slots, their tokens, mechanisms */
    DIALOGUE_READ, /* all objects, all their attributes */
    DIALOGUE_FIND, /* one certificate by class and identifier */
    DIALOGUE_LOGIN, /* in, and out */
    DIALOGUE_SIGN, /* with the authentication key */
    DIALOGUE_SIGN_PARTS, /* in parts */
    DIALOGUE_SIGN_AGAIN, /* with the signature key, context login */
    DIALOGUE_SET_PIN, /* to the same one */
    DIALOGUE_DATA, /* data objects */
    DIALOGUE_RANDOM,
    DIALOGUE_DIGEST,
    DIALOGUE_WAIT, /* for a slot event, without waiting */
    DIALOGUE_STEPS
};

/* options as in C_Initialize's pReserved, or NULL. */
CK_RV dialogue_start(const char *options);
/* Ends it; what is still held ends the program. */
void dialogue_stop(void);

/* One step, with a session of its own. pinpad: no PIN is handed over. */
CK_RV dialogue_step(enum dialogue_step step, bool context_login, bool pinpad);

#endif
