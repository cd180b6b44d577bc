/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_TOKEN_CALLS_H
#define BEID_TESTS_TOKEN_CALLS_H

#include <p11-kit/pkcs11.h>

#include <stddef.h>

/* A call with a session or slot and otherwise zeros and NULL pointers. */
struct call {
    const char *name;
    CK_RV (*run)(CK_ULONG handle);
    /* What a valid session or slot gets. */
    CK_RV expected;
    enum {
        CALL_PLAIN,
        CALL_SLOT,
        CALL_SESSION
    } takes;
};

/* All functions but C_Initialize, C_Finalize and C_GetFunctionList; the ones
 * that close sessions come last. */
extern const struct call calls[];
extern const size_t calls_count;

#endif
