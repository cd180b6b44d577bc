/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "pseudonym.h"
#include "record.h"
#include "redis_place.h"
#include "store_kind.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD_SIZE 256U
#define KEY_SIZE 128U
#define NUMBER_SIZE 24U
#define WORDS_MAX 12U
_Static_assert(NONCE_PURPOSES + 3 <= WORDS_MAX, "all keys of a session");
/* A server that is slower than this counts as away. */
#define PATIENCE_SECONDS 2

struct redis_store {
    struct store base;
    redisContext *context; /* NULL: not connected at the moment */
    struct redis_place place;
    char password[PASSWORD_SIZE]; /* or empty */
};

static struct redis_store *
own(struct store *store)
{
    return (struct redis_store *)store;
}

static void
disconnect(struct redis_store *store)
{
    if (store->context != NULL) {
        redisFree(store->context);
        store->context = NULL;
    }
}

/* A reply to what was sent, or NULL: no connection any more. */
static redisReply *
exchange(struct redis_store *store, const struct beid_span *words, size_t count)
{
    const char *parts[WORDS_MAX];
    size_t lens[WORDS_MAX];
    for (size_t i = 0; i < count && i < WORDS_MAX; i++) {
        parts[i] = (const char *)words[i].ptr;
        lens[i] = words[i].len;
    }
    redisReply *reply =
        redisCommandArgv(store->context, (int)count, parts, lens);
    if (reply == NULL) {
        BEID_LOG_ERROR("the session store is away: %s", store->context->errstr);
        disconnect(store);
    }
    return reply;
}

static bool
reply_refused(const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        BEID_LOG_ERROR("the session store refuses: %s", reply->str);
        return true;
    }
    return false;
}

/* Sends something whose answer only tells whether the server will do. */
static bool
accepted(struct redis_store *store, const char *word, const char *argument)
{
    const struct beid_span words[] = {beid_span_str(word),
                                      beid_span_str(argument)};
    redisReply *reply = exchange(store, words, 2);
    bool good = reply != NULL && !reply_refused(reply);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return good;
}

static enum beid_err
connect_now(struct redis_store *store)
{
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    char database[NUMBER_SIZE];
    store->context =
        store->place.port == 0
            ? redisConnectUnixWithTimeout(store->place.host, patience)
            : redisConnectWithTimeout(store->place.host, store->place.port,
                                      patience);
    if (store->context == NULL || store->context->err != 0) {
        BEID_LOG_ERROR("the session store is away: %s",
                       store->context == NULL ? "no memory"
                                              : store->context->errstr);
        disconnect(store);
        return BEID_ERR_IO;
    }
    (void)snprintf(database, sizeof database, "%u", store->place.database);
    /* GETDEL is what nonces rest on, and older servers do not have it. */
    bool locked = store->password[0] != '\0';
    if (redisSetTimeout(store->context, patience) != REDIS_OK
        || (locked && !accepted(store, "AUTH", store->password))
        || !accepted(store, "SELECT", database)
        || !accepted(store, "GETDEL", "beid-portal:none")) {
        disconnect(store);
        return BEID_ERR_IO;
    }
    return BEID_OK;
}

/*
 * A living connection. One that was closed meanwhile, because the server was
 * started again, is seen before anything is sent: a command is never repeated.
 */
static enum beid_err
connected(struct redis_store *store)
{
    if (store->context != NULL) {
        struct pollfd look = {.fd = store->context->fd, .events = POLLIN};
        if (poll(&look, 1, 0) == 0) {
            return BEID_OK;
        }
        disconnect(store);
    }
    return connect_now(store);
}

/* The reply to a command, to be freed, or NULL with the reason in *err. */
static redisReply *
command(struct redis_store *store, enum beid_err *err,
        const struct beid_span *words, size_t count)
{
    *err = connected(store);
    redisReply *reply = *err == BEID_OK ? exchange(store, words, count) : NULL;
    if (reply == NULL) {
        *err = BEID_ERR_IO;
    } else if (reply_refused(reply)) {
        /* Its memory is full: the bound is the server's maxmemory. */
        *err =
            strncmp(reply->str, "OOM", 3) == 0 ? BEID_ERR_LIMIT : BEID_ERR_IO;
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
}

/* "beid-portal:KIND:KEY", the key in hexadecimal. */
static struct beid_span
key_text(char out[KEY_SIZE], const char *kind, const uint8_t *key)
{
    char hex[2 * SESSION_KEY_SIZE + 1];
    pseudonym_hex(key, SESSION_KEY_SIZE, hex);
    (void)snprintf(out, KEY_SIZE, "beid-portal:%s:%s", kind, hex);
    return beid_span_str(out);
}

static struct beid_span
nonce_key(char out[KEY_SIZE], enum nonce_purpose purpose, const uint8_t *key)
{
    char kind[NUMBER_SIZE];
    (void)snprintf(kind, sizeof kind, "nonce%d", (int)purpose);
    return key_text(out, kind, key);
}

static struct beid_span
seconds_text(char out[NUMBER_SIZE], time_t seconds)
{
    (void)snprintf(out, NUMBER_SIZE, "%lld", (long long)seconds);
    return beid_span_str(out);
}

/* BEID_ERR_STATE when only_new and the key is there. */
static enum beid_err
set(struct redis_store *store, struct beid_span key,
    const struct beid_buf *value, time_t seconds, bool only_new)
{
    char lifetime[NUMBER_SIZE];
    enum beid_err err = beid_buf_status(value);
    if (err != BEID_OK) {
        return err;
    }
    const struct beid_span words[] = {
        beid_span_str("SET"),
        key,
        beid_buf_span(value),
        beid_span_str("EX"),
        seconds_text(lifetime, seconds > 0 ? seconds : 1),
        beid_span_str("NX")};
    redisReply *reply = command(store, &err, words, only_new ? 6 : 5);
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
    char text[KEY_SIZE];
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
    char text[NONCE_PURPOSES + 2][KEY_SIZE];
    struct beid_span words[NONCE_PURPOSES + 3] = {
        beid_span_str("DEL"), key_text(text[0], "session", key),
        key_text(text[1], "nonces", key)};
    enum beid_err err = BEID_OK;
    for (size_t i = 0; i < NONCE_PURPOSES; i++) {
        words[i + 3] = nonce_key(text[i + 2], (enum nonce_purpose)i, key);
    }
    redisReply *reply =
        command(own(store), &err, words, sizeof words / sizeof words[0]);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return err;
}

/* verb: GET, or GETDEL, which nobody else comes in between. */
static enum beid_err
fetch(struct redis_store *store, const char *verb, struct beid_span key,
      struct beid_buf *out)
{
    enum beid_err err = BEID_OK;
    const struct beid_span words[] = {beid_span_str(verb), key};
    redisReply *reply = command(store, &err, words, 2);
    if (reply == NULL) {
        return err;
    }
    if (reply->type == REDIS_REPLY_STRING) {
        beid_buf_put(out, beid_span_of(reply->str, reply->len));
        beid_wipe(reply->str, reply->len);
        err = beid_buf_status(out);
    } else {
        err = reply->type == REDIS_REPLY_NIL ? BEID_ERR_NOT_FOUND
                                             : BEID_ERR_FORMAT;
    }
    freeReplyObject(reply);
    return err;
}

static enum beid_err
session_fetch(struct redis_store *store, const char *verb, const uint8_t *key,
              time_t now, struct session *out)
{
    char text[KEY_SIZE];
    struct beid_buf value;
    struct session session;
    struct beid_span name = key_text(text, "session", key);
    beid_buf_init(&value, RECORD_MAX);
    enum beid_err err = fetch(store, verb, name, &value);
    if (err == BEID_OK) {
        err = record_parse_session(beid_buf_span(&value), &session);
    }
    beid_buf_clear(&value);
    if (err != BEID_OK) {
        return err;
    }
    if (session.expires > now) {
        *out = session;
    } else {
        /* Our clock may be ahead of the server's; its nonces end with it. */
        err = drop(&store->base, key);
        err = err == BEID_OK ? BEID_ERR_NOT_FOUND : err;
    }
    beid_wipe(&session, sizeof session);
    return err;
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
    char text[KEY_SIZE];
    char window[NUMBER_SIZE];
    const struct beid_span words[] = {
        beid_span_str("EVAL"), beid_span_str(script), beid_span_str("1"),
        key_text(text, "nonces", key), seconds_text(window, NONCE_WINDOW)};
    enum beid_err err = BEID_OK;
    redisReply *reply = command(store, &err, words, 5);
    if (reply != NULL) {
        if (reply->type != REDIS_REPLY_INTEGER) {
            err = BEID_ERR_FORMAT;
        } else if (reply->integer > (long long)NONCE_COUNT_MAX) {
            err = BEID_ERR_BUSY;
        }
        freeReplyObject(reply);
    }
    return err;
}

static enum beid_err
put_nonce(struct store *store, const uint8_t *key, time_t now,
          enum nonce_purpose purpose, const struct nonce *nonce)
{
    char text[KEY_SIZE];
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
    char text[KEY_SIZE];
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
    if (err != BEID_OK) {
        return err;
    }
    err = taken.until <= now ? BEID_ERR_TIMEOUT : BEID_OK;
    if (err == BEID_OK) {
        *out = taken;
    }
    beid_wipe(&taken, sizeof taken);
    return err;
}

static void
close_store(struct store *store)
{
    disconnect(own(store));
    beid_wipe(own(store)->password, PASSWORD_SIZE);
    free(store);
}

static const struct store_kind redis_kind = {.close = close_store,
                                             .create = create,
                                             .load = load,
                                             .take = take,
                                             .put_nonce = put_nonce,
                                             .take_nonce = take_nonce,
                                             .remove = drop};

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
    enum beid_err err = len < PASSWORD_SIZE ? BEID_OK : BEID_ERR_LIMIT;
    if (err == BEID_OK && len > 0) {
        memcpy(made->password, password, len + 1);
    }
    if (err == BEID_OK) {
        err = redis_place_parse(url, &made->place);
    }
    if (err == BEID_OK) {
        err = connect_now(made);
    }
    if (err != BEID_OK) {
        close_store(&made->base);
        return err;
    }
    *out = &made->base;
    return BEID_OK;
}
