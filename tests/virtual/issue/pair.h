/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PAIR_H
#define BEID_VIRTUAL_PAIR_H

#include <openssl/types.h>

/* A certificate with its private key, both owned. */
struct pki_pair {
    X509 *cert;
    EVP_PKEY *key;
};

void pki_pair_clear(struct pki_pair *pair);

#endif
