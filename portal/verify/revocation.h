/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_REVOCATION_H
#define BEID_VERIFY_REVOCATION_H

#include <beid/bytes.h>
#include <beid/verify.h>

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define URL_MAX 256U
#define PREFIXES_MAX 8U

/* URLs that may be asked: one of these, then nothing or "/" and more. */
struct prefixes {
    char text[PREFIXES_MAX][URL_MAX];
    size_t count;
};

struct revocation {
    enum beid_verify_revocation_mode mode;
    struct beid_verify_limits limits;
    struct prefixes ocsp; /* empty: the Belgian ones */
    struct prefixes crl;
};

/* Whose status is asked, and when. */
struct revocation_question {
    X509 *cert;
    X509 *issuer;
    time_t at;
    const struct beid_verify_limits *limits;
};

/* A good or bad status, and how long it may be believed. */
struct revocation_status {
    enum beid_verify_result result; /* OK, REVOKED or REVOCATION_UNKNOWN */
    time_t this_update;
    time_t next_update; /* 0: not said */
};

/* May this URL be asked? */
bool url_allowed(const char *url, const struct prefixes *prefixes,
                 const char *const belgian[2]);

/* Is this a prefix as beid_verify_add_ocsp_prefix() takes it? */
bool prefix_wellformed(const char *prefix);

/*
 * Judges the bytes that a responder sent for this request: status, one answer
 * for this certificate, nonce when there is one, times, and the signature of
 * the issuer or of a responder that the issuer named. OK with *out filled, or
 * REVOCATION_UNAVAILABLE: no answer that counts.
 */
enum beid_verify_result
ocsp_judge(const struct revocation_question *question, OCSP_REQUEST *request,
           struct beid_span der,
           struct revocation_status *out) BEID_VERIFY_CHECK;

/* The request for this certificate with a nonce; NULL when it cannot be. */
OCSP_REQUEST *ocsp_request(const struct revocation_question *question);

/*
 * Judges a CRL: signature of the issuer, times, nothing that makes it partial.
 * The list when it counts, which the caller frees, else NULL.
 */
X509_CRL *crl_judge(const struct revocation_question *question,
                    struct beid_span der);

/* Is the certificate on a list that crl_judge() gave? */
struct revocation_status crl_look_up(const struct revocation_question *question,
                                     X509_CRL *crl);

/* A CRL's dates still hold at this moment. */
bool crl_fresh(const struct revocation_question *question, const X509_CRL *crl);

/* Was the first list made after the second, by their lastUpdate? */
bool crl_later(const X509_CRL *crl, const X509_CRL *than);

#endif
