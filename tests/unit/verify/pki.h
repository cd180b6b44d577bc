/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_VERIFY_PKI_H
#define BEID_TESTS_VERIFY_PKI_H

#include <beid/verify.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define TEST_ORIGIN "https://portal.example"
#define TEST_NONCE "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

/* What a test certificate says. Issuer name and key may lie. */
struct test_cert {
    const char *subject; /* common name */
    const char *issuer; /* common name */
    EVP_PKEY *key;
    EVP_PKEY *issuer_key;
    const EVP_MD *hash;
    bool ca;
    time_t not_before;
    time_t not_after;
    long serial; /* 0: 42 */
    const char *ocsp; /* URLs, or NULL */
    const char *crl;
    bool signer; /* non-repudiation and qualified, no authentication */
};

/* A P-384 key; the caller frees it. Aborts when libcrypto cannot. */
EVP_PKEY *test_key(void);

/* Signs a certificate; the caller frees it. */
X509 *test_cert_make(const struct test_cert *what);

/*
 * An answer of the agent: an ES384 token of leaf over TEST_ORIGIN and
 * TEST_NONCE, and count chain certificates. The caller frees it with free().
 */
char *test_answer(X509 *leaf, EVP_PKEY *key, X509 *const *chain, size_t count);

/* The verdict on such an answer; *report as beid_verify_token() leaves it. */
enum beid_verify_result test_verify(const struct beid_verify *verifier,
                                    const char *answer,
                                    struct beid_verify_report **report);

#endif
