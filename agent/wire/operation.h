/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WIRE_OPERATION_H
#define BEID_WIRE_OPERATION_H

#include "reply.h"

#define BEID_WIRE_RESOURCE_MAX 255U
#define BEID_WIRE_TEXT_MAX 8000U
#define BEID_WIRE_JTI_MAX 64U
#define BEID_WIRE_HASH_MAX 64U

/* Hash functions that a page may name for a document; by output length. */
enum beid_wire_hash {
    BEID_HASH_NONE = 0,
    BEID_HASH_SHA256 = 1,
    BEID_HASH_SHA384 = 2,
    BEID_HASH_SHA512 = 3
};

struct beid_wire_authenticate {
    char lang[3]; /* "nl", "fr", "de" or "en" */
    struct beid_span portal_name; /* UTF-8, not empty */
    struct beid_span origin; /* ASCII, not empty */
    enum beid_wire_environment environment;
    bool development;
    struct beid_span nonce;
    struct beid_span certificate_sha256; /* 0 or 32 bytes */
    uint32_t timeout_ms;
    bool wait_for_card;
    bool chain;
};

/*
 * An operation with the card, whichever of AUTHENTICATE, STEP_UP, CERTIFICATE,
 * SIGN and SIGN_FILE it is. base holds what all have; its nonce is empty for
 * the last three. What a type does not have is empty.
 */
struct beid_wire_operation {
    enum beid_wire_type type;
    struct beid_wire_authenticate base;
    /* STEP_UP */
    bool statement; /* false: access */
    struct beid_span resource; /* printable ASCII */
    struct beid_span text; /* in the language of base */
    struct beid_span jti; /* printable ASCII */
    uint32_t issued; /* seconds since 1970 */
    /* SIGN */
    struct beid_span certificate; /* DER */
    /* SIGN and SIGN_FILE, for which it is SHA-256 */
    struct beid_span hash;
    enum beid_wire_hash hash_function;
    struct beid_span document; /* its name, may be empty for SIGN */
    /* SIGN_FILE */
    struct beid_span sha384; /* of the same bytes */
    uint64_t size; /* in bytes */
};

/* Is this the type of such a message? */
bool beid_wire_is_operation(enum beid_wire_type type);

/* Is it answered by a DOCUMENT_REPLY? */
bool beid_wire_operation_document(const struct beid_wire_operation *operation);

enum beid_err
beid_wire_get_operation(const struct beid_wire_message *message,
                        struct beid_wire_operation *out) BEID_NODISCARD;
enum beid_err
beid_wire_put_operation(struct beid_buf *out, uint32_t operation,
                        const struct beid_wire_operation *in) BEID_NODISCARD;

/* AUTHENTICATE alone. */
enum beid_err
beid_wire_get_authenticate(const struct beid_wire_message *message,
                           struct beid_wire_authenticate *out) BEID_NODISCARD;
enum beid_err beid_wire_put_authenticate(
    struct beid_buf *out, uint32_t operation,
    const struct beid_wire_authenticate *in) BEID_NODISCARD;

#endif
