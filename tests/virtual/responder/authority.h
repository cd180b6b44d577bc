/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_AUTHORITY_H
#define BEID_VIRTUAL_AUTHORITY_H

#include "pair.h"

#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * An issuer of a test PKI, and what it says about the certificates that lie
 * beside it. A certificate is known when its PEM file is in the directory and
 * this issuer signed it; it is good unless the file NAME.state says
 * otherwise. State belongs to a serial number, so a certificate that was
 * issued anew starts as good.
 */
struct authority {
    const char *dir; /* borrowed */
    const char *name; /* root, ca, foreigner-ca */
    struct pki_pair issuer;
};

enum authority_state {
    AUTHORITY_GOOD,
    AUTHORITY_REVOKED,
    AUTHORITY_UNKNOWN
};

struct authority_status {
    enum authority_state state;
    int64_t since; /* seconds since 1970; of a revocation */
};

/* BEID_ERR_NOT_FOUND when the directory has no such issuer. */
enum beid_err authority_open(const char *dir, const char *name,
                             struct authority *out) BEID_NODISCARD;
void authority_close(struct authority *authority);

/* What it says about this serial number; unknown when nobody has it. */
struct authority_status authority_ask(const struct authority *authority,
                                      const ASN1_INTEGER *serial);

/* Calls fn for each certificate that is revoked. */
typedef void authority_fn(void *ctx, const X509 *cert,
                          struct authority_status status);
void authority_each_revoked(const struct authority *authority, authority_fn *fn,
                            void *ctx);

/* "good", "revoked" or "unknown"; false on another word. */
bool authority_state_parse(const char *word, enum authority_state *out);
const char *authority_state_word(enum authority_state state);

/*
 * The state of the certificate of this key in a directory, read or written.
 * BEID_ERR_NOT_FOUND: no certificate has the key.
 */
enum beid_err authority_state_of(const char *dir, const EVP_PKEY *key,
                                 struct authority_status *out) BEID_NODISCARD;
enum beid_err
authority_state_set(const char *dir, const EVP_PKEY *key,
                    struct authority_status status) BEID_NODISCARD;

#endif
