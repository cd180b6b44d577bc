/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "store_kind.h"

#include <beid/secret.h>

#include <string.h>

bool
store_is_server(const char *place)
{
    static const char scheme[] = "redis";
    return place != NULL && strncmp(place, scheme, sizeof scheme - 1) == 0
           && strstr(place, "://") != NULL;
}

enum beid_err
store_new(const char *place, const char *password, size_t max,
          struct store **out)
{
    *out = NULL;
    if (store_is_server(place)) {
        return store_redis_new(place, password, out);
    }
    return password == NULL ? store_sqlite_new(place, max, out)
                            : BEID_ERR_ARGUMENT;
}

enum beid_err
store_made(enum beid_err err, struct store *made, struct store **out)
{
    if (err == BEID_OK && pthread_mutex_init(&made->lock, NULL) != 0) {
        err = BEID_ERR_MEMORY;
    }
    if (err == BEID_OK) {
        *out = made;
    } else {
        made->kind->close(made);
    }
    return err;
}

void
store_free(struct store **store)
{
    if (*store != NULL) {
        (void)pthread_mutex_destroy(&(*store)->lock);
        (*store)->kind->close(*store);
        *store = NULL;
    }
}

enum beid_err
store_hand_session(enum beid_err err, struct session *from, time_t now,
                   struct session *out)
{
    if (err == BEID_OK && from->expires <= now) {
        err = BEID_ERR_NOT_FOUND;
    }
    if (err == BEID_OK) {
        *out = *from;
    }
    beid_wipe(from, sizeof *from);
    return err;
}

enum beid_err
store_hand_nonce(enum beid_err err, struct nonce *from, time_t now,
                 struct nonce *out)
{
    if (err == BEID_OK && from->until <= now) {
        err = BEID_ERR_TIMEOUT;
    }
    if (err == BEID_OK) {
        *out = *from;
    }
    beid_wipe(from, sizeof *from);
    return err;
}

enum beid_err
store_hand_entry(enum beid_err gone, enum beid_err read, time_t now,
                 struct sealed *out)
{
    if (read != BEID_OK) {
        return read;
    }
    if (gone == BEID_OK && out->until <= now) {
        gone = BEID_ERR_NOT_FOUND;
    }
    if (gone != BEID_OK) {
        beid_buf_clear(&out->value);
    }
    return gone;
}

/* One thread at a time. */
static const struct store_kind *
enter(struct store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    return store->kind;
}

static enum beid_err
leave(struct store *store, enum beid_err err)
{
    (void)pthread_mutex_unlock(&store->lock);
    return err;
}

enum beid_err
store_create(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
             const struct session *session, time_t now)
{
    enum beid_err err = enter(store)->create(store, key, session, now);
    return leave(store, err);
}

enum beid_err
store_load(struct store *store, const uint8_t key[SESSION_KEY_SIZE], time_t now,
           struct session *out)
{
    enum beid_err err = enter(store)->load(store, key, now, out);
    return leave(store, err);
}

enum beid_err
store_take(struct store *store, const uint8_t key[SESSION_KEY_SIZE], time_t now,
           struct session *out)
{
    enum beid_err err = enter(store)->take(store, key, now, out);
    return leave(store, err);
}

enum beid_err
store_put_nonce(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
                time_t now, enum nonce_purpose purpose,
                const struct nonce *nonce)
{
    enum beid_err err =
        enter(store)->put_nonce(store, key, now, purpose, nonce);
    return leave(store, err);
}

enum beid_err
store_take_nonce(struct store *store, const uint8_t key[SESSION_KEY_SIZE],
                 time_t now, enum nonce_purpose purpose, struct nonce *out)
{
    enum beid_err err = enter(store)->take_nonce(store, key, now, purpose, out);
    return leave(store, err);
}

enum beid_err
store_remove(struct store *store, const uint8_t key[SESSION_KEY_SIZE])
{
    enum beid_err err = enter(store)->remove(store, key);
    return leave(store, err);
}

enum beid_err
store_durable(struct store *store)
{
    enum beid_err err = enter(store)->durable(store);
    return leave(store, err);
}

enum beid_err
store_put_entry(struct store *store, const struct entry_key *key,
                const struct sealed *entry, size_t max)
{
    enum beid_err err = enter(store)->put_entry(store, key, entry, max);
    return leave(store, err);
}

enum beid_err
store_add_entry(struct store *store, const struct entry_key *key,
                const struct sealed *entry, size_t max)
{
    enum beid_err err = enter(store)->add_entry(store, key, entry, max);
    return leave(store, err);
}

enum beid_err
store_get_entry(struct store *store, const struct entry_key *key, time_t now,
                struct sealed *out)
{
    enum beid_err err = enter(store)->get_entry(store, key, now, out);
    return leave(store, err);
}

enum beid_err
store_take_entry(struct store *store, const struct entry_key *key, time_t now,
                 struct sealed *out)
{
    enum beid_err err = enter(store)->take_entry(store, key, now, out);
    return leave(store, err);
}

enum beid_err
store_list_entries(struct store *store, const struct entry_key *key, time_t now,
                   const struct entry_list *list)
{
    enum beid_err err = enter(store)->list_entries(store, key, now, list);
    return leave(store, err);
}

enum beid_err
store_count_entries(struct store *store, const struct entry_key *key,
                    time_t now, size_t *count)
{
    enum beid_err err = enter(store)->count_entries(store, key, now, count);
    return leave(store, err);
}
