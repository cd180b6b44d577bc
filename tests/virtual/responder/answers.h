/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_ANSWERS_H
#define BEID_VIRTUAL_ANSWERS_H

#include "authority.h"

#include <beid/bytes.h>

/*
 * What a responder says, in DER. The PKI directory holds up to three issuers;
 * the one that a question is about answers, through a responder certificate
 * of its own (RFC 6960 §4.2.2.2).
 */

/*
 * Appends the answer to an OCSP request: also to one that is malformed, or
 * about an issuer that is not of this directory ("unauthorized").
 */
enum beid_err answers_ocsp(const char *dir, struct beid_span request,
                           struct beid_buf *out) BEID_NODISCARD;

/* Appends the issuer's list of revoked certificates as of now. */
enum beid_err answers_crl(const struct authority *authority,
                          struct beid_buf *out) BEID_NODISCARD;

#endif
