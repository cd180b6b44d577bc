/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "store_kind.h"

#include <string.h>

enum beid_err
store_new(const char *place, const char *password, size_t max,
          struct store **out)
{
    static const char scheme[] = "redis";
    if (place != NULL && strncmp(place, scheme, sizeof scheme - 1) == 0
        && strstr(place, "://") != NULL) {
        return store_redis_new(place, password, out);
    }
    return password == NULL ? store_sqlite_new(place, max, out)
                            : BEID_ERR_ARGUMENT;
}

void
store_free(struct store **store)
{
    if (*store != NULL) {
        (*store)->kind->close(*store);
        *store = NULL;
    }
}

enum beid_err
store_create(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
             const struct session *session, time_t now)
{
    return store->kind->create(store, key, session, now);
}

enum beid_err
store_load(struct store *store, const uint8_t key[SESSION_KEY_SIZE], time_t now,
           struct session *out)
{
    return store->kind->load(store, key, now, out);
}

enum beid_err
store_take(struct store *store, const uint8_t key[SESSION_KEY_SIZE], time_t now,
           struct session *out)
{
    return store->kind->take(store, key, now, out);
}

enum beid_err
store_put_nonce(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
                time_t now, enum nonce_purpose purpose,
                const struct nonce *nonce)
{
    return store->kind->put_nonce(store, key, now, purpose, nonce);
}

enum beid_err
store_take_nonce(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
                 time_t now, enum nonce_purpose purpose, struct nonce *out)
{
    return store->kind->take_nonce(store, key, now, purpose, out);
}

enum beid_err
store_remove(struct store *store, const uint8_t key[SESSION_KEY_SIZE])
{
    return store->kind->remove(store, key);
}
