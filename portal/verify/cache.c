/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include <openssl/x509v3.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CAS_MAX 64U
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

struct kept_certificate {
    uint8_t hash[SHA256_SIZE];
    X509 *cert;
};

struct kept_crl {
    char url[URL_MAX];
    uint8_t issuer[SHA256_SIZE];
    X509_CRL *crl;
    time_t fetched;
};

struct cache {
    pthread_mutex_t lock;
    struct cache_ca cas[CAS_MAX];
    uint64_t ca_serials[CAS_MAX]; /* told apart from who was there before */
    uint64_t ca_serial;
    size_t ca_next;
    struct kept_certificate certificates[CAS_MAX];
    size_t certificate_next;
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
    X509_STORE_free(entry->store);
    *entry = (struct cache_ca){0};
}

void
cache_ca_forget(struct cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < CAS_MAX; i++) {
        cache_ca_release(&cache->cas[i]);
        cache->ca_serials[i] = 0;
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
    if (X509_STORE_up_ref(from->store) != 1) {
        X509_free(from->ca);
        return false;
    }
    *out = *from;
    return true;
}

bool
cache_ca_find(struct cache *cache, X509 *leaf, time_t at, struct cache_ca *out)
{
    bool found = false;
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; !found && i < CAS_MAX; i++) {
        const struct cache_ca *entry = &cache->cas[i];
        found = entry->ca != NULL && at >= entry->from && at <= entry->until
                && X509_check_issued(entry->ca, leaf) == X509_V_OK
                && ca_copy(entry, out);
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

/* The place of a CA with this certificate and anchor; CAS_MAX: none. Locked. */
static size_t
ca_place(const struct cache *cache, const struct cache_ca *ca)
{
    for (size_t i = 0; i < CAS_MAX; i++) {
        if (cache->cas[i].ca != NULL && X509_cmp(cache->cas[i].ca, ca->ca) == 0
            && strcmp(cache->cas[i].anchor_spki_sha256, ca->anchor_spki_sha256)
                   == 0) {
            return i;
        }
    }
    return CAS_MAX;
}

static size_t
slot_of(const uint8_t hash[SHA256_SIZE], size_t count)
{
    return ((size_t)hash[0] << 8 | hash[1]) % count;
}

void
cache_ca_add(struct cache *cache, const struct cache_ca *entry)
{
    struct cache_ca copy;
    if (!ca_copy(entry, &copy)) {
        return;
    }
    (void)pthread_mutex_lock(&cache->lock);
    bool known = ca_place(cache, entry) < CAS_MAX;
    if (!known) {
        cache_ca_release(&cache->cas[cache->ca_next]);
        cache->cas[cache->ca_next] = copy;
        cache->ca_serials[cache->ca_next] = ++cache->ca_serial;
        cache->ca_next = (cache->ca_next + 1) % CAS_MAX;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    if (known) {
        cache_ca_release(&copy);
    }
}

bool
cache_holder_find(struct cache *cache, const X509 *leaf,
                  enum beid_verify_use use, time_t at, struct cache_ca *out)
{
    uint8_t hash[SHA256_SIZE];
    if (X509_digest(leaf, EVP_sha256(), hash, NULL) != 1) {
        return false;
    }
    (void)pthread_mutex_lock(&cache->lock);
    const struct kept_holder *kept =
        &cache->holders[slot_of(hash, HOLDER_COUNT)];
    const struct cache_ca *ca = &cache->cas[kept->ca];
    bool found = kept->use == use && use != BEID_VERIFY_USE_ANY
                 && memcmp(kept->hash, hash, SHA256_SIZE) == 0 && ca->ca != NULL
                 && kept->serial == cache->ca_serials[kept->ca]
                 && at >= ca->from && at <= ca->until && ca_copy(ca, out);
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void
cache_holder_add(struct cache *cache, const X509 *leaf,
                 enum beid_verify_use use, const struct cache_ca *ca)
{
    uint8_t hash[SHA256_SIZE];
    if (X509_digest(leaf, EVP_sha256(), hash, NULL) != 1) {
        return;
    }
    (void)pthread_mutex_lock(&cache->lock);
    size_t place = ca_place(cache, ca);
    if (place < CAS_MAX) {
        struct kept_holder *kept = &cache->holders[slot_of(hash, HOLDER_COUNT)];
        memcpy(kept->hash, hash, SHA256_SIZE);
        kept->use = use;
        kept->ca = place;
        kept->serial = cache->ca_serials[place];
    }
    (void)pthread_mutex_unlock(&cache->lock);
}

X509 *
cache_certificate_find(struct cache *cache, struct beid_span der)
{
    uint8_t hash[SHA256_SIZE];
    X509 *found = NULL;
    if (EVP_Digest(der.ptr, der.len, hash, NULL, EVP_sha256(), NULL) != 1) {
        return NULL;
    }
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; found == NULL && i < CAS_MAX; i++) {
        const struct kept_certificate *kept = &cache->certificates[i];
        if (kept->cert != NULL && memcmp(kept->hash, hash, SHA256_SIZE) == 0
            && X509_up_ref(kept->cert) == 1) {
            found = kept->cert;
        }
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
    X509 *old = cert;
    (void)pthread_mutex_lock(&cache->lock);
    bool known = false;
    for (size_t i = 0; !known && i < CAS_MAX; i++) {
        const struct kept_certificate *kept = &cache->certificates[i];
        known =
            kept->cert != NULL && memcmp(kept->hash, hash, SHA256_SIZE) == 0;
    }
    if (!known) {
        struct kept_certificate *kept =
            &cache->certificates[cache->certificate_next];
        cache->certificate_next = (cache->certificate_next + 1) % CAS_MAX;
        old = kept->cert;
        kept->cert = cert;
        memcpy(kept->hash, hash, SHA256_SIZE);
    }
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

void
cache_status_add(struct cache *cache, const uint8_t hash[SHA256_SIZE],
                 const struct revocation_status *status)
{
    (void)pthread_mutex_lock(&cache->lock);
    struct kept_status *kept = place_of(cache, hash);
    memcpy(kept->hash, hash, SHA256_SIZE);
    kept->status = *status;
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

void
cache_crl_add(struct cache *cache, const char *url, X509 *issuer, X509_CRL *crl,
              time_t fetched)
{
    uint8_t hash[SHA256_SIZE];
    if (X509_digest(issuer, EVP_sha256(), hash, NULL) != 1
        || X509_CRL_up_ref(crl) != 1) {
        return;
    }
    (void)pthread_mutex_lock(&cache->lock);
    struct kept_crl *kept = crl_place(cache, url, hash);
    if (kept == NULL) {
        kept = &cache->crls[cache->crl_next];
        cache->crl_next = (cache->crl_next + 1) % CRLS_MAX;
    }
    X509_CRL *old = kept->crl;
    *kept = (struct kept_crl){.crl = crl, .fetched = fetched};
    memcpy(kept->issuer, hash, SHA256_SIZE);
    memcpy(kept->url, url, strlen(url) + 1); /* url_allowed() measured it */
    (void)pthread_mutex_unlock(&cache->lock);
    X509_CRL_free(old);
}
