/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_KEY_H
#define BEID_VERIFY_KEY_H

#include <openssl/core.h>

#include <stdbool.h>

/*
 * Reads P-384 public keys for OpenSSL, see crypto.h: each becomes a copy of one
 * model with another point, where OpenSSL 3.0 works out the curve anew for each
 * key. Whether the point lies on the curve is judged by OpenSSL all the same.
 */

/*
 * Makes the model with the EC functions and the context of the provider whose
 * key it will be. False when it cannot; a model that was there is given up.
 */
bool key_prepare(const OSSL_DISPATCH *functions, void *provider);
void key_forget(void);

/* Remembers how OpenSSL hands us the bytes to read. */
void key_connect(const OSSL_DISPATCH *core);

/* Of any other key it says nothing, which leaves that to the next decoder. */
extern const OSSL_ALGORITHM key_decoder;

#endif
