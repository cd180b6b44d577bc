/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_DIGEST_H
#define BEID_WORKER_DIGEST_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdint.h>

#define DIGEST_SHA256_LEN 32U
#define DIGEST_SHA384_LEN 48U

/* SHA-256 and SHA-384 of what comes in pieces. */
struct digest;

enum beid_err digest_new(struct digest **out) BEID_NODISCARD;
void digest_free(struct digest **digest);
enum beid_err digest_put(struct digest *digest,
                         struct beid_span piece) BEID_NODISCARD;

/* Of all pieces; nothing can be put afterwards. */
enum beid_err digest_end(struct digest *digest,
                         uint8_t sha256[DIGEST_SHA256_LEN],
                         uint8_t sha384[DIGEST_SHA384_LEN]) BEID_NODISCARD;

#endif
