/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_PROOF_H
#define BEID_WORKER_PROOF_H

#include "worker/certificate.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <openssl/evp.h>

/* Two SHA-384 hashes. */
#define PROOF_MESSAGE_MAX 96U

/*
 * The message of a Web eID token (format web-eid:1): H(origin) followed by
 * H(nonce), with the hash that the algorithm names; the card signs the hash of
 * that once more. It goes into the emptied buffer. The authentication key
 * signs nothing else.
 */
enum beid_err proof_message(enum beid_wire_algorithm algorithm,
                            struct beid_span origin, struct beid_span nonce,
                            struct beid_buf *out) BEID_NODISCARD;

/* SHA-256 for RS256, SHA-384 for ES384; NULL for none. */
const EVP_MD *proof_hash(enum beid_wire_algorithm algorithm);

/*
 * Brings a signature as OpenSSL gives it into the form of the token (raw r
 * and s of 48 bytes each for ES384, unchanged for RS256) in the emptied
 * buffer, and verifies exactly those bytes with the key of the certificate
 * that was shown. BEID_ERR_SIGNATURE when they do not verify.
 */
enum beid_err proof_finish(const struct certificate *certificate,
                           struct beid_span message, struct beid_span signature,
                           struct beid_buf *out) BEID_NODISCARD;

/*
 * The same for a signature over a hash of md that somebody else made. The
 * signature comes out in the same forms.
 */
enum beid_err proof_finish_hash(const struct certificate *certificate,
                                const EVP_MD *md, struct beid_span hash,
                                struct beid_span signature,
                                struct beid_buf *out) BEID_NODISCARD;

#endif
