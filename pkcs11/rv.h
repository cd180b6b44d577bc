/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_RV_H
#define BEID_RV_H

#include <beid/err.h>

#include <p11-kit/pkcs11.h>

/* The Cryptoki return value for an error of ours (PKCS#11 2.40 §5.1). */
CK_RV rv_of(enum beid_err err);

#endif
