/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_STORE_KIND_H
#define BEID_PORTAL_STORE_KIND_H

#include "store.h"

#include <pthread.h>

/* What each kind of store does; the calls of store.h, one by one. */
struct store_kind {
    void (*close)(struct store *store);
    enum beid_err (*durable)(struct store *store);
    enum beid_err (*create)(struct store *store, const uint8_t *key,
                            const struct session *session, time_t now);
    enum beid_err (*load)(struct store *store, const uint8_t *key, time_t now,
                          struct session *out);
    enum beid_err (*take)(struct store *store, const uint8_t *key, time_t now,
                          struct session *out);
    enum beid_err (*put_nonce)(struct store *store, const uint8_t *key,
                               time_t now, enum nonce_purpose purpose,
                               const struct nonce *nonce);
    enum beid_err (*take_nonce)(struct store *store, const uint8_t *key,
                                time_t now, enum nonce_purpose purpose,
                                struct nonce *out);
    enum beid_err (*remove)(struct store *store, const uint8_t *key);
    enum beid_err (*put_entry)(struct store *store, const struct entry_key *key,
                               const struct sealed *entry, size_t max);
    enum beid_err (*add_entry)(struct store *store, const struct entry_key *key,
                               const struct sealed *entry, size_t max);
    enum beid_err (*get_entry)(struct store *store, const struct entry_key *key,
                               time_t now, struct sealed *out);
    enum beid_err (*take_entry)(struct store *store,
                                const struct entry_key *key, time_t now,
                                struct sealed *out);
    enum beid_err (*list_entries)(struct store *store,
                                  const struct entry_key *key, time_t now,
                                  const struct entry_list *list);
    enum beid_err (*count_entries)(struct store *store,
                                   const struct entry_key *key, time_t now,
                                   size_t *count);
};

/* The first member of each kind's own struct. */
struct store {
    const struct store_kind *kind;
    pthread_mutex_t lock; /* held during each of its calls */
};

/* path NULL: in memory. */
enum beid_err store_sqlite_new(const char *path, size_t max,
                               struct store **out) BEID_NODISCARD;

/* url, password: see store_new(). */
enum beid_err store_redis_new(const char *url, const char *password,
                              struct store **out) BEID_NODISCARD;

/* How the calls of each kind end. */

/* Of a new store: closed again unless err is BEID_OK. */
enum beid_err store_made(enum beid_err err, struct store *made,
                         struct store **out) BEID_NODISCARD;

/* Hands over what was read or taken, when it is good at now; wipes it. */
enum beid_err store_hand_session(enum beid_err err, struct session *from,
                                 time_t now,
                                 struct session *out) BEID_NODISCARD;
enum beid_err store_hand_nonce(enum beid_err err, struct nonce *from,
                               time_t now, struct nonce *out) BEID_NODISCARD;

/*
 * out as reading it left it; gone: was it deleted? Clears it unless it is
 * handed over.
 */
enum beid_err store_hand_entry(enum beid_err gone, enum beid_err read,
                               time_t now, struct sealed *out) BEID_NODISCARD;

#endif
