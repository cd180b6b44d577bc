/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_VERIFY_WORLD_H
#define BEID_TESTS_VERIFY_WORLD_H

#include "pki.h"
#include "verify/internal.h"

#define DAY ((time_t)24 * 3600)

/* A root that is pinned, a CA below it, and a citizen of that. */
struct test_world {
    EVP_PKEY *root;
    EVP_PKEY *ca;
    EVP_PKEY *holder;
    X509 *root_cert; /* "TEST Root", 400 days */
    X509 *ca_cert; /* "TEST CA" */
    X509 *holder_cert; /* "Nora", 200 days */
    time_t now;
    struct pin pin;
    struct beid_verify *verifier; /* pins that root alone */
};

struct test_issue {
    const char *subject;
    EVP_PKEY *key; /* a CA's, unless it is the holder's */
    const char *issuer;
    EVP_PKEY *by;
    time_t until;
};

/* Valid since yesterday; the caller frees it. */
X509 *test_issue(const struct test_world *world, const struct test_issue *what);

/* Makes it new, with a CA that ends after these days; 0, or -1. */
int test_world_make(struct test_world *world, time_t ca_days);
void test_world_free(struct test_world *world);

#endif
