/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_WORKER_ISSUE_H
#define BEID_TESTS_WORKER_ISSUE_H

#include <beid/bytes.h>

#include <openssl/evp.h>

/* A test CA's and a card's keys, made for one test run. */
enum issue_key {
    ISSUE_RSA,
    ISSUE_P384,
    ISSUE_P256,
    ISSUE_ED25519
};

/* What a certificate is to say; from and until in seconds from now. */
struct issue_order {
    struct beid_span common_name; /* UTF-8, as it goes into the subject */
    const char *issuer;
    EVP_PKEY *key;
    EVP_PKEY *issuer_key;
    long from;
    long until;
};

/* The caller frees with EVP_PKEY_free(). Fails the test on an error. */
EVP_PKEY *issue_make_key(enum issue_key kind);

/* Makes a certificate in DER in the emptied buffer. */
void issue_certificate(const struct issue_order *order, struct beid_buf *out);

#endif
