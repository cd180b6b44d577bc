/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What a responder or a CRL server may send. First byte: even OCSP, odd a CRL;
 * then the DER of a certificate and of its issuer, each behind its length in
 * two bytes, and the server's bytes up to the end.
 */
#include "bench.h"
#include "revocation.h"

#define NOW 1795637000

static X509 *
certificate(struct beid_span *input)
{
    struct beid_span der = bench_bytes(input, bench_u16(input));
    const unsigned char *at = der.ptr;
    return der.len == 0 ? NULL : d2i_X509(NULL, &at, (long)der.len);
}

static void
judge_crl(const struct revocation_question *question, struct beid_span bytes)
{
    X509_CRL *crl = crl_judge(question, bytes);
    if (crl != NULL) {
        struct revocation_status status = crl_look_up(question, crl);
        if (status.this_update == 0 || status.next_update <= question->at) {
            bench_broken("a CRL without times was believed");
        }
        X509_CRL_free(crl);
    }
}

static void
judge_ocsp(const struct revocation_question *question, struct beid_span bytes)
{
    struct revocation_status status;
    OCSP_REQUEST *request = ocsp_request(question);
    if (request != NULL
        && ocsp_judge(question, request, bytes, &status) == BEID_VERIFY_OK
        && status.this_update > question->at + question->limits->skew_s) {
        bench_broken("an answer from the future was believed");
    }
    OCSP_REQUEST_free(request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct beid_verify_limits limits = {
        .ocsp_age_s = 604800, .skew_s = 900, .timeout_ms = 1};
    struct beid_span input = beid_span_of(data, size);
    unsigned kind = bench_u8(&input);
    struct revocation_question question = {.at = NOW, .limits = &limits};
    question.cert = certificate(&input);
    question.issuer = certificate(&input);
    if (question.cert != NULL && question.issuer != NULL
        && X509_get0_pubkey(question.issuer) != NULL && input.len > 0) {
        if ((kind & 1U) == 0) {
            judge_ocsp(&question, input);
        } else {
            judge_crl(&question, input);
        }
    }
    X509_free(question.cert);
    X509_free(question.issuer);
    return 0;
}
