/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "statement.h"

#include "crypto.h"
#include "grammar.h"
#include "json.h"
#include "token.h"

#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 32768U

/* The agent's answer; strings borrow from tree. */
struct answer {
    void *tree;
    const char *statement;
    const char *signature;
    struct token evidence; /* only its chain is used */
};

static enum beid_verify_result
answer_read(struct beid_span json, struct answer *out)
{
    *out = (struct answer){0};
    if (json.len == 0 || json.len > ANSWER_MAX) {
        return BEID_VERIFY_TOKEN_SIZE;
    }
    enum beid_verify_result result = json_read(json, &out->tree);
    if (result != BEID_VERIFY_OK) {
        return result;
    }
    out->statement = json_text(out->tree, "statement");
    out->signature = json_text(out->tree, "signature");
    if (out->statement == NULL || out->signature == NULL) {
        return BEID_VERIFY_TOKEN_JSON;
    }
    return token_evidence(out->tree, &out->evidence);
}

/* Which language makes exactly this text of the request? */
static enum beid_verify_result
text_check(const struct beid_verify_statement *asked,
           const struct request *request, const char *statement,
           struct report *out)
{
    struct beid_span signed_text = beid_span_str(statement);
    enum beid_verify_result result = BEID_VERIFY_STATEMENT_TEXT;
    for (size_t i = 0; result != BEID_VERIFY_OK && i < LANGUAGE_COUNT; i++) {
        const char *code = statement_language(i);
        struct beid_buf text;
        if (asked->lang != NULL && strcmp(asked->lang, code) != 0) {
            continue;
        }
        beid_buf_init(&text, TEXT_MAX);
        if (statement_text(request, i, asked->portal_name, &text) == BEID_OK
            && beid_span_same(beid_buf_span(&text), signed_text)) {
            out->open.lang = code;
            result = BEID_VERIFY_OK;
        }
        beid_buf_clear(&text);
    }
    return result;
}

static bool
hash_is(const uint8_t hash[SHA256_SIZE], const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * SHA256_SIZE + 1] = "";
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 0x0F];
    }
    return strcasecmp(text, hex) == 0;
}

/*
 * The login's certificate names the same person, and is the one that the
 * request was bound to when it was bound to one.
 */
static enum beid_verify_result
login_check(const struct beid_verify_statement *asked,
            const struct request *request, const struct report *signer)
{
    struct report *login = calloc(1, sizeof *login);
    X509 *cert = certificate_read(asked->login_certificate,
                                  asked->login_certificate_len);
    enum beid_verify_result result = BEID_VERIFY_ARGUMENT;
    if (login != NULL && cert != NULL) {
        bool same =
            certificate_describe(cert, login) == BEID_VERIFY_OK
            && login->open.national_number != NULL
            && signer->open.national_number != NULL
            && strcmp(login->open.national_number, signer->open.national_number)
                   == 0
            && (request->certificate == NULL
                || hash_is(login->open.certificate_sha256,
                           request->certificate));
        result = same ? BEID_VERIFY_OK : BEID_VERIFY_PERSON;
    }
    struct beid_verify_report *open = login == NULL ? NULL : &login->open;
    beid_verify_report_free(&open);
    X509_free(cert);
    return result;
}

static enum beid_verify_result
person_check(const struct beid_verify_statement *asked,
             const struct request *request, const struct report *signer)
{
    uint8_t hash[SHA256_SIZE];
    const char *number = signer->open.national_number;
    if (asked->person_sha256 != NULL) {
        if (number == NULL || !crypto_sha256(beid_span_str(number), hash)
            || memcmp(hash, asked->person_sha256, sizeof hash) != 0) {
            return BEID_VERIFY_PERSON;
        }
    }
    return asked->login_certificate == NULL
               ? BEID_VERIFY_OK
               : login_check(asked, request, signer);
}

/* The CA's certificate may lie in the answer or in the CMS itself. */
static enum beid_verify_result
evidence_of(const struct beid_verify *verifier, const struct answer *answer,
            const struct cms *cms, STACK_OF(X509) * out)
{
    enum beid_verify_result result =
        evidence_parse(&answer->evidence, verifier->cache, out);
    int count = sk_X509_num(cms->certs);
    for (int i = 0; result == BEID_VERIFY_OK && i < count; i++) {
        X509 *cert = sk_X509_value(cms->certs, i);
        if (count > (int)CHAIN_MAX) {
            return BEID_VERIFY_CMS_FORMAT;
        }
        if (X509_up_ref(cert) != 1) {
            return BEID_VERIFY_INTERNAL;
        }
        if (sk_X509_push(out, cert) == 0) {
            X509_free(cert);
            return BEID_VERIFY_INTERNAL;
        }
    }
    return result;
}

/* From the cheapest check to the one that asks the network. */
static enum beid_verify_result
signature_judge(const struct beid_verify *verifier,
                const struct beid_verify_statement *asked,
                const struct request *request, const struct answer *answer,
                struct cms *cms, struct report *out)
{
    X509 *issuer = NULL;
    struct leaf leaf = {.cert = cms->cert,
                        .evidence = sk_X509_new_null(),
                        .use = BEID_VERIFY_USE_SIGNATURE,
                        .at = verifier_time(verifier)};
    enum beid_verify_result result =
        leaf.evidence == NULL
            ? BEID_VERIFY_INTERNAL
            : evidence_of(verifier, answer, cms, leaf.evidence);
    if (result == BEID_VERIFY_OK) {
        result = leaf_check(verifier, &leaf, &issuer, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = cms_attributes(cms);
        out->open.signed_at = cms->signed_at;
    }
    if (result == BEID_VERIFY_OK) {
        result = cms_signature(cms, beid_span_str(answer->statement));
    }
    if (result == BEID_VERIFY_OK) {
        result = person_check(asked, request, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = revocation_check(verifier, &leaf, issuer, out);
    }
    X509_free(issuer);
    sk_X509_pop_free(leaf.evidence, X509_free);
    return result;
}

static enum beid_verify_result
statement_judge(const struct beid_verify *verifier,
                const struct beid_verify_statement *asked, struct report *out)
{
    struct request request;
    struct answer answer = {0};
    struct cms cms = {0};
    enum beid_verify_result result = request_parse(
        beid_span_of(asked->request, asked->request_len), &request);
    if (result == BEID_VERIFY_OK) {
        result = answer_read(beid_span_of(asked->answer, asked->answer_len),
                             &answer);
    }
    if (result == BEID_VERIFY_OK) {
        result = text_check(asked, &request, answer.statement, out);
    }
    if (result == BEID_VERIFY_OK) {
        result = cms_parse(answer.signature, &cms);
    }
    if (result == BEID_VERIFY_OK) {
        result = signature_judge(verifier, asked, &request, &answer, &cms, out);
    }
    if (result == BEID_VERIFY_OK) {
        bool rsa = EVP_PKEY_is_a(X509_get0_pubkey(cms.cert), "RSA");
        out->open.algorithm = rsa ? "RS256" : "ES384";
    }
    cms_clear(&cms);
    json_free(answer.tree);
    request_clear(&request);
    return result;
}

enum beid_verify_result
beid_verify_statement(const struct beid_verify *verifier,
                      const struct beid_verify_statement *statement,
                      struct beid_verify_report **report)
{
    report_none(statement->inquiry, report);
    if (statement->request == NULL || statement->answer == NULL
        || statement->portal_name == NULL) {
        return BEID_VERIFY_ARGUMENT;
    }
    struct report *made = calloc(1, sizeof *made);
    (void)ERR_set_mark();
    enum beid_verify_result result =
        made == NULL ? BEID_VERIFY_INTERNAL
                     : statement_judge(verifier, statement, made);
    (void)ERR_pop_to_mark();
    return report_give(result, made, statement->inquiry, report);
}
