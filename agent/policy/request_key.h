/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_REQUEST_KEY_H
#define BEID_POLICY_REQUEST_KEY_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

#define POLICY_KID_MAX 64U

/* A key that a portal signs its step-up requests with. */
struct policy_request_key;

/* Letters, digits, '.', '_' and '-', at most POLICY_KID_MAX of them. */
bool policy_kid_valid(struct beid_span kid);

/* A key without content; kid is valid. BEID_ERR_MEMORY. */
enum beid_err
policy_request_key_new(struct beid_span kid,
                       struct policy_request_key **out) BEID_NODISCARD;
void policy_request_key_free(struct policy_request_key **key);

bool policy_request_key_named(const struct policy_request_key *key,
                              struct beid_span kid);

/*
 * Adds one line of the PEM ("-----BEGIN PUBLIC KEY-----" to its END) or sets
 * the algorithm by its name. BEID_ERR_FORMAT for a line behind the last, a
 * second algorithm, a key that is none of EC P-256, EC P-384, Ed25519 and
 * RSA of 2048 to 4096 bits. BEID_ERR_LIMIT, BEID_ERR_MEMORY.
 */
enum beid_err policy_request_key_line(struct policy_request_key *key,
                                      const char *line) BEID_NODISCARD;
enum beid_err policy_request_key_algorithm(struct policy_request_key *key,
                                           const char *name) BEID_NODISCARD;

/*
 * Is the key whole, and does its algorithm go with it? An EC or Ed25519 key
 * has only one; an RSA key signs with PS256 unless RS256 was set.
 */
bool policy_request_key_complete(const struct policy_request_key *key);

/* "ES256", "ES384", "PS256", "RS256" or "EdDSA": what this key alone does. */
const char *
policy_request_key_algorithm_name(const struct policy_request_key *key);

/*
 * Verifies a JWS signature (RFC 7518 §3, RFC 8037) with the key's own
 * algorithm. BEID_ERR_SIGNATURE when it is not good, BEID_ERR_MEMORY.
 */
enum beid_err
policy_request_key_verify(const struct policy_request_key *key,
                          struct beid_span message,
                          struct beid_span signature) BEID_NODISCARD;

/*
 * Uses every algorithm once, so that the cryptographic library has loaded
 * what it loads lazily before a sandbox closes the file system.
 */
enum beid_err policy_request_key_warm(void) BEID_NODISCARD;

#endif
