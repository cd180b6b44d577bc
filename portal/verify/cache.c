/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include "crypto.h"

#include <openssl/x509v3.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A few years of Belgian issuing CAs, some dozens in each, all in use. */
#define CAS_MAX 256U
#define CRLS_MAX 64U
#define STATUS_COUNT 4096U
#define HOLDER_COUNT 4096U

struct kept_status {
    uint8_t hash[SHA256_SIZE];
    struct revocation_status status; /* this_update 0: nothing here */
};

/* No copy of the certificate: nothing personal stays. */
struct kept_holder {
    uint8_t hash[SHA256_SIZE];
    enum beid_verify_use use; /* ANY: nothing here */
    size_t ca; /* its place, while serial is the one there */
    uint64_t serial;
};

struct kept_ca {
    struct cache_ca ca; /* without a certificate: nothing here */
    uint64_t serial; /* told apart from who was there before */
    uint64_t used; /* when, by the cache's own count */
};

struct kept_certificate {
    uint8_t hash[SHA256_SIZE];
    X509 *cert;
    uint64_t used;
};

struct kept_crl {
    char url[URL_MAX];
    uint8_t issuer[SHA256_SIZE];
    X509_CRL *crl;
    time_t fetched;
};

struct cache {
    pthread_mutex_t lock;
    uint64_t count; /* grows with each use */
    struct kept_ca cas[CAS_MAX];
    struct kept_certificate certificates[CAS_MAX];
    struct kept_holder holders[HOLDER_COUNT];
    struct kept_crl crls[CRLS_MAX];
    size_t crl_next;
    struct kept_status statuses[STATUS_COUNT];
};

struct cache *
cache_new(void)
{
    struct cache *made = calloc(1, sizeof *made);
    if (made != NULL && pthread_mutex_init(&made->lock, NULL) != 0) {
        free(made);
        return NULL;
    }
    return made;
}

void
cache_ca_release(struct cache_ca *entry)
{
    X509_free(entry->ca);
    *entry = (struct cache_ca){0};
}

void
cache_ca_forget(struct cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < CAS_MAX; i++) {
        cache_ca_release(&cache->cas[i].ca);
        cache->cas[i] = (struct kept_ca){0};
    }
    (void)pthread_mutex_unlock(&cache->lock);
}

void
cache_free(struct cache *cache)
{
    if (cache == NULL) {
        return;
    }
    cache_ca_forget(cache);
    for (size_t i = 0; i < CRLS_MAX; i++) {
        X509_CRL_free(cache->crls[i].crl);
    }
    for (size_t i = 0; i < CAS_MAX; i++) {
        X509_free(cache->certificates[i].cert);
    }
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static bool
ca_copy(const struct cache_ca *from, struct cache_ca *out)
{
    if (X509_up_ref(from->ca) != 1) {
        return false;
    }
    *out = *from;
    return true;
}

bool
cache_ca_find(struct cache *cache, X509 *leaf, time_t at, struct cache_ca *out)
{
    const X509_NAME *issuer = X509_get_issuer_name(leaf);
    bool found = false;
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; !found && i < CAS_MAX; i++) {
        const struct cache_ca *entry = &cache->cas[i].ca;
        found = entry->ca != NULL && at >= entry->from && at <= entry->until
                && X509_NAME_cmp(X509_get_subject_name(entry->ca), issuer) == 0
                && X509_check_issued(entry->ca, leaf) == X509_V_OK
                && ca_copy(entry, out);
        if (found) {
            cache->cas[i].used = ++cache->count;
        }
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

/* The place of a CA with this certificate and anchor; CAS_MAX: none. Locked. */
static size_t
ca_place(const struct cache *cache, const struct cache_ca *ca)
{
    for (size_t i = 0; i < CAS_MAX; i++) {
        const struct cache_ca *entry = &cache->cas[i].ca;
        if (entry->ca != NULL && X509_cmp(entry->ca, ca->ca) == 0
            && strcmp(entry->anchor_spki_sha256, ca->anchor_spki_sha256) == 0) {
            return i;
        }
    }
    return CAS_MAX;
}

/* A free place, else the one whose use is longest ago. Locked. */
static size_t
ca_oldest(const struct cache *cache)
{
    size_t oldest = 0;
    for (size_t i = 1; i < CAS_MAX; i++) {
        if (cache->cas[i].used < cache->cas[oldest].used) {
            oldest = i;
        }
    }
    return oldest;
}

/*
 * The same CA below the same anchor by another chain: it holds while either
 * does. Were the first one's dates kept for good, whoever brings a chain that
 * ends soon could see to it that this CA is never remembered again.
 */
static void
ca_widen(struct cache_ca *kept, const struct cache_ca *also)
{
    bool meet = also->from <= kept->until && kept->from <= also->until;
    kept->from = meet && kept->from < also->from ? kept->from : also->from;
    kept->until = meet && kept->until > also->until ? kept->until : also->until;
}

static size_t
slot_of(const uint8_t hash[SHA256_SIZE], size_t count)
{
    return ((size_t)hash[0] << 8 | hash[1]) % count;
}

void
cache_ca_add(struct cache *cache, const struct cache_ca *entry)
{
    struct cache_ca spare; /* the copy, then what gave way to it */
    if (!ca_copy(entry, &spare)) {
        return;
    }
    (void)pthread_mutex_lock(&cache->lock);
    size_t place = ca_place(cache, entry);
    if (place < CAS_MAX) {
        ca_widen(&cache->cas[place].ca, entry);
    } else {
        place = ca_oldest(cache);
        struct cache_ca old = cache->cas[place].ca;
        cache->cas[place].ca = spare;
        cache->cas[place].serial = ++cache->count;
        spare = old;
    }
    cache->cas[place].used = ++cache->count;
    (void)pthread_mutex_unlock(&cache->lock);
    cache_ca_release(&spare);
}

bool
cache_holder_find(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                  enum beid_verify_use use, time_t at, struct cache_ca *out)
{
    (void)pthread_mutex_lock(&cache->lock);
    const struct kept_holder *kept =
        &cache->holders[slot_of(hash, HOLDER_COUNT)];
    struct kept_ca *place = &cache->cas[kept->ca];
    const struct cache_ca *ca = &place->ca;
    bool found = kept->use == use && use != BEID_VERIFY_USE_ANY
                 && memcmp(kept->hash, hash, SHA256_SIZE) == 0 && ca->ca != NULL
                 && kept->serial == place->serial && at >= ca->from
                 && at <= ca->until && ca_copy(ca, out);
    if (found) {
        place->used = ++cache->count;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void
cache_holder_add(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                 enum beid_verify_use use, const struct cache_ca *ca)
{
    (void)pthread_mutex_lock(&cache->lock);
    size_t place = ca_place(cache, ca);
    if (place < CAS_MAX) {
        struct kept_holder *kept = &cache->holders[slot_of(hash, HOLDER_COUNT)];
        memcpy(kept->hash, hash, SHA256_SIZE);
        kept->use = use;
        kept->ca = place;
        kept->serial = cache->cas[place].serial;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}

static bool
certificate_is(const struct kept_certificate *kept,
               const uint8_t hash[SHA256_SIZE])
{
    return kept->cert != NULL && memcmp(kept->hash, hash, SHA256_SIZE) == 0;
}

/*
 * The place of the certificate with this hash, else a free one or the one
 * whose use is longest ago, and then nobody's hash. Locked.
 */
static struct kept_certificate *
certificate_place(struct cache *cache, const uint8_t hash[SHA256_SIZE])
{
    struct kept_certificate *oldest = &cache->certificates[0];
    for (size_t i = 0; i < CAS_MAX; i++) {
        struct kept_certificate *kept = &cache->certificates[i];
        if (certificate_is(kept, hash)) {
            return kept;
        }
        oldest = kept->used < oldest->used ? kept : oldest;
    }
    return oldest;
}

X509 *
cache_certificate_find(struct cache *cache, struct beid_span der)
{
    uint8_t hash[SHA256_SIZE];
    X509 *found = NULL;
    if (!crypto_sha256(der, hash)) {
        return NULL;
    }
    (void)pthread_mutex_lock(&cache->lock);
    struct kept_certificate *kept = certificate_place(cache, hash);
    if (certificate_is(kept, hash) && X509_up_ref(kept->cert) == 1) {
        kept->used = ++cache->count;
        found = kept->cert;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void
cache_certificate_add(struct cache *cache, X509 *cert)
{
    uint8_t hash[SHA256_SIZE];
    if (X509_digest(cert, EVP_sha256(), hash, NULL) != 1
        || X509_up_ref(cert) != 1) {
        return;
    }
    (void)pthread_mutex_lock(&cache->lock);
    struct kept_certificate *kept = certificate_place(cache, hash);
    X509 *old = kept->cert; /* the same one again, or what gives way */
    kept->cert = cert;
    memcpy(kept->hash, hash, SHA256_SIZE);
    kept->used = ++cache->count;
    (void)pthread_mutex_unlock(&cache->lock);
    X509_free(old);
}

static struct kept_status *
place_of(struct cache *cache, const uint8_t hash[SHA256_SIZE])
{
    return &cache->statuses[slot_of(hash, STATUS_COUNT)];
}

bool
cache_status_find(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                  struct revocation_status *out)
{
    (void)pthread_mutex_lock(&cache->lock);
    const struct kept_status *kept = place_of(cache, hash);
    bool found = kept->status.this_update != 0
                 && memcmp(kept->hash, hash, SHA256_SIZE) == 0;
    if (found) {
        *out = kept->status;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

/* Of the same second the bad news are the later ones. */
static bool
status_later(const struct revocation_status *status,
             const struct revocation_status *than)
{
    return status->this_update > than->this_update
           || (status->this_update == than->this_update
               && status->result == BEID_VERIFY_REVOKED);
}

void
cache_status_add(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                 const struct revocation_status *status)
{
    (void)pthread_mutex_lock(&cache->lock);
    struct kept_status *kept = place_of(cache, hash);
    if (memcmp(kept->hash, hash, SHA256_SIZE) != 0
        || !status_later(&kept->status, status)) {
        memcpy(kept->hash, hash, SHA256_SIZE);
        kept->status = *status;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}

/* The place of a URL and issuer; NULL when it has none. Locked. */
static struct kept_crl *
crl_place(struct cache *cache, const char *url,
          const uint8_t issuer[SHA256_SIZE])
{
    for (size_t i = 0; i < CRLS_MAX; i++) {
        struct kept_crl *kept = &cache->crls[i];
        if (kept->crl != NULL && strcmp(kept->url, url) == 0
            && memcmp(kept->issuer, issuer, SHA256_SIZE) == 0) {
            return kept;
        }
    }
    return NULL;
}

X509_CRL *
cache_crl_find(struct cache *cache, const char *url, X509 *issuer,
               time_t *fetched)
{
    uint8_t hash[SHA256_SIZE];
    X509_CRL *found = NULL;
    if (X509_digest(issuer, EVP_sha256(), hash, NULL) != 1) {
        return NULL;
    }
    (void)pthread_mutex_lock(&cache->lock);
    const struct kept_crl *kept = crl_place(cache, url, hash);
    if (kept != NULL && X509_CRL_up_ref(kept->crl) == 1) {
        found = kept->crl;
        *fetched = kept->fetched;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

static void
crl_swap(X509_CRL **one, X509_CRL **other)
{
    X509_CRL *first = *one;
    *one = *other;
    *other = first;
}

/* The list itself with one more reference; NULL when that cannot be. */
static X509_CRL *
crl_reference(X509_CRL *crl)
{
    return X509_CRL_up_ref(crl) == 1 ? crl : NULL;
}

X509_CRL *
cache_crl_add(struct cache *cache, const char *url,
              const struct revocation_question *question, X509_CRL *crl)
{
    uint8_t hash[SHA256_SIZE];
    X509_CRL *old = crl_reference(crl); /* the copy, then what gave way to it */
    if (old == NULL
        || X509_digest(question->issuer, EVP_sha256(), hash, NULL) != 1) {
        return old;
    }
    (void)pthread_mutex_lock(&cache->lock);
    struct kept_crl *kept = crl_place(cache, url, hash);
    if (kept == NULL) {
        kept = &cache->crls[cache->crl_next];
        cache->crl_next = (cache->crl_next + 1) % CRLS_MAX;
        memcpy(kept->issuer, hash, SHA256_SIZE);
        memcpy(kept->url, url, strlen(url) + 1); /* url_allowed() measured it */
        crl_swap(&kept->crl, &old);
    } else if (!crl_fresh(question, kept->crl) || !crl_later(kept->crl, crl)) {
        crl_swap(&kept->crl, &old);
    }
    kept->fetched = question->at;
    X509_CRL *best = crl_reference(kept->crl);
    (void)pthread_mutex_unlock(&cache->lock);
    X509_CRL_free(old);
    return best;
}
