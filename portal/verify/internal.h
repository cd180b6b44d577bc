/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_INTERNAL_H
#define BEID_VERIFY_INTERNAL_H

#include "revocation.h"

#include <beid/bytes.h>
#include <beid/verify.h>

#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SHA256_SIZE 32U
#define NAME_MAX_BYTES 256U
#define POLICY_SIZE 64U
#define POLICIES_MAX 16U

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

struct policy {
    enum beid_verify_use use;
    char oid[POLICY_SIZE];
};

struct beid_verify {
    STACK_OF(X509) * trust; /* empty: the pins decide */
    STACK_OF(X509) * helpers;
    const struct pin *pins;
    size_t pin_count;
    struct policy policies[POLICIES_MAX]; /* beside the Belgian ones */
    size_t policy_count;
    bool refuse_inferred;
    bool require_device;
    struct revocation revocation;
    struct cache *cache; /* shared by threads; locks itself */
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
    char policy[POLICY_SIZE];
};

/*
 * A certificate under judgement; of a CA when use is ANY. evidence is untrusted and may be NULL;
 * algorithm is NULL when the key itself decides.
 */
struct leaf {
    X509 *cert;
    STACK_OF(X509) * evidence;
    const char *algorithm;
    enum beid_verify_use use;
    time_t at;
};

/*
 * Strict base64 of one DER certificate; NULL when it is anything else. One
 * that is known already is not parsed again; known may be NULL.
 */
X509 *certificate_parse(const char *base64, struct cache *known);

/* Is this digest one that still holds: SHA-256, SHA-384, SHA-512? */
bool digest_accepted(int nid);

/* Is the certificate's own signature made with such a digest? */
bool certificate_signed_strongly(X509 *cert);

/* Seconds since 1970; false when it is no time. */
bool certificate_seconds(const ASN1_TIME *from, time_t *out);

/* SHA-256 over the DER SubjectPublicKeyInfo; false when it cannot be made. */
bool certificate_spki_sha256(const X509 *cert, uint8_t out[SHA256_SIZE]);

/* RFC 2253 text of a name, cut when it is longer than the room. */
void certificate_name(const X509_NAME *name, char *room, size_t size);

/* Lower-case hexadecimal digits of a hash. */
void certificate_hex(const uint8_t hash[SHA256_SIZE],
                     char out[2 * SHA256_SIZE + 1]);

/* The pin that this certificate carries by key and name, or NULL. */
const struct pin *pin_of(const struct beid_verify *verifier, const X509 *cert);

/* A PEM or DER certificate, and nothing behind it; NULL otherwise. */
X509 *certificate_read(const void *data, size_t len);

/* What the key usage says: one of the two uses, or ANY when it says neither. */
enum beid_verify_use certificate_use(X509 *cert);

/*
 * Is this a certificate for leaf->use (authentication: key usage
 * digitalSignature without nonRepudiation, clientAuth when it has an extended
 * key usage; signature: nonRepudiation without digitalSignature; never a CA),
 * valid at this moment, with the key that the algorithm wants?
 */
enum beid_verify_result
certificate_check(const struct leaf *leaf) BEID_VERIFY_CHECK;

/* Fills names, issuer, validity and hash. OK, SUBJECT or INTERNAL. */
enum beid_verify_result
certificate_describe(const X509 *cert, struct report *out) BEID_VERIFY_CHECK;

/* Is text an OID in dotted form that can stand in the allow-list? */
bool policy_wellformed(const char *oid);

/* Is one of the certificate's policies accepted? OK or POLICY. */
enum beid_verify_result policy_check(const struct beid_verify *verifier,
                                     const X509 *cert, enum beid_verify_use use,
                                     struct report *out) BEID_VERIFY_CHECK;

/* Reads the qualified statements; a signature needs them. OK or QUALIFIED. */
enum beid_verify_result qualified_check(const struct beid_verify *verifier,
                                        const X509 *cert,
                                        enum beid_verify_use use,
                                        struct report *out) BEID_VERIFY_CHECK;

/*
 * Builds and checks the chain from the leaf to an anchor. Fills the anchor
 * members of out, and *issuer, which the caller frees.
 */
enum beid_verify_result chain_check(const struct beid_verify *verifier,
                                    const struct leaf *leaf, X509 **issuer,
                                    struct report *out) BEID_VERIFY_CHECK;

/*
 * Everything about a certificate but revocation, cheap checks first. On OK
 * *issuer is the CA's certificate, which the caller frees.
 */
enum beid_verify_result leaf_check(const struct beid_verify *verifier,
                                   const struct leaf *leaf, X509 **issuer,
                                   struct report *out) BEID_VERIFY_CHECK;

/* Asks about revocation as the verifier was told to. */
enum beid_verify_result revocation_check(const struct beid_verify *verifier,
                                         const struct leaf *leaf, X509 *issuer,
                                         struct report *out) BEID_VERIFY_CHECK;

/*
 * Hands a report over, or wipes and frees it after a refusal; tells the
 * inquiry, which may be NULL, either way.
 */
enum beid_verify_result report_give(enum beid_verify_result result,
                                    struct report *made,
                                    struct beid_verify_inquiry *inquiry,
                                    struct beid_verify_report **report);

/* Nothing was asked, and nothing is reported. */
void report_none(struct beid_verify_inquiry *inquiry,
                 struct beid_verify_report **report);

/* The moment that this verifier judges at. */
time_t verifier_time(const struct beid_verify *verifier);

/* Does the key fit the JWA algorithm? OK, ALGORITHM or KEY. */
enum beid_verify_result
algorithm_check(const EVP_PKEY *key, const char *algorithm) BEID_VERIFY_CHECK;

/* The Web eID signature in base64 over H(origin) and H(nonce). */
enum beid_verify_result signature_check(EVP_PKEY *key, const char *signature,
                                        const char *origin,
                                        const char *nonce) BEID_VERIFY_CHECK;

#endif
