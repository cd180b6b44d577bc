/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_CACHE_H
#define BEID_VERIFY_CACHE_H

#include "internal.h"
#include "revocation.h"

#include <openssl/x509.h>

#include <stdbool.h>
#include <time.h>

/*
 * What the threads of one verifier share: CAs whose chain was checked, OCSP
 * answers and CRLs. Bounded; of CAs the one gives way whose use is longest
 * ago, so that those who bring others do not drive out the ones in daily use;
 * of the rest the oldest, or whatever lay at the same place. Every call locks
 * for itself, for moments only.
 */
struct cache;

struct cache *cache_new(void);
void cache_free(struct cache *cache);

/* A CA with a chain to an anchor that holds from..until. */
struct cache_ca {
    X509 *ca;
    time_t from;
    time_t until;
    bool pinned;
    char subject[2 * NAME_MAX_BYTES]; /* as certificate_name() writes it */
    char anchor[2 * NAME_MAX_BYTES];
    char anchor_spki_sha256[2 * SHA256_SIZE + 1];
};

/* A CA that says it issued leaf, at this moment; *out is the caller's. */
bool cache_ca_find(struct cache *cache, X509 *leaf, time_t at,
                   struct cache_ca *out);

/*
 * Keeps a CA with references of its own. It is there at most once below an
 * anchor; a second chain to that anchor can only lengthen what the first gave.
 */
void cache_ca_add(struct cache *cache, const struct cache_ca *entry);
void cache_ca_release(struct cache_ca *entry);

/*
 * The certificate with exactly this DER, when it is of a chain that was
 * checked, with a reference for the caller: parsing is what costs. NULL when
 * there is none. It is trusted no more for being here.
 */
X509 *cache_certificate_find(struct cache *cache, struct beid_span der);
void cache_certificate_add(struct cache *cache, X509 *cert);

/*
 * A holder's certificate whose chain was checked for this use, known by its
 * SHA-256 alone, and the CA below which it was; *out is the caller's.
 */
bool cache_holder_find(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                       enum beid_verify_use use, time_t at,
                       struct cache_ca *out);
void cache_holder_add(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                      enum beid_verify_use use, const struct cache_ca *ca);

/* Forgets CAs and holders: other anchors were named. */
void cache_ca_forget(struct cache *cache);

/*
 * The status of the certificate with this SHA-256, when one was kept. An
 * earlier answer about the same one, from a slower thread, replaces none.
 */
bool cache_status_find(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                       struct revocation_status *out);
void cache_status_add(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                      const struct revocation_status *status);

/*
 * The CRL of this URL and issuer, with a reference for the caller; NULL when
 * there is none. *fetched: seconds since 1970 when it came.
 */
X509_CRL *cache_crl_find(struct cache *cache, const char *url, X509 *issuer,
                         time_t *fetched);

/*
 * Keeps a CRL of this URL and the question's issuer that came at the question's
 * moment, unless a later one that still counts is there: by plain http anyone
 * may bring an older one again. Either way that was the asking. The one that is
 * kept then, with a reference for the caller; NULL when there cannot be one.
 */
X509_CRL *cache_crl_add(struct cache *cache, const char *url,
                        const struct revocation_question *question,
                        X509_CRL *crl);

#endif
