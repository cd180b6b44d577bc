/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_TOKEN_CLIENT_H
#define BEID_TESTS_TOKEN_CLIENT_H

/* What every test of the C_* functions does first. */

#include "readers.h"

#include <p11-kit/pkcs11.h>

#include <stdbool.h>

#define CLIENT_PIN "1234"
#define CLIENT_WRONG "9999"

/* All functions of the module. */
CK_FUNCTION_LIST *client_list(void);

/* C_Initialize with an option string, or NULL for none. */
CK_RV client_start(const char *options);
/* C_Finalize, and asserts that nothing stays open. */
void client_stop(void);

/* The identifier of the n-th slot. */
CK_SLOT_ID client_slot(size_t n);
/* Does the first slot hold an applet 1.7? */
bool client_is_rsa(void);
/* A session on the first slot. */
CK_SESSION_HANDLE client_session(void);
/* The object of a class that belongs to the authentication key; 0 when there
 * is none. */
CK_OBJECT_HANDLE client_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class);
/* The same by the identifier of another key or certificate. */
CK_OBJECT_HANDLE client_find_id(CK_SESSION_HANDLE session,
                                CK_OBJECT_CLASS class, CK_BYTE id);
CK_RV client_login(CK_SESSION_HANDLE session, CK_USER_TYPE user,
                   const char *pin);
CK_RV client_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type,
                       CK_OBJECT_HANDLE key);

/*
 * Does the signature verify with the certificate's key? data is what the
 * mechanism got.
 */
bool client_verify(struct beid_span certificate, CK_MECHANISM_TYPE type,
                   struct beid_span data, struct beid_span signature);

#endif
