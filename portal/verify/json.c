/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include "grammar.h"
#include "internal.h"
#include "token.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

/* Web eID's limits for the token itself. */
#define TOKEN_MIN 100U
#define TOKEN_MAX 10000U
#define MEMBERS_MAX 32
/* cJSON wants a few bytes more than what it prints. */
#define COMPACT_SLACK 64U

/* Does an object below (or at) node name a member twice, or too many? */
static bool
members_unique(const cJSON *node) /* NOLINT(misc-no-recursion): grammar depth */
{
    const cJSON *child = NULL;
    int count = 0;
    cJSON_ArrayForEach(child, node)
    {
        if (++count > MEMBERS_MAX) {
            return false;
        }
        for (const cJSON *twin = child->next;
             cJSON_IsObject(node) && twin != NULL; twin = twin->next) {
            if (strcmp(child->string, twin->string) == 0) {
                return false;
            }
        }
        if (!members_unique(child)) {
            return false;
        }
    }
    return true;
}

/* By its exact name; cJSON's other look-ups ignore case. */
static const cJSON *
member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *
text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(member(object, name));
}

/* The certificates of an array of strings; an absent array is no error. */
static enum beid_verify_result
chain_parse(const cJSON *array, struct token *out)
{
    const cJSON *element = NULL;
    if (array == NULL) {
        return BEID_VERIFY_OK;
    }
    if (!cJSON_IsArray(array)) {
        return BEID_VERIFY_CHAIN_FORMAT;
    }
    cJSON_ArrayForEach(element, array)
    {
        const char *text = cJSON_GetStringValue(element);
        if (text == NULL || out->chain_count == CHAIN_MAX) {
            return BEID_VERIFY_CHAIN_FORMAT;
        }
        out->chain[out->chain_count++] = text;
    }
    return BEID_VERIFY_OK;
}

/*
 * web-eid:1 and 1.0, and 1.1, whose extra members older labels may not carry
 * (the signed bytes are the same in all of them).
 */
static enum beid_verify_result
format_check(const cJSON *object, struct token *out)
{
    const cJSON *extra = member(object, "unverifiedIntermediateCertificates");
    if (strcmp(out->format, "web-eid:1.1") == 0) {
        return chain_parse(extra, out);
    }
    if (strcmp(out->format, "web-eid:1.0") != 0
        && strcmp(out->format, "web-eid:1") != 0) {
        return BEID_VERIFY_TOKEN_FORMAT;
    }
    if (extra != NULL
        || member(object, "unverifiedSigningCertificates") != NULL) {
        return BEID_VERIFY_TOKEN_FORMAT;
    }
    return BEID_VERIFY_OK;
}

static enum beid_verify_result
members_parse(const cJSON *object, struct token *out)
{
    out->certificate = text_of(object, "unverifiedCertificate");
    out->algorithm = text_of(object, "algorithm");
    out->signature = text_of(object, "signature");
    out->format = text_of(object, "format");
    if (out->certificate == NULL || out->algorithm == NULL
        || out->signature == NULL || out->format == NULL
        || (member(object, "appVersion") != NULL
            && text_of(object, "appVersion") == NULL)) {
        return BEID_VERIFY_TOKEN_JSON;
    }
    return format_check(object, out);
}

/*
 * Is a token within the limits for sure? Compact JSON of strings alone is never
 * longer than the text that they came in, nor shorter than they are.
 */
static bool
surely_within(const cJSON *object, size_t text_len)
{
    const cJSON *child = NULL;
    size_t len = 0;
    cJSON_ArrayForEach(child, object)
    {
        const char *text = cJSON_GetStringValue(child);
        if (text == NULL) {
            return false;
        }
        len += strlen(text);
    }
    return len >= TOKEN_MIN && text_len <= TOKEN_MAX;
}

/* Is the token as compact JSON as long as Web eID lets it be? */
static enum beid_verify_result
length_check(cJSON *object, size_t text_len)
{
    if (surely_within(object, text_len)) {
        return BEID_VERIFY_OK;
    }
    const size_t size = TOKEN_MAX + COMPACT_SLACK;
    char *compact = calloc(1, size);
    if (compact == NULL) {
        return BEID_VERIFY_INTERNAL;
    }
    bool good = cJSON_PrintPreallocated(object, compact, (int)size, 0)
                && strlen(compact) >= TOKEN_MIN && strlen(compact) <= TOKEN_MAX;
    free(compact);
    return good ? BEID_VERIFY_OK : BEID_VERIFY_TOKEN_SIZE;
}

static enum beid_verify_result
answer_parse(const cJSON *root, cJSON *object, size_t len, struct token *out)
{
    const cJSON *evidence = member(root, "unverifiedEvidence");
    if (!cJSON_IsObject(object)
        || (evidence != NULL && !cJSON_IsObject(evidence))) {
        return BEID_VERIFY_TOKEN_JSON;
    }
    enum beid_verify_result result = length_check(object, len);
    if (result == BEID_VERIFY_OK) {
        result = chain_parse(member(evidence, "chain"), out);
    }
    return result == BEID_VERIFY_OK ? members_parse(object, out) : result;
}

static enum beid_verify_result
tree_parse(const cJSON *root, size_t len, struct token *out)
{
    cJSON *inner = cJSON_GetObjectItemCaseSensitive(root, "token");
    if (inner != NULL) {
        return answer_parse(root, inner, len, out);
    }
    if (len > TOKEN_MAX) {
        return BEID_VERIFY_TOKEN_SIZE;
    }
    return members_parse(root, out);
}

enum beid_verify_result
json_read(struct beid_span text, void **tree)
{
    *tree = NULL;
    if (json_grammar(text) != BEID_OK) {
        return BEID_VERIFY_TOKEN_JSON;
    }
    cJSON *root = cJSON_ParseWithLength((const char *)text.ptr, text.len);
    if (root == NULL) {
        return BEID_VERIFY_INTERNAL; /* well-formed, so memory ran out */
    }
    if (!cJSON_IsObject(root) || !members_unique(root)) {
        cJSON_Delete(root);
        return BEID_VERIFY_TOKEN_JSON;
    }
    *tree = root;
    return BEID_VERIFY_OK;
}

void
json_free(void *tree)
{
    cJSON_Delete(tree);
}

const void *
json_member(const void *object, const char *name)
{
    return member(object, name);
}

const char *
json_text(const void *object, const char *name)
{
    return text_of(object, name);
}

bool
json_time(const void *object, const char *name, time_t *out)
{
    const cJSON *number = member(object, name);
    double value = cJSON_GetNumberValue(number);
    if (!cJSON_IsNumber(number) || !(value >= 0) || value > UINT32_MAX
        || (double)(time_t)value != value) {
        return false;
    }
    *out = (time_t)value;
    return true;
}

enum beid_verify_result
token_evidence(const void *answer, struct token *out)
{
    const cJSON *evidence = member(answer, "unverifiedEvidence");
    if (evidence != NULL && !cJSON_IsObject(evidence)) {
        return BEID_VERIFY_TOKEN_JSON;
    }
    return chain_parse(member(evidence, "chain"), out);
}

enum beid_verify_result
token_chain(const void *answer, struct token *out)
{
    enum beid_verify_result result = chain_parse(member(answer, "chain"), out);
    return result == BEID_VERIFY_OK ? token_evidence(answer, out) : result;
}

enum beid_verify_result
token_parse(struct beid_span text, struct token *out)
{
    *out = (struct token){0};
    if (text.len < TOKEN_MIN || text.len > ANSWER_MAX) {
        return BEID_VERIFY_TOKEN_SIZE;
    }
    enum beid_verify_result result = json_read(text, &out->tree);
    if (result == BEID_VERIFY_OK) {
        result = tree_parse(out->tree, text.len, out);
    }
    if (result != BEID_VERIFY_OK) {
        token_clear(out);
    }
    return result;
}

void
token_clear(struct token *token)
{
    cJSON_Delete(token->tree);
    *token = (struct token){0};
}

static bool
put_text(cJSON *object, const char *name, const char *text)
{
    return text == NULL || cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool
put_time(cJSON *object, const char *name, time_t at)
{
    char text[RFC3339_SIZE];
    rfc3339_format(at, text);
    return put_text(object, name, text);
}

static bool
put_identity(cJSON *root, const struct beid_verify_report *report)
{
    cJSON *out = cJSON_AddObjectToObject(root, "identity");
    return out != NULL && put_text(out, "commonName", report->common_name)
           && put_text(out, "surname", report->surname)
           && put_text(out, "givenNames", report->given_names)
           && put_text(out, "nationalNumber", report->national_number)
           && put_text(out, "country", report->country);
}

static const char *
use_text(enum beid_verify_use use)
{
    return use == BEID_VERIFY_USE_SIGNATURE ? "signature" : "authentication";
}

static bool
put_certificate(cJSON *root, const struct beid_verify_report *report)
{
    char hash[2 * SHA256_SIZE + 1];
    certificate_hex(report->certificate_sha256, hash);
    cJSON *out = cJSON_AddObjectToObject(root, "certificate");
    cJSON *anchor = cJSON_AddObjectToObject(root, "anchor");
    return out != NULL && anchor != NULL && put_text(out, "sha256", hash)
           && put_text(out, "issuer", report->issuer)
           && put_time(out, "notBefore", report->not_before)
           && put_time(out, "notAfter", report->not_after)
           && put_text(out, "use", use_text(report->use))
           && put_text(out, "policy", report->policy)
           && cJSON_AddBoolToObject(out, "policyInferred",
                                    report->policy_inferred)
           && cJSON_AddBoolToObject(out, "qualified", report->qualified)
           && cJSON_AddBoolToObject(out, "qualifiedDevice",
                                    report->qualified_device)
           && put_text(anchor, "subject", report->anchor)
           && put_text(anchor, "spkiSha256", report->anchor_spki_sha256)
           && cJSON_AddBoolToObject(anchor, "pinned", report->anchor_pinned);
}

/* A statement's own. */
static bool
put_statement(cJSON *root, const struct beid_verify_report *report)
{
    return report->lang == NULL
           || (put_text(root, "lang", report->lang)
               && put_time(root, "signedAt", report->signed_at));
}

/* What is known for sure where the caller kept no inquiry. */
static struct beid_verify_inquiry
inquiry_of(enum beid_verify_result result,
           const struct beid_verify_report *report)
{
    struct beid_verify_inquiry out = {0};
    if (report != NULL) {
        out.revocation = report->revocation;
        out.at = report->revocation_at;
        out.cached = report->revocation_cached;
    } else if (result == BEID_VERIFY_REVOCATION_UNAVAILABLE) {
        out.revocation = BEID_VERIFY_REVOCATION_NO_ANSWER;
    } else if (result == BEID_VERIFY_REVOCATION_UNKNOWN) {
        out.revocation = BEID_VERIFY_REVOCATION_OCSP; /* no CRL tells this */
    }
    return out;
}

/* Who told, and of when that is. Revoked, and nobody asked, is left out. */
static bool
put_inquiry(cJSON *root, enum beid_verify_result result,
            const struct beid_verify_inquiry *inquiry)
{
    static const char *const used[] = {
        [BEID_VERIFY_REVOCATION_NOT_CHECKED] = "not checked",
        [BEID_VERIFY_REVOCATION_OCSP] = "ocsp",
        [BEID_VERIFY_REVOCATION_CRL] = "crl",
        [BEID_VERIFY_REVOCATION_NO_ANSWER] = "unavailable"};
    bool told = inquiry->revocation == BEID_VERIFY_REVOCATION_OCSP
                || inquiry->revocation == BEID_VERIFY_REVOCATION_CRL;
    if (result == BEID_VERIFY_REVOKED && !told) {
        return true;
    }
    return put_text(root, "revocation", used[inquiry->revocation])
           && (!told || inquiry->at == 0
               || (put_time(root, "revocationTime", inquiry->at)
                   && cJSON_AddBoolToObject(root, "revocationCached",
                                            inquiry->cached)));
}

char *
beid_verify_report_json(enum beid_verify_result result,
                        const struct beid_verify_report *report,
                        const struct beid_verify_inquiry *inquiry)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;
    const struct beid_verify_inquiry seen =
        inquiry == NULL ? inquiry_of(result, report) : *inquiry;
    bool good = root != NULL
                && put_text(root, "result", beid_verify_result_name(result))
                && cJSON_AddNumberToObject(root, "exitCode", result) != NULL
                && put_text(root, "message", beid_verify_result_text(result))
                && put_inquiry(root, result, &seen);
    if (good && report != NULL) {
        good = put_text(root, "format", report->format)
               && put_text(root, "algorithm", report->algorithm)
               && put_identity(root, report) && put_certificate(root, report)
               && put_statement(root, report);
    }
    if (good) {
        text = cJSON_PrintUnformatted(root);
    }
    cJSON_Delete(root);
    return text;
}

static bool
put_ca(cJSON *array, const struct beid_verify_ca *ca)
{
    bool good = ca->result == BEID_VERIFY_OK;
    cJSON *out = cJSON_CreateObject();
    if (out == NULL || !cJSON_AddItemToArray(array, out)) {
        cJSON_Delete(out);
        return false;
    }
    return put_text(out, "result", beid_verify_result_name(ca->result))
           && put_text(out, "message", beid_verify_result_text(ca->result))
           && put_text(out, "subject", ca->subject)
           && put_text(out, "issuer", ca->issuer)
           && put_text(out, "spkiSha256", ca->spki_sha256)
           && put_time(out, "notBefore", ca->not_before)
           && put_time(out, "notAfter", ca->not_after)
           && cJSON_AddBoolToObject(out, "root", ca->root) != NULL
           && put_text(out, "anchor", ca->anchor)
           && put_text(out, "anchorSpkiSha256", ca->anchor_spki_sha256)
           && (!good || ca->root != 0 || put_text(out, "pem", ca->pem));
}

static bool
put_roots(cJSON *array)
{
    struct beid_verify_root root;
    for (size_t i = 0; beid_verify_root(i, &root) == BEID_VERIFY_OK; i++) {
        cJSON *out = cJSON_CreateObject();
        if (out == NULL || !cJSON_AddItemToArray(array, out)) {
            cJSON_Delete(out);
            return false;
        }
        if (!put_text(out, "commonName", root.common_name)
            || !put_text(out, "spkiSha256", root.spki_sha256)
            || !put_time(out, "notBefore", root.not_before)
            || !put_time(out, "notAfter", root.not_after)) {
            return false;
        }
    }
    return true;
}

char *
beid_verify_cas_json(const struct beid_verify_cas *cas)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *roots = cJSON_AddArrayToObject(root, "pinnedRoots");
    cJSON *list = cJSON_AddArrayToObject(root, "certificates");
    bool good = roots != NULL && list != NULL && put_roots(roots);
    for (size_t i = 0; good && i < cas->count; i++) {
        good = put_ca(list, &cas->ca[i]);
    }
    char *text = good ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}
