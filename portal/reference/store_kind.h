/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_STORE_KIND_H
#define BEID_PORTAL_STORE_KIND_H

#include "store.h"

/* What each kind of store does; the calls of store.h, one by one. */
struct store_kind {
    void (*close)(struct store *store);
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
};

/* The first member of each kind's own struct. */
struct store {
    const struct store_kind *kind;
};

/* path NULL: in memory. */
enum beid_err store_sqlite_new(const char *path, size_t max,
                               struct store **out) BEID_NODISCARD;

/* url, password: see store_new(). */
enum beid_err store_redis_new(const char *url, const char *password,
                              struct store **out) BEID_NODISCARD;

#endif
