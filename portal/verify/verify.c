/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"
#include "internal.h"
#include "token.h"

#include <beid/secret.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>

/* More than all Belgian CAs together. */
#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define CERTIFICATES_MAX 1024

enum beid_verify_result
beid_verify_new(struct beid_verify **out)
{
    struct beid_verify *made = calloc(1, sizeof *made);
    *out = NULL;
    if (made == NULL) {
        return BEID_VERIFY_INTERNAL;
    }
    made->trust = sk_X509_new_null();
    made->helpers = sk_X509_new_null();
    made->pins = belgium_roots;
    made->pin_count = belgium_root_count;
    if (made->trust == NULL || made->helpers == NULL) {
        beid_verify_free(&made);
        return BEID_VERIFY_INTERNAL;
    }
    *out = made;
    return BEID_VERIFY_OK;
}

void
beid_verify_free(struct beid_verify **verifier)
{
    if (*verifier == NULL) {
        return;
    }
    sk_X509_pop_free((*verifier)->trust, X509_free);
    sk_X509_pop_free((*verifier)->helpers, X509_free);
    free(*verifier);
    *verifier = NULL;
}

/* Takes over cert when it is a CA's and there is room, else frees it. */
static bool
push_ca(STACK_OF(X509) * list, X509 *cert)
{
    if (cert != NULL && X509_check_ca(cert) == 1
        && sk_X509_num(list) < CERTIFICATES_MAX
        && sk_X509_push(list, cert) > 0) {
        return true;
    }
    X509_free(cert);
    return false;
}

static bool
push_pem(STACK_OF(X509) * list, const void *data, size_t len)
{
    BIO *mem = BIO_new_mem_buf(data, (int)len);
    bool good = mem != NULL;
    int count = 0;
    while (good) {
        X509 *cert = PEM_read_bio_X509(mem, NULL, NULL, NULL);
        if (cert == NULL) {
            /* Only the end of the text may stop the reading. */
            good = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
                   && count > 0;
            break;
        }
        good = push_ca(list, cert);
        count++;
    }
    BIO_free(mem);
    return good;
}

static bool
push_file(STACK_OF(X509) * list, const void *data, size_t len)
{
    static const char mark[] = "-----BEGIN ";
    if (memmem(data, len, mark, sizeof mark - 1) != NULL) {
        return push_pem(list, data, len);
    }
    const unsigned char *at = data;
    X509 *cert = d2i_X509(NULL, &at, (long)len);
    if (cert != NULL && at != (const unsigned char *)data + len) {
        X509_free(cert);
        return false;
    }
    return cert != NULL && push_ca(list, cert);
}

static enum beid_verify_result
certificates_add(STACK_OF(X509) * list, const void *data, size_t len)
{
    int before = sk_X509_num(list);
    if (data == NULL || len == 0 || len > FILE_MAX) {
        return BEID_VERIFY_ARGUMENT;
    }
    (void)ERR_set_mark();
    bool good = push_file(list, data, len);
    while (!good && sk_X509_num(list) > before) {
        X509_free(sk_X509_pop(list));
    }
    (void)ERR_pop_to_mark();
    return good ? BEID_VERIFY_OK : BEID_VERIFY_ARGUMENT;
}

enum beid_verify_result
beid_verify_add_trust(struct beid_verify *verifier, const void *data,
                      size_t len)
{
    return certificates_add(verifier->trust, data, len);
}

enum beid_verify_result
beid_verify_add_intermediate(struct beid_verify *verifier, const void *data,
                             size_t len)
{
    return certificates_add(verifier->helpers, data, len);
}

void
beid_verify_set_time(struct beid_verify *verifier, time_t at)
{
    verifier->has_time = true;
    verifier->at = at;
}

enum beid_verify_result
beid_verify_origin_check(const char *origin)
{
    return origin != NULL && origin_wellformed(origin) ? BEID_VERIFY_OK
                                                       : BEID_VERIFY_ARGUMENT;
}

static enum beid_verify_result
evidence_parse(const struct token *token, STACK_OF(X509) * out)
{
    for (size_t i = 0; i < token->chain_count; i++) {
        X509 *cert = certificate_parse(token->chain[i]);
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

/* Cheap checks first, the signature over origin and nonce last. */
static enum beid_verify_result
leaf_check(const struct beid_verify *verifier, const struct token *token,
           const struct beid_verify_token *request, X509 *leaf,
           struct report *out)
{
    time_t at = verifier->has_time ? verifier->at : time(NULL);
    STACK_OF(X509) *evidence = sk_X509_new_null();
    enum beid_verify_result result =
        evidence == NULL ? BEID_VERIFY_INTERNAL
                         : certificate_check(leaf, token->algorithm, at);
    if (result == BEID_VERIFY_OK) {
        result = certificate_describe(leaf, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = evidence_parse(token, evidence);
    }
    if (result == BEID_VERIFY_OK) {
        result = chain_check(verifier, leaf, evidence, at, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = signature_check(X509_get0_pubkey(leaf), token->signature,
                                 request->origin, request->nonce);
    }
    sk_X509_pop_free(evidence, X509_free);
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
    X509 *leaf = certificate_parse(token->certificate);
    if (leaf == NULL) {
        return BEID_VERIFY_CERTIFICATE;
    }
    enum beid_verify_result result =
        leaf_check(verifier, token, request, leaf, out);
    X509_free(leaf);
    /* Both were compared with short fixed names before. */
    memcpy(out->format, token->format, strlen(token->format) + 1);
    memcpy(out->algorithm, token->algorithm, strlen(token->algorithm) + 1);
    out->open.format = out->format;
    out->open.algorithm = out->algorithm;
    out->open.revocation = BEID_VERIFY_REVOCATION_NOT_CHECKED;
    return result;
}

enum beid_verify_result
beid_verify_token(const struct beid_verify *verifier,
                  const struct beid_verify_token *request,
                  struct beid_verify_report **report)
{
    struct token token;
    *report = NULL;
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
    struct beid_verify_report *open = made == NULL ? NULL : &made->open;
    if (result == BEID_VERIFY_OK) {
        *report = open;
    } else {
        beid_verify_report_free(&open);
    }
    return result;
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
