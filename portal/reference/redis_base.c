/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "redis_base.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A server that is slower than this counts as away. */
#define PATIENCE_SECONDS 2
/* One that failed so slowly is silent, and is left alone for a while. */
#define SILENT_MS 1000
#define ALONE_MS 2000

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
    const char *parts[REDIS_WORDS_MAX];
    size_t lens[REDIS_WORDS_MAX];
    for (size_t i = 0; i < count && i < REDIS_WORDS_MAX; i++) {
        parts[i] = (const char *)words[i].ptr;
        lens[i] = words[i].len;
    }
    redisReply *reply =
        redisCommandArgv(store->context, (int)count, parts, lens);
    if (reply == NULL) {
        BEID_LOG_ERROR("the store is away: %s", store->context->errstr);
        disconnect(store);
    }
    return reply;
}

static bool
reply_refused(const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        BEID_LOG_ERROR("the store refuses: %s", reply->str);
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

enum beid_err
redis_connect(struct redis_store *store)
{
    const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    char database[REDIS_NUMBER_SIZE];
    store->context =
        store->place.port == 0
            ? redisConnectUnixWithTimeout(store->place.host, patience)
            : redisConnectWithTimeout(store->place.host, store->place.port,
                                      patience);
    if (store->context == NULL || store->context->err != 0) {
        BEID_LOG_ERROR("the store is away: %s", store->context == NULL
                                                    ? "no memory"
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
    return redis_connect(store);
}

static int64_t
now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * The others wait for their turn meanwhile: if each waited for a silent server
 * they would come faster than they go. One that refuses is asked each time.
 */
static redisReply *
ask(struct redis_store *store, const struct beid_span *words, size_t count)
{
    int64_t began = now_ms();
    if (began < store->away_until_ms) {
        return NULL;
    }
    redisReply *reply =
        connected(store) == BEID_OK ? exchange(store, words, count) : NULL;
    int64_t ended = now_ms();
    if (reply == NULL && ended - began >= SILENT_MS) {
        store->away_until_ms = ended + ALONE_MS;
    }
    return reply;
}

redisReply *
redis_command(struct redis_store *store, enum beid_err *err,
              const struct beid_span *words, size_t count)
{
    redisReply *reply = ask(store, words, count);
    *err = BEID_OK;
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

enum beid_err
redis_done(enum beid_err err, redisReply *reply)
{
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return err;
}

long long
redis_number(enum beid_err *err, redisReply *reply)
{
    long long number = 0;
    if (reply != NULL) {
        if (reply->type == REDIS_REPLY_INTEGER) {
            number = reply->integer;
        } else {
            *err = BEID_ERR_FORMAT;
        }
        freeReplyObject(reply);
    }
    return number;
}

enum beid_err
redis_value(enum beid_err err, redisReply *reply, struct beid_buf *out)
{
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

struct beid_span
redis_seconds(char out[REDIS_NUMBER_SIZE], time_t seconds)
{
    (void)snprintf(out, REDIS_NUMBER_SIZE, "%lld", (long long)seconds);
    return beid_span_str(out);
}

void
redis_close(struct store *base)
{
    struct redis_store *store = (struct redis_store *)base;
    disconnect(store);
    beid_wipe(store->password, sizeof store->password);
    free(store);
}

enum beid_err
redis_durable(struct store *base)
{
    const struct beid_span words[] = {beid_span_str("INFO")};
    enum beid_err err = BEID_OK;
    redisReply *reply =
        redis_command((struct redis_store *)base, &err, words, 1);
    if (reply == NULL) {
        return err;
    }
    const char *about = reply->type == REDIS_REPLY_STRING ? reply->str : "";
    if (strstr(about, "maxmemory_policy:noeviction") == NULL) {
        BEID_LOG_ERROR("what is kept may be evicted: the server wants "
                       "maxmemory-policy noeviction");
        err = BEID_ERR_STATE;
    } else if (strstr(about, "aof_enabled:1") == NULL) {
        BEID_LOG_WARN("what is kept is lost with the server's memory: it wants "
                      "appendonly yes");
    }
    freeReplyObject(reply);
    return err;
}
