/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "pseudonym.h"
#include "record.h"
#include "redis_base.h"
#include "redis_entries.h"

#include <beid/secret.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(NONCE_PURPOSES + 3 <= REDIS_WORDS_MAX, "all keys of a session");

static struct redis_store *
own(struct store *store)
{
    return (struct redis_store *)store;
}

/* "beid-portal:KIND:KEY", the key in hexadecimal. */
static struct beid_span
key_text(char out[REDIS_KEY_SIZE], const char *kind, const uint8_t *key)
{
    char hex[2 * SESSION_KEY_SIZE + 1];
    pseudonym_hex(key, SESSION_KEY_SIZE, hex);
    (void)snprintf(out, REDIS_KEY_SIZE, "beid-portal:%s:%s", kind, hex);
    return beid_span_str(out);
}

static struct beid_span
nonce_key(char out[REDIS_KEY_SIZE], enum nonce_purpose purpose,
          const uint8_t *key)
{
    char kind[REDIS_NUMBER_SIZE];
    (void)snprintf(kind, sizeof kind, "nonce%d", (int)purpose);
    return key_text(out, kind, key);
}

/* BEID_ERR_STATE when only_new and the key is there. */
static enum beid_err
set(struct redis_store *store, struct beid_span key,
    const struct beid_buf *value, time_t seconds, bool only_new)
{
    char lifetime[REDIS_NUMBER_SIZE];
    enum beid_err err = beid_buf_status(value);
    if (err != BEID_OK) {
        return err;
    }
    const struct beid_span words[] = {
        beid_span_str("SET"),
        key,
        beid_buf_span(value),
        beid_span_str("EX"),
        redis_seconds(lifetime, seconds > 0 ? seconds : 1),
        beid_span_str("NX")};
    redisReply *reply = redis_command(store, &err, words, only_new ? 6 : 5);
    if (reply != NULL) {
        err = reply->type == REDIS_REPLY_NIL ? BEID_ERR_STATE : BEID_OK;
        freeReplyObject(reply);
    }
    return err;
}

static enum beid_err
create(struct store *store, const uint8_t *key, const struct session *session,
       time_t now)
{
    char text[REDIS_KEY_SIZE];
    struct beid_buf value;
    beid_buf_init(&value, RECORD_MAX);
    record_put_session(&value, session);
    enum beid_err err = set(own(store), key_text(text, "session", key), &value,
                            session->expires - now, true);
    beid_buf_clear(&value);
    return err;
}

/* The session, and what is open in it. */
static enum beid_err
drop(struct store *store, const uint8_t *key)
{
    char text[NONCE_PURPOSES + 2][REDIS_KEY_SIZE];
    struct beid_span words[NONCE_PURPOSES + 3] = {
        beid_span_str("DEL"), key_text(text[0], "session", key),
        key_text(text[1], "nonces", key)};
    enum beid_err err = BEID_OK;
    for (size_t i = 0; i < NONCE_PURPOSES; i++) {
        words[i + 3] = nonce_key(text[i + 2], (enum nonce_purpose)i, key);
    }
    redisReply *reply =
        redis_command(own(store), &err, words, sizeof words / sizeof words[0]);
    return redis_done(err, reply);
}

/* verb: GET, or GETDEL, which nobody else comes in between. */
static enum beid_err
fetch(struct redis_store *store, const char *verb, struct beid_span key,
      struct beid_buf *out)
{
    enum beid_err err = BEID_OK;
    const struct beid_span words[] = {beid_span_str(verb), key};
    redisReply *reply = redis_command(store, &err, words, 2);
    return redis_value(err, reply, out);
}

static enum beid_err
session_fetch(struct redis_store *store, const char *verb, const uint8_t *key,
              time_t now, struct session *out)
{
    char text[REDIS_KEY_SIZE];
    struct beid_buf value;
    struct session session;
    struct beid_span name = key_text(text, "session", key);
    beid_buf_init(&value, RECORD_MAX);
    enum beid_err err = fetch(store, verb, name, &value);
    if (err == BEID_OK) {
        err = record_parse_session(beid_buf_span(&value), &session);
    }
    beid_buf_clear(&value);
    if (err == BEID_OK && session.expires <= now) {
        /* Our clock may be ahead of the server's; its nonces end with it. */
        err = drop(&store->base, key);
    }
    return store_hand_session(err, &session, now, out);
}

static enum beid_err
load(struct store *store, const uint8_t *key, time_t now, struct session *out)
{
    return session_fetch(own(store), "GET", key, now, out);
}

static enum beid_err
take(struct store *store, const uint8_t *key, time_t now, struct session *out)
{
    return session_fetch(own(store), "GETDEL", key, now, out);
}

/* Is the session there? */
static enum beid_err
session_lives(struct store *store, const uint8_t *key, time_t now)
{
    struct session session;
    enum beid_err err = load(store, key, now, &session);
    if (err == BEID_OK) {
        beid_wipe(&session, sizeof session);
    }
    return err;
}

/*
 * Counts one more nonce of the session, and sees to it in the same moment that
 * the count ends: one without an end would keep a citizen out for good.
 */
static enum beid_err
count_nonce(struct redis_store *store, const uint8_t *key)
{
    static const char script[] = "local count = redis.call('INCR', KEYS[1])"
                                 " if redis.call('TTL', KEYS[1]) < 0 then"
                                 " redis.call('EXPIRE', KEYS[1], ARGV[1]) end"
                                 " return count";
    char text[REDIS_KEY_SIZE];
    char window[REDIS_NUMBER_SIZE];
    const struct beid_span words[] = {
        beid_span_str("EVAL"), beid_span_str(script), beid_span_str("1"),
        key_text(text, "nonces", key), redis_seconds(window, NONCE_WINDOW)};
    enum beid_err err = BEID_OK;
    redisReply *reply = redis_command(store, &err, words, 5);
    long long count = redis_number(&err, reply);
    return err == BEID_OK && count > (long long)NONCE_COUNT_MAX ? BEID_ERR_BUSY
                                                                : err;
}

static enum beid_err
put_nonce(struct store *store, const uint8_t *key, time_t now,
          enum nonce_purpose purpose, const struct nonce *nonce)
{
    char text[REDIS_KEY_SIZE];
    struct beid_buf value;
    enum beid_err err = session_lives(store, key, now);
    if (err == BEID_OK) {
        err = count_nonce(own(store), key);
    }
    if (err != BEID_OK) {
        return err;
    }
    beid_buf_init(&value, RECORD_MAX);
    record_put_nonce(&value, nonce);
    err = set(own(store), nonce_key(text, purpose, key), &value,
              nonce->until - now, false);
    beid_buf_clear(&value);
    return err;
}

static enum beid_err
take_nonce(struct store *store, const uint8_t *key, time_t now,
           enum nonce_purpose purpose, struct nonce *out)
{
    char text[REDIS_KEY_SIZE];
    struct beid_buf value;
    struct nonce taken;
    /* First, so that nothing is used up while the store cannot tell. */
    enum beid_err err = session_lives(store, key, now);
    if (err != BEID_OK) {
        return err;
    }
    beid_buf_init(&value, RECORD_MAX);
    err = fetch(own(store), "GETDEL", nonce_key(text, purpose, key), &value);
    if (err == BEID_OK) {
        err = record_parse_nonce(beid_buf_span(&value), &taken);
    }
    beid_buf_clear(&value);
    return store_hand_nonce(err, &taken, now, out);
}

static const struct store_kind redis_kind = {.close = redis_close,
                                             .durable = redis_durable,
                                             .create = create,
                                             .load = load,
                                             .take = take,
                                             .put_nonce = put_nonce,
                                             .take_nonce = take_nonce,
                                             .remove = drop,
                                             .put_entry = redis_put_entry,
                                             .add_entry = redis_add_entry,
                                             .get_entry = redis_get_entry,
                                             .take_entry = redis_take_entry,
                                             .list_entries = redis_list_entries,
                                             .count_entries =
                                                 redis_count_entries};

enum beid_err
store_redis_new(const char *url, const char *password, struct store **out)
{
    struct redis_store *made = calloc(1, sizeof *made);
    size_t len = password == NULL ? 0 : strlen(password);
    *out = NULL;
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->base.kind = &redis_kind;
    enum beid_err err = len < sizeof made->password ? BEID_OK : BEID_ERR_LIMIT;
    if (err == BEID_OK && len > 0) {
        memcpy(made->password, password, len + 1);
    }
    if (err == BEID_OK) {
        err = redis_place_parse(url, &made->place);
    }
    if (err == BEID_OK) {
        err = redis_connect(made);
    }
    return store_made(err, &made->base, out);
}
