/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_MODULE_H
#define BEID_TOKEN_MODULE_H

#include "card/transport.h"
#include "token/state.h"

#include <p11-kit/pkcs11.h>

/* C_Initialize over a given service; args as PKCS#11 2.40 §5.4 has them. */
CK_RV module_start(const CK_C_INITIALIZE_ARGS *args,
                   const struct service_ops *service);

/* C_Finalize: logs off, lets go of everything. */
CK_RV module_stop(void);

/*
 * Takes the lock. NULL, without lock, when the module is not initialised; a
 * child after fork() starts uninitialised.
 */
struct module *module_enter(void);

/*
 * Gives the lock back and rv through. Closes the service when nothing needs
 * it: no card connected, no session open. So an idle module costs nothing,
 * and a pcscd started on demand may end.
 */
CK_RV module_leave(struct module *module, CK_RV rv);

#endif
