/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"
#include "internal.h"
#include "token.h"

#include <beid/secret.h>

#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

enum beid_verify_result
leaf_check(const struct beid_verify *verifier, const struct leaf *leaf,
           X509 **issuer, struct report *out)
{
    *issuer = NULL;
    enum beid_verify_result result = certificate_check(leaf);
    if (result == BEID_VERIFY_OK) {
        out->open.use = leaf->use;
        result = certificate_describe(leaf->cert, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = policy_check(verifier, leaf->cert, leaf->use, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = qualified_check(verifier, leaf->cert, leaf->use, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = chain_check(verifier, leaf, issuer, out);
    }
    return result;
}

enum beid_verify_result
evidence_parse(const struct token *token, struct cache *known,
               STACK_OF(X509) * out)
{
    for (size_t i = 0; i < token->chain_count; i++) {
        X509 *cert = certificate_parse(token->chain[i], known);
        if (cert == NULL) {
            return BEID_VERIFY_CHAIN_FORMAT;
        }
        if (sk_X509_push(out, cert) == 0) {
            X509_free(cert);
            return BEID_VERIFY_INTERNAL;
        }
    }
    return BEID_VERIFY_OK;
}

/* The signature over origin and nonce comes after all cheap checks. */
static enum beid_verify_result
token_check(const struct beid_verify *verifier, const struct token *token,
            const struct beid_verify_token *request, struct leaf *leaf,
            struct report *out)
{
    X509 *issuer = NULL;
    leaf->evidence = sk_X509_new_null();
    enum beid_verify_result result =
        leaf->evidence == NULL
            ? BEID_VERIFY_INTERNAL
            : evidence_parse(token, verifier->cache, leaf->evidence);
    if (result == BEID_VERIFY_OK) {
        result = leaf_check(verifier, leaf, &issuer, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = signature_check(X509_get0_pubkey(leaf->cert), token->signature,
                                 request->origin, request->nonce);
    }
    if (result == BEID_VERIFY_OK) {
        result = revocation_check(verifier, leaf, issuer, out);
    }
    X509_free(issuer);
    sk_X509_pop_free(leaf->evidence, X509_free);
    return result;
}

static enum beid_verify_result
parsed_check(const struct beid_verify *verifier, const struct token *token,
             const struct beid_verify_token *request, struct report *out)
{
    if (strcmp(token->algorithm, "RS256") != 0
        && strcmp(token->algorithm, "ES384") != 0) {
        return BEID_VERIFY_ALGORITHM;
    }
    struct leaf leaf = {.cert = certificate_parse(token->certificate, NULL),
                        .algorithm = token->algorithm,
                        .use = BEID_VERIFY_USE_AUTHENTICATION,
                        .at = verifier_time(verifier)};
    if (leaf.cert == NULL) {
        return BEID_VERIFY_CERTIFICATE;
    }
    enum beid_verify_result result =
        token_check(verifier, token, request, &leaf, out);
    X509_free(leaf.cert);
    /* Both were compared with short fixed names before. */
    memcpy(out->format, token->format, strlen(token->format) + 1);
    memcpy(out->algorithm, token->algorithm, strlen(token->algorithm) + 1);
    out->open.format = out->format;
    out->open.algorithm = out->algorithm;
    return result;
}

void
report_none(struct beid_verify_inquiry *inquiry,
            struct beid_verify_report **report)
{
    *report = NULL;
    if (inquiry != NULL) {
        *inquiry = (struct beid_verify_inquiry){0};
    }
}

/* Only these verdicts come from what was answered about revocation. */
static void
inquiry_tell(enum beid_verify_result result,
             const struct beid_verify_report *open,
             struct beid_verify_inquiry *out)
{
    if (result == BEID_VERIFY_REVOCATION_UNAVAILABLE) {
        out->revocation = BEID_VERIFY_REVOCATION_NO_ANSWER;
    } else if (result == BEID_VERIFY_OK || result == BEID_VERIFY_REVOKED
               || result == BEID_VERIFY_REVOCATION_UNKNOWN) {
        out->revocation = open->revocation;
        out->at = open->revocation_at;
        out->cached = open->revocation_cached;
    }
}

enum beid_verify_result
report_give(enum beid_verify_result result, struct report *made,
            struct beid_verify_inquiry *inquiry,
            struct beid_verify_report **report)
{
    struct beid_verify_report *open = made == NULL ? NULL : &made->open;
    if (inquiry != NULL && open != NULL) {
        inquiry_tell(result, open, inquiry);
    }
    if (result == BEID_VERIFY_OK) {
        *report = open;
    } else {
        beid_verify_report_free(&open);
    }
    return result;
}

enum beid_verify_result
beid_verify_token(const struct beid_verify *verifier,
                  const struct beid_verify_token *request,
                  struct beid_verify_report **report)
{
    struct token token;
    report_none(request->inquiry, report);
    if (request->token == NULL || request->origin == NULL
        || request->nonce == NULL || !origin_wellformed(request->origin)
        || !nonce_wellformed(request->nonce)) {
        return BEID_VERIFY_ARGUMENT;
    }
    enum beid_verify_result result =
        token_parse(beid_span_of(request->token, request->token_len), &token);
    if (result != BEID_VERIFY_OK) {
        return result;
    }
    struct report *made = calloc(1, sizeof *made);
    (void)ERR_set_mark(); /* the caller's error queue stays as it was */
    result = made == NULL ? BEID_VERIFY_INTERNAL
                          : parsed_check(verifier, &token, request, made);
    token_clear(&token);
    (void)ERR_pop_to_mark();
    return report_give(result, made, request->inquiry, report);
}

static enum beid_verify_result
certificate_judge(const struct beid_verify *verifier, X509 *cert,
                  enum beid_verify_use use, struct report *out)
{
    X509 *issuer = NULL;
    const struct leaf leaf = {
        .cert = cert,
        .use = use == BEID_VERIFY_USE_ANY ? certificate_use(cert) : use,
        .at = verifier_time(verifier)};
    enum beid_verify_result result = leaf_check(verifier, &leaf, &issuer, out);
    if (result == BEID_VERIFY_OK) {
        result = revocation_check(verifier, &leaf, issuer, out);
    }
    X509_free(issuer);
    return result;
}

enum beid_verify_result
beid_verify_certificate(const struct beid_verify *verifier, const void *data,
                        size_t len, enum beid_verify_use use,
                        struct beid_verify_inquiry *inquiry,
                        struct beid_verify_report **report)
{
    report_none(inquiry, report);
    (void)ERR_set_mark();
    X509 *cert = certificate_read(data, len);
    struct report *made = calloc(1, sizeof *made);
    enum beid_verify_result result = BEID_VERIFY_INTERNAL;
    if (made != NULL) {
        result = cert == NULL ? BEID_VERIFY_CERTIFICATE
                              : certificate_judge(verifier, cert, use, made);
    }
    X509_free(cert);
    (void)ERR_pop_to_mark();
    return report_give(result, made, inquiry, report);
}

void
beid_verify_report_free(struct beid_verify_report **report)
{
    if (*report == NULL) {
        return;
    }
    /* open is the first member of struct report, the only maker of reports. */
    beid_wipe(*report, sizeof(struct report));
    free(*report);
    *report = NULL;
}
