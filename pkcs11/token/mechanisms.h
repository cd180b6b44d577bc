/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_MECHANISMS_H
#define BEID_TOKEN_MECHANISMS_H

#include "card/card.h"
#include "card/sign.h"
#include "token/hashes.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <p11-kit/pkcs11.h>

/* More than one key has. */
#define MECHANISMS_KEY_MAX 16U

/* A way to sign, with its parameter. */
struct method {
    CK_MECHANISM_TYPE type;
    enum sign_algorithm algorithm; /* of the card */
    const struct hash *hash; /* made here; NULL: the input as it is */
    const struct hash *pss; /* of PSS, on both sides; else NULL */
};

/*
 * What C_SignInit and C_VerifyInit were given. CKR_MECHANISM_INVALID when the
 * applet has no such way to sign, CKR_MECHANISM_PARAM_INVALID when the card
 * cannot do it with that parameter.
 */
CK_RV mechanisms_method(enum card_applet applet, const CK_MECHANISM *mechanism,
                        struct method *out);

/* The longest input as it is, where there is no hash. */
size_t mechanisms_input_max(const struct method *method);

/* C_GetMechanismList. */
CK_RV mechanisms_list(enum card_applet applet, CK_MECHANISM_TYPE *out,
                      CK_ULONG *count);

/* C_GetMechanismInfo. */
CK_RV mechanisms_info(enum card_applet applet, CK_MECHANISM_TYPE type,
                      CK_MECHANISM_INFO *out);

/* CKA_ALLOWED_MECHANISMS of a key of the applet: how many, and which. */
size_t mechanisms_of_key(enum card_applet applet,
                         CK_MECHANISM_TYPE out[MECHANISMS_KEY_MAX]);

/*
 * What the card gets for a message digest, or for input as it is. PKCS#1 v1.5:
 * the DigestInfo of the hash (RFC 8017 §9.2), or the bytes themselves. PSS: a
 * hash. ECDSA: the leftmost 48 bytes, or fewer with zeros before them, which
 * is the same number (FIPS 186-4 §6.4). Appended to *out; CKR_DATA_LEN_RANGE
 * for a length that cannot be signed.
 */
CK_RV mechanisms_frame(const struct method *method, struct beid_span input,
                       struct beid_buf *out);

/* The length of a signature. */
size_t mechanisms_signature_len(const struct method *method);

#endif
