/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_MECHANISMS_H
#define BEID_TOKEN_MECHANISMS_H

#include "card/card.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <openssl/types.h>
#include <p11-kit/pkcs11.h>

/* A way to sign. */
struct mechanism {
    CK_MECHANISM_TYPE type;
    enum card_applet applet; /* that has it */
    const EVP_MD *(*hash)(void); /* made here; NULL: the input as it is */
    size_t input_max; /* bytes, where there is no hash */
};

/* The mechanism of an applet; NULL when it has none of that type. */
const struct mechanism *mechanisms_get(enum card_applet applet,
                                       CK_MECHANISM_TYPE type);

/* C_GetMechanismList. */
CK_RV mechanisms_list(enum card_applet applet, CK_MECHANISM_TYPE *out,
                      CK_ULONG *count);

/* C_GetMechanismInfo. */
CK_RV mechanisms_info(enum card_applet applet, CK_MECHANISM_TYPE type,
                      CK_MECHANISM_INFO *out);

/*
 * What the card gets for a message digest, or for input as it is: for RSA the
 * DigestInfo of the hash (PKCS#1 v1.5, RFC 8017 §9.2) or the bytes themselves,
 * for ECDSA the leftmost 48 bytes, or fewer with zeros before them, which is
 * the same number (FIPS 186-4 §6.4). Appended to *out.
 */
void mechanisms_frame(const struct mechanism *mechanism, struct beid_span input,
                      struct beid_buf *out);

/* The length of a signature. */
size_t mechanisms_signature_len(const struct mechanism *mechanism);

#endif
