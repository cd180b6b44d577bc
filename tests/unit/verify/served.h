/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TESTS_VERIFY_SERVED_H
#define BEID_TESTS_VERIFY_SERVED_H

#include "pki.h"
#include "responder.h"

#define DAY ((time_t)24 * 3600)
#define HOUR ((time_t)3600)
#define SERIAL 100
#define NOBODY 77

/*
 * A citizen, the CA's responder, and a verifier that asks it; the clocks of the
 * two are moved together.
 */
struct served {
    EVP_PKEY *ca;
    EVP_PKEY *holder;
    X509 *ca_cert;
    time_t now;
    struct responder responder;
    char *by_ocsp; /* tokens: of a certificate that names the responder, */
    char *by_crl; /* of one that names the CRL alone, */
    char *by_both; /* and of one that names both */
    struct beid_verify *verifier;
};

extern struct served world;

/* For cmocka: of a group of tests. */
int world_make(void **state);
int world_free(void **state);

/* Of each: a new verifier, and a responder that calls nobody revoked. */
int set_up(void **state);
int tear_down(void **state);

void mode(enum beid_verify_revocation_mode mode);

/* What is expected of one token, this many seconds after the start. */
struct step {
    time_t after;
    enum beid_verify_result result;
    enum beid_verify_revocation by;
    bool kept; /* known here already: no server was asked with success */
};

void take(const char *token, const struct step *step);
void take_all(const char *token, const struct step *steps, size_t count);

#define TAKE_ALL(token, steps)                                                 \
    take_all(token, steps, sizeof(steps) / sizeof(steps)[0])

#define GOOD BEID_VERIFY_OK
#define OCSP BEID_VERIFY_REVOCATION_OCSP
#define CRL BEID_VERIFY_REVOCATION_CRL
#define UNAVAILABLE BEID_VERIFY_REVOCATION_UNAVAILABLE
#define NO_ANSWER BEID_VERIFY_REVOCATION_NO_ANSWER

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
