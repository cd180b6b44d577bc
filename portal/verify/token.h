/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_TOKEN_H
#define BEID_VERIFY_TOKEN_H

#include <beid/bytes.h>
#include <beid/verify.h>

#include <openssl/x509.h>

#include <stddef.h>

/* Largest JSON text: a token and a chain of CHAIN_MAX certificates. */
#define ANSWER_MAX 65536U
#define CHAIN_MAX 8U

/*
 * A token as it was written, nothing believed yet. The strings borrow from
 * tree, the parsed JSON, which token_clear() frees.
 */
struct token {
    void *tree;
    const char *certificate;
    const char *algorithm;
    const char *signature;
    const char *format;
    const char *chain[CHAIN_MAX];
    size_t chain_count;
};

/*
 * Reads a bare token or an answer of the agent ({"token": …,
 * "unverifiedEvidence": {"chain": […]}}). Members that are not known are
 * passed over, as Web eID's validators do; a member given twice is refused.
 * On failure *out is empty. OK, TOKEN_SIZE, TOKEN_JSON, TOKEN_FORMAT,
 * CHAIN_FORMAT or INTERNAL.
 */
enum beid_verify_result token_parse(struct beid_span text,
                                    struct token *out) BEID_VERIFY_CHECK;

void token_clear(struct token *token);

/* Reads unverifiedEvidence.chain of an answer into out; it may be absent. */
enum beid_verify_result token_evidence(const void *answer,
                                       struct token *out) BEID_VERIFY_CHECK;

/* The same, and the member chain of an answer about the signing certificate. */
enum beid_verify_result token_chain(const void *answer,
                                    struct token *out) BEID_VERIFY_CHECK;

struct cache;

/*
 * Appends the chain's certificates, parsed or taken from known, which may be
 * NULL. OK, CHAIN_FORMAT or INTERNAL.
 */
enum beid_verify_result evidence_parse(const struct token *token,
                                       struct cache *known,
                                       STACK_OF(X509) * out) BEID_VERIFY_CHECK;

#endif
