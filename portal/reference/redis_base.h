/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_REDIS_BASE_H
#define BEID_PORTAL_REDIS_BASE_H

#include "redis_place.h"
#include "store_kind.h"

#include <hiredis/hiredis.h>

/* A Redis server and the connection to it; what each kind of record does with
 * it is in store_redis.c and redis_entries.c. */

#define REDIS_PASSWORD_SIZE 256U
#define REDIS_KEY_SIZE 128U
#define REDIS_NUMBER_SIZE 24U
#define REDIS_WORDS_MAX 16U

struct redis_store {
    struct store base;
    redisContext *context; /* NULL: not connected at the moment */
    int64_t away_until_ms; /* of the monotonic clock: nobody waits till then */
    struct redis_place place;
    char password[REDIS_PASSWORD_SIZE]; /* or empty */
};

enum beid_err redis_connect(struct redis_store *store) BEID_NODISCARD;

/* Closes, wipes the password, and frees the store. */
void redis_close(struct store *base);

/* See store_durable(). */
enum beid_err redis_durable(struct store *base) BEID_NODISCARD;

/*
 * The reply to a command, to be freed, or NULL with the reason in *err. It goes
 * over a connection that lives, and is never sent twice. After a server that
 * said nothing, all fail at once for a moment, instead of waiting one by one.
 */
redisReply *redis_command(struct redis_store *store, enum beid_err *err,
                          const struct beid_span *words, size_t count);

/* The reply was only whether it is done; frees it. */
enum beid_err redis_done(enum beid_err err, redisReply *reply) BEID_NODISCARD;

/* A number that was the reply, which is freed; 0 when there was none. */
long long redis_number(enum beid_err *err, redisReply *reply);

/* The value that was the reply, which is wiped and freed. */
enum beid_err redis_value(enum beid_err err, redisReply *reply,
                          struct beid_buf *out) BEID_NODISCARD;

struct beid_span redis_seconds(char out[REDIS_NUMBER_SIZE], time_t seconds);

#endif
