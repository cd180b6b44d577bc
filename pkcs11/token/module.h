/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_MODULE_H
#define BEID_TOKEN_MODULE_H

#include "card/transport.h"
#include "token/state.h"

#include <p11-kit/pkcs11.h>

#include <stdbool.h>

/* C_Initialize over a given service; args as PKCS#11 2.40 §5.4 has them. */
CK_RV module_start(const CK_C_INITIALIZE_ARGS *args,
                   const struct service_ops *service);

/*
 * C_Finalize: wakes the threads that wait, lets the calls in flight end, logs
 * off and lets go of everything. Calls that come meanwhile find no module.
 */
CK_RV module_stop(void);

/*
 * Counts a call in; NULL when the module is not initialised, or on its way
 * out. A child after fork() starts uninitialised. Takes no lock that lasts.
 */
struct module *module_enter(void);

/* Counts the call out. */
void module_leave(struct module *module);

/* Does C_Finalize wait for us? A call that has not begun its work leaves. */
bool module_stopping(void);

#endif
