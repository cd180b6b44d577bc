/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_FACTS_H
#define BEID_TOKEN_FACTS_H

#include <beid/bytes.h>
#include <beid/err.h>

/* What PKCS#11 attributes need from a certificate, each a byte string. */
enum fact {
    FACT_SUBJECT, /* DER name */
    FACT_ISSUER, /* DER name */
    FACT_SERIAL, /* DER integer */
    FACT_START, /* YYYYMMDD, as CK_DATE */
    FACT_END, /* YYYYMMDD */
    FACT_SPKI, /* DER SubjectPublicKeyInfo */
    FACT_CHECK_VALUE, /* first three bytes of the certificate's SHA-1 */
    FACT_MODULUS, /* RSA: big-endian, no leading zero; else empty */
    FACT_EXPONENT, /* RSA: likewise */
    FACT_EC_PARAMS, /* EC: DER object identifier of the curve; else empty */
    FACT_EC_POINT, /* EC: DER octet string around the point */
    FACT_COUNT
};

struct facts {
    struct beid_buf field[FACT_COUNT];
};

/* Empty facts; nothing is allocated. */
void facts_init(struct facts *facts);

/* Frees what is held; the facts are empty afterwards. */
void facts_clear(struct facts *facts);

/*
 * Fills empty facts from a DER certificate; those of the key stay empty unless
 * it is RSA or on P-384. BEID_ERR_FORMAT when it is no certificate. Leaves OpenSSL's error queue as it was.
 */
enum beid_err facts_parse(struct beid_span certificate,
                          struct facts *facts) BEID_NODISCARD;

#endif
