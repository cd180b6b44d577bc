/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <beid/secret.h>

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096U

struct entry {
    struct entry *next;
    uint8_t key[SESSION_KEY_SIZE];
    struct session session;
};

struct store {
    struct entry *buckets[BUCKETS];
    size_t count;
    size_t max;
};

enum beid_err
store_memory_new(size_t max, struct store **out)
{
    struct store *made = calloc(1, sizeof *made);
    *out = made;
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->max = max;
    return BEID_OK;
}

/* Where the chain points to this key, or to NULL at its end. */
static struct entry **
place_of(struct store *store, const uint8_t key[SESSION_KEY_SIZE])
{
    size_t bucket = (((size_t)key[0] << 8) | key[1]) % BUCKETS;
    struct entry **at = &store->buckets[bucket];
    while (*at != NULL && memcmp((*at)->key, key, SESSION_KEY_SIZE) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static void
entry_drop(struct store *store, struct entry **at)
{
    struct entry *gone = *at;
    *at = gone->next;
    beid_wipe(gone, sizeof *gone);
    free(gone);
    store->count--;
}

/* Drops what has expired; everything when now is the end of time. */
static void
sweep(struct store *store, time_t now, bool all)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct entry **at = &store->buckets[i];
        while (*at != NULL) {
            if (all || (*at)->session.expires <= now) {
                entry_drop(store, at);
            } else {
                at = &(*at)->next;
            }
        }
    }
}

void
store_free(struct store **store)
{
    if (*store != NULL) {
        sweep(*store, 0, true);
        free(*store);
        *store = NULL;
    }
}

enum beid_err
store_create(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
             const struct session *session, time_t now)
{
    if (store->count >= store->max) {
        sweep(store, now, false);
    }
    if (store->count >= store->max) {
        return BEID_ERR_LIMIT;
    }
    struct entry **at = place_of(store, key);
    if (*at != NULL) {
        return BEID_ERR_STATE;
    }
    struct entry *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    memcpy(made->key, key, SESSION_KEY_SIZE);
    made->session = *session;
    *at = made;
    store->count++;
    return BEID_OK;
}

/* The living session of a key, or NULL; an expired one is dropped. */
static struct session *
find(struct store *store, const uint8_t key[SESSION_KEY_SIZE], time_t now)
{
    struct entry **at = place_of(store, key);
    if (*at == NULL) {
        return NULL;
    }
    if ((*at)->session.expires <= now) {
        entry_drop(store, at);
        return NULL;
    }
    return &(*at)->session;
}

enum beid_err
store_load(struct store *store, const uint8_t key[SESSION_KEY_SIZE], time_t now,
           struct session *out)
{
    const struct session *session = find(store, key, now);
    if (session == NULL) {
        return BEID_ERR_NOT_FOUND;
    }
    *out = *session;
    return BEID_OK;
}

enum beid_err
store_put_nonce(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
                time_t now, enum nonce_purpose purpose,
                const struct nonce *nonce)
{
    struct session *session = find(store, key, now);
    if (session == NULL) {
        return BEID_ERR_NOT_FOUND;
    }
    if (now >= session->nonce_window + NONCE_WINDOW) {
        session->nonce_window = now;
        session->nonce_count = 0;
    }
    if (session->nonce_count >= NONCE_COUNT_MAX) {
        return BEID_ERR_BUSY;
    }
    session->nonce_count++;
    session->nonces[purpose] = *nonce;
    return BEID_OK;
}

enum beid_err
store_take_nonce(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
                 time_t now, enum nonce_purpose purpose, struct nonce *out)
{
    struct session *session = find(store, key, now);
    struct nonce *open = session == NULL ? NULL : &session->nonces[purpose];
    if (open == NULL || open->value[0] == '\0') {
        return BEID_ERR_NOT_FOUND;
    }
    bool late = open->until <= now;
    if (!late) {
        *out = *open;
    }
    beid_wipe(open, sizeof *open);
    return late ? BEID_ERR_TIMEOUT : BEID_OK;
}

void
store_remove(struct store *store, const uint8_t key[SESSION_KEY_SIZE])
{
    struct entry **at = place_of(store, key);
    if (*at != NULL) {
        entry_drop(store, at);
    }
}
