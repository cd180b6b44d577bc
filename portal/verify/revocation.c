/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "revocation.h"

#include "cache.h"
#include "fetch.h"
#include "internal.h"

#include <openssl/x509v3.h>

#include <string.h>
#include <strings.h>

#define OCSP_ANSWER_MAX 32768U
#define CRL_MAX ((size_t)64 * 1024 * 1024)
#define CRL_AGAIN_S 3600 /* ask for a newer one after this */
#define URLS_MAX 4

static const char *const belgian_ocsp[2] = {"http://ocsp.eid.belgium.be",
                                            "http://ocsp.eidpki.belgium.be"};
static const char *const belgian_crl[2] = {"http://crl.eid.belgium.be",
                                           "http://crl.eidpki.belgium.be"};

/* The whole prefix, and then no other host, port or user name. */
static bool
begins(const char *url, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(url, prefix, len) == 0
           && (url[len] == '\0' || url[len] == '/');
}

/* RFC 3986 §3.3: a dot-segment leads out of the path that a prefix names. */
static bool
dot_segment(const char *at)
{
    return strncmp(at, "/.", 2) == 0 || strncasecmp(at, "%2e", 3) == 0;
}

static bool
url_plain(const char *url)
{
    size_t len = strlen(url);
    if (len == 0 || len >= URL_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (url[i] <= 0x20 || url[i] >= 0x7F || strchr("@\\#", url[i])
            || dot_segment(url + i)) {
            return false;
        }
    }
    return true;
}

bool
prefix_wellformed(const char *prefix)
{
    static const char scheme[] = "http://";
    size_t len = strlen(prefix);
    return url_plain(prefix) && strncmp(prefix, scheme, sizeof scheme - 1) == 0
           && len > sizeof scheme - 1 && prefix[len - 1] != '/';
}

bool
url_allowed(const char *url, const struct prefixes *prefixes,
            const char *const belgian[2])
{
    bool allowed = false;
    for (size_t i = 0; i < prefixes->count; i++) {
        allowed = allowed || begins(url, prefixes->text[i]);
    }
    if (prefixes->count == 0) {
        allowed = begins(url, belgian[0]) || begins(url, belgian[1]);
    }
    return allowed && url_plain(url);
}

/* One exchange with a responder. */
static enum beid_verify_result
ocsp_ask(const struct revocation_question *question, const char *url,
         struct revocation_status *out)
{
    enum beid_verify_result result = BEID_VERIFY_REVOCATION_UNAVAILABLE;
    unsigned char *der = NULL;
    OCSP_REQUEST *request = ocsp_request(question);
    int len = request == NULL ? -1 : i2d_OCSP_REQUEST(request, &der);
    struct beid_buf answer;
    beid_buf_init(&answer, OCSP_ANSWER_MAX);
    if (len > 0) {
        const struct fetch what = {.url = url,
                                   .body = beid_span_of(der, (size_t)len),
                                   .type =
                                       "Content-Type: application/ocsp-request",
                                   .timeout_ms = question->limits->timeout_ms};
        if (fetch_url(&what, &answer) == BEID_OK && answer.len > 0) {
            result = ocsp_judge(question, request, beid_buf_span(&answer), out);
        }
    }
    beid_buf_clear(&answer);
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    return result;
}

/* Does an answer that was kept still count here? */
static bool
kept_counts(const struct revocation *how,
            const struct revocation_question *question,
            const struct revocation_status *status)
{
    const struct beid_verify_limits *limits = &how->limits;
    time_t age = limits->ocsp_age_s;
    /* For a step-up it may never be older than a fresh one may be. */
    if (how->mode == BEID_VERIFY_REVOCATION_LOGIN && status->next_update != 0
        && limits->kept_age_s > age) {
        age = limits->kept_age_s;
    }
    return status->this_update <= question->at + limits->skew_s
           && status->this_update >= question->at - age
           && (status->next_update == 0 || status->next_update >= question->at);
}

/*
 * While OCSP cannot be asked, what it called revoked stays so until its
 * nextUpdate: a CRL of before would let in whoever keeps OCSP from answering.
 */
static bool
revoked_counts(const struct revocation *how,
               const struct revocation_question *question,
               const struct revocation_status *status)
{
    return how->mode == BEID_VERIFY_REVOCATION_LOGIN
           && status->result == BEID_VERIFY_REVOKED
           && status->this_update <= question->at + how->limits.skew_s
           && status->next_update >= question->at;
}

/* Does an answer that was kept count, before or after OCSP was asked? */
static bool
kept_find(const struct beid_verify *verifier,
          const struct revocation_question *question, bool asked,
          struct report *out, enum beid_verify_result *result)
{
    const struct revocation *how = &verifier->revocation;
    struct revocation_status status;
    if (!cache_status_find(verifier->cache, out->open.certificate_sha256,
                           &status)
        || !(asked ? revoked_counts(how, question, &status)
                   : kept_counts(how, question, &status))) {
        return false;
    }
    out->open.revocation_at = status.this_update;
    out->open.revocation_cached = 1;
    *result = status.result;
    return true;
}

static enum beid_verify_result
ocsp_check(const struct beid_verify *verifier,
           const struct revocation_question *question, struct report *out)
{
    struct revocation_status status;
    enum beid_verify_result result = BEID_VERIFY_REVOCATION_UNAVAILABLE;
    out->open.revocation = BEID_VERIFY_REVOCATION_OCSP;
    if (kept_find(verifier, question, false, out, &result)) {
        return result;
    }
    STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(question->cert);
    for (int i = 0; result != BEID_VERIFY_OK && i < URLS_MAX
                    && i < sk_OPENSSL_STRING_num(urls);
         i++) {
        const char *url = sk_OPENSSL_STRING_value(urls, i);
        if (url_allowed(url, &verifier->revocation.ocsp, belgian_ocsp)) {
            result = ocsp_ask(question, url, &status);
        }
    }
    X509_email_free(urls);
    if (result != BEID_VERIFY_OK) {
        (void)kept_find(verifier, question, true, out, &result);
        return result;
    }
    /* Unknown today may be issued tomorrow. */
    if (status.result != BEID_VERIFY_REVOCATION_UNKNOWN) {
        cache_status_add(verifier->cache, out->open.certificate_sha256,
                         &status);
    }
    out->open.revocation_at = status.this_update;
    return status.result;
}

/* The list of this URL when one comes that counts; the caller frees it. */
static X509_CRL *
crl_fetch(const struct revocation_question *question, const char *url)
{
    struct beid_buf body;
    X509_CRL *crl = NULL;
    const struct fetch what = {.url = url,
                               .timeout_ms = question->limits->timeout_ms};
    beid_buf_init(&body, CRL_MAX);
    if (fetch_url(&what, &body) == BEID_OK && body.len > 0) {
        crl = crl_judge(question, beid_buf_span(&body));
    }
    beid_buf_clear(&body);
    return crl;
}

/* A CRL from the cache, or fetched; the caller frees it. NULL: none counts. */
static X509_CRL *
crl_obtain(const struct beid_verify *verifier,
           const struct revocation_question *question, const char *url,
           struct report *out)
{
    time_t now = question->at;
    time_t fetched = 0;
    X509_CRL *kept =
        cache_crl_find(verifier->cache, url, question->issuer, &fetched);
    if (kept != NULL && !crl_fresh(question, kept)) {
        X509_CRL_free(kept);
        kept = NULL;
    }
    /* One that began after this one may have fetched it already. */
    if (kept == NULL || fetched > now + question->limits->skew_s
        || fetched < now - CRL_AGAIN_S) {
        X509_CRL *newer = crl_fetch(question, url);
        if (newer != NULL) {
            X509_CRL *best =
                cache_crl_add(verifier->cache, url, question, newer);
            out->open.revocation_cached = best != newer ? 1 : 0;
            X509_CRL_free(newer);
            X509_CRL_free(kept);
            return best;
        }
    }
    out->open.revocation_cached = kept != NULL ? 1 : 0;
    return kept;
}

/* The URL of a distribution point that covers every reason, or NULL. */
static const char *
point_url(const DIST_POINT *point, const struct prefixes *prefixes)
{
    if (point->reasons != NULL || point->CRLissuer != NULL
        || point->distpoint == NULL || point->distpoint->type != 0) {
        return NULL;
    }
    const GENERAL_NAMES *names = point->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_URI) {
            continue;
        }
        const char *url = (const char *)ASN1_STRING_get0_data(name->d.ia5);
        if (strlen(url) == (size_t)ASN1_STRING_length(name->d.ia5)
            && url_allowed(url, prefixes, belgian_crl)) {
            return url;
        }
    }
    return NULL;
}

static enum beid_verify_result
crl_check(const struct beid_verify *verifier,
          const struct revocation_question *question, struct report *out)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(
        question->cert, NID_crl_distribution_points, NULL, NULL);
    enum beid_verify_result result = BEID_VERIFY_REVOCATION_UNAVAILABLE;
    for (int i = 0; result == BEID_VERIFY_REVOCATION_UNAVAILABLE && i < URLS_MAX
                    && i < sk_DIST_POINT_num(points);
         i++) {
        const char *url = point_url(sk_DIST_POINT_value(points, i),
                                    &verifier->revocation.crl);
        X509_CRL *crl =
            url == NULL ? NULL : crl_obtain(verifier, question, url, out);
        if (crl != NULL) {
            struct revocation_status status = crl_look_up(question, crl);
            result = status.result;
            out->open.revocation = BEID_VERIFY_REVOCATION_CRL;
            out->open.revocation_at = status.this_update;
            X509_CRL_free(crl);
        }
    }
    CRL_DIST_POINTS_free(points);
    return result;
}

enum beid_verify_result
revocation_check(const struct beid_verify *verifier, const struct leaf *leaf,
                 X509 *issuer, struct report *out)
{
    const struct revocation *how = &verifier->revocation;
    const struct revocation_question question = {.cert = leaf->cert,
                                                 .issuer = issuer,
                                                 .at = leaf->at,
                                                 .limits = &how->limits};
    out->open.revocation = BEID_VERIFY_REVOCATION_NOT_CHECKED;
    if (how->mode == BEID_VERIFY_REVOCATION_OFF) {
        return BEID_VERIFY_OK;
    }
    enum beid_verify_result result = ocsp_check(verifier, &question, out);
    if (result == BEID_VERIFY_REVOCATION_UNAVAILABLE
        && how->mode == BEID_VERIFY_REVOCATION_LOGIN) {
        result = crl_check(verifier, &question, out);
    }
    return result;
}
