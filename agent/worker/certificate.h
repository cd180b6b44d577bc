/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CERTIFICATE_H
#define BEID_WORKER_CERTIFICATE_H

#include "wire/wire.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <time.h>

#define CERTIFICATE_SHA256_LEN 32U
#define CERTIFICATE_HOLDER_MAX 1024U

/* What the operation needs from the citizen's certificate. */
struct certificate {
    X509 *x509;
    enum beid_wire_algorithm algorithm; /* what its key signs with */
    struct beid_buf holder; /* name for the prompt, UTF-8 as the card has it */
    bool from_test_ca; /* the issuer's common name begins with "TEST " */
    uint8_t sha256[CERTIFICATE_SHA256_LEN];
};

/* An empty certificate; nothing is allocated. */
void certificate_init(struct certificate *certificate);
void certificate_clear(struct certificate *certificate);

/*
 * Reads a DER certificate, which comes from a card and is hostile, into an
 * empty one. BEID_ERR_FORMAT when it is none, BEID_ERR_UNSUPPORTED for a key
 * that is neither RSA-2048 nor EC P-384.
 */
enum beid_err certificate_parse(struct beid_span der,
                                struct certificate *out) BEID_NODISCARD;

/* Another one of the same, into an empty one. BEID_ERR_MEMORY. */
enum beid_err certificate_copy(const struct certificate *from,
                               struct certificate *out) BEID_NODISCARD;

/*
 * BEID_ERR_CERT_EXPIRED after its validity. Nobody has a card before that, so
 * then it is BEID_ERR_CLOCK, and *behind_s how far the clock is behind at
 * least.
 */
enum beid_err certificate_check_time(const struct certificate *certificate,
                                     time_t now,
                                     uint32_t *behind_s) BEID_NODISCARD;

/*
 * Did the CA certificate in DER sign this one? BEID_ERR_FORMAT when it is no
 * certificate, BEID_ERR_SIGNATURE when it is another CA's.
 */
enum beid_err certificate_check_issuer(const struct certificate *certificate,
                                       struct beid_span ca) BEID_NODISCARD;

/* The same question about a CA certificate and its root, both in DER. */
enum beid_err certificate_check_root(struct beid_span ca,
                                     struct beid_span root) BEID_NODISCARD;

#endif
