/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PKI_H
#define BEID_VIRTUAL_PKI_H

#include "certificate.h"
#include "pair.h"
#include "person.h"
#include "profile.h"

#include <beid/err.h>

#include <openssl/types.h>

#include <stdbool.h>

/* The issuers of one generation. */
struct pki {
    enum profile_family family;
    struct pki_pair root;
    struct pki_pair ca; /* Citizen CA or Foreigner CA */
    struct pki_pair rrn;
    struct profile_servers servers; /* base is borrowed */
    char dir[128];
};

/* The keys and certificates of one card. */
struct pki_card {
    EVP_PKEY *basic; /* EC generation only */
    struct pki_pair auth;
    struct pki_pair sign;
};

/*
 * Takes the issuers from the files root, ca (or foreigner-ca) and rrn (.pem
 * and .key, PEM) of a directory, or makes them and writes the files. Files of
 * the other generation are an error: BEID_ERR_FORMAT. Certificates that name
 * other servers are issued anew; the keys stay.
 */
enum beid_err pki_open(const char *dir, enum profile_family family,
                       struct profile_servers servers,
                       struct pki *out) BEID_NODISCARD;

/*
 * The certificate and key with which an OCSP responder answers for an issuer,
 * from the files NAME-ocsp of its directory, or made and written.
 */
enum beid_err pki_responder_open(const char *dir, const char *name,
                                 const struct pki_pair *issuer,
                                 struct pki_pair *out) BEID_NODISCARD;

/*
 * Takes keys and certificates of a card from the files basic, auth and sign,
 * or makes and writes them. The first card of a directory has no suffix, the
 * n-th has "-n". rsa_bits is ignored in the EC generation.
 */
enum beid_err pki_card_open(const struct pki *pki, unsigned number,
                            const struct person *person, int rsa_bits,
                            struct pki_card *out) BEID_NODISCARD;

void pki_clear(struct pki *pki);
void pki_card_clear(struct pki_card *card);

#endif
