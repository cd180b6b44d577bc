/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_INTERNAL_H
#define BEID_VERIFY_INTERNAL_H

#include <beid/bytes.h>
#include <beid/verify.h>

#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SHA256_SIZE 32U
#define NAME_MAX_BYTES 256U

/* A root that is trusted by its key; see chain.c for what a pin decides. */
struct pin {
    const char *common_name;
    uint8_t spki_sha256[SHA256_SIZE];
    time_t not_before;
    time_t not_after;
};

/* The Belgium Root CAs. */
extern const struct pin belgium_roots[];
extern const size_t belgium_root_count;

struct beid_verify {
    STACK_OF(X509) * trust; /* empty: the pins decide */
    STACK_OF(X509) * helpers;
    const struct pin *pins;
    size_t pin_count;
    bool has_time;
    time_t at;
};

/* A report with the room its strings point into. */
struct report {
    struct beid_verify_report open;
    char format[16];
    char algorithm[8];
    char common_name[NAME_MAX_BYTES];
    char surname[NAME_MAX_BYTES];
    char given_names[NAME_MAX_BYTES];
    char country[3];
    char national_number[12];
    char issuer[2 * NAME_MAX_BYTES];
    char anchor[2 * NAME_MAX_BYTES];
    char anchor_spki_sha256[2 * SHA256_SIZE + 1];
};

/* Strict base64 of one DER certificate; NULL when it is anything else. */
X509 *certificate_parse(const char *base64);

/* SHA-256 over the DER SubjectPublicKeyInfo; false when it cannot be made. */
bool certificate_spki_sha256(const X509 *cert, uint8_t out[SHA256_SIZE]);

/*
 * Is this an authentication certificate (key usage digitalSignature without
 * nonRepudiation, clientAuth when it has an extended key usage, no CA), valid
 * at this moment, with the key that the algorithm wants?
 */
enum beid_verify_result certificate_check(X509 *cert, const char *algorithm,
                                          time_t at) BEID_VERIFY_CHECK;

/* Fills names, issuer, validity and hash. OK, SUBJECT or INTERNAL. */
enum beid_verify_result
certificate_describe(const X509 *cert, struct report *out) BEID_VERIFY_CHECK;

/*
 * Builds and checks the chain from leaf to an anchor. evidence is untrusted
 * and may be empty. Fills the anchor members of out.
 */
enum beid_verify_result chain_check(const struct beid_verify *verifier,
                                    X509 *leaf, STACK_OF(X509) * evidence,
                                    time_t at,
                                    struct report *out) BEID_VERIFY_CHECK;

/* Does the key fit the JWA algorithm? OK, ALGORITHM or KEY. */
enum beid_verify_result
algorithm_check(const EVP_PKEY *key, const char *algorithm) BEID_VERIFY_CHECK;

/* The Web eID signature in base64 over H(origin) and H(nonce). */
enum beid_verify_result signature_check(EVP_PKEY *key, const char *signature,
                                        const char *origin,
                                        const char *nonce) BEID_VERIFY_CHECK;

#endif
