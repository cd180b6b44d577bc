/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CRYPTOKI_ERROR_H
#define BEID_WORKER_CRYPTOKI_ERROR_H

#include <beid/err.h>

/*
 * Our error for a Cryptoki return value (PKCS#11 2.40 §5.1), whether it came
 * from the module or, as a reason code, through libp11. A value that the
 * module should never give us is BEID_ERR_INTERNAL. What Cryptoki cannot tell
 * apart (CKR_DEVICE_ERROR) is BEID_ERR_CARD; operation.c looks further.
 */
enum beid_err cryptoki_err(unsigned long rv) BEID_NODISCARD;

#endif
