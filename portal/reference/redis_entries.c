/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "redis_entries.h"

#include "record.h"
#include "redis_base.h"

#include <stdio.h>
#include <string.h>

/*
 * For each subject and kind: a hash of the values by name (KEYS[1]), the names
 * in the order they came in (KEYS[2]), and the names by their end (KEYS[3]);
 * all three end with the last of them. Each script runs as one command.
 */
#define PARTS 3U
#define DROP                                                                   \
    "local function drop(name)"                                                \
    " redis.call('HDEL', KEYS[1], name)"                                       \
    " redis.call('ZREM', KEYS[2], name)"                                       \
    " redis.call('ZREM', KEYS[3], name) end "
/*
 * ARGV[1] is the present moment of a portal. What is over only there stays: one
 * machine whose clock is years ahead would throw away what all the others keep.
 */
#define SWEEP                                                                  \
    DROP "local now = math.min(tonumber(ARGV[1]),"                             \
         " tonumber(redis.call('TIME')[1])) "                                  \
         "for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf',"  \
         " now)) do drop(name) end "

/* ARGV[7]: may what is there be replaced? 0 is the answer when it may not. */
static const char put_script[] = SWEEP
    "if ARGV[7] == '0' and redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 then"
    " return 0 end "
    "redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) "
    "redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[4]), ARGV[2]) "
    "redis.call('ZADD', KEYS[3], ARGV[4], ARGV[2]) "
    "local max = tonumber(ARGV[5]) "
    "local more = redis.call('ZCARD', KEYS[2]) - max "
    "if max > 0 and more > 0 then"
    " for _, name in ipairs(redis.call('ZRANGE', KEYS[2], 0, more - 1)) do"
    " drop(name) end end "
    "for part = 1, 3 do"
    " if redis.call('TTL', KEYS[part]) < tonumber(ARGV[6]) then"
    " redis.call('EXPIRE', KEYS[part], ARGV[6]) end end "
    "return 1";

/* ARGV[1] is the name. */
static const char take_script[] =
    DROP "local value = redis.call('HGET', KEYS[1], ARGV[1]) "
         "if value then drop(ARGV[1]) end "
         "return value";

static const char list_script[] =
    SWEEP "local out = {} "
          "for _, name in ipairs(redis.call('ZREVRANGE', KEYS[2],"
          " ARGV[3], ARGV[3] + ARGV[2] - 1)) do"
          " out[#out + 1] = name"
          " out[#out + 1] = redis.call('HGET', KEYS[1], name) end "
          "return out";

static const char count_script[] = SWEEP "return redis.call('ZCARD', KEYS[2])";

/* A script with its keys, to which arguments are added. */
struct script {
    char keys[PARTS][REDIS_KEY_SIZE];
    struct beid_span words[REDIS_WORDS_MAX];
    size_t count;
};

static struct redis_store *
own(struct store *store)
{
    return (struct redis_store *)store;
}

static void
add(struct script *script, struct beid_span word)
{
    if (script->count < REDIS_WORDS_MAX) {
        script->words[script->count++] = word;
    }
}

/* "beid-portal:PART:KIND:SUBJECT" */
static struct beid_span
key_text(char out[REDIS_KEY_SIZE], const char *part,
         const struct entry_key *key)
{
    (void)snprintf(out, REDIS_KEY_SIZE, "beid-portal:%s:%u:%s", part, key->kind,
                   key->subject);
    return beid_span_str(out);
}

/* all: with the counter that gives entries their order. */
static void
script_begin(struct script *script, const char *text,
             const struct entry_key *key, bool all)
{
    static const char *const parts[PARTS] = {"kept", "kept-order", "kept-end"};
    script->count = 0;
    add(script, beid_span_str("EVAL"));
    add(script, beid_span_str(text));
    add(script, beid_span_str(all ? "4" : "3"));
    for (size_t i = 0; i < PARTS; i++) {
        add(script, key_text(script->keys[i], parts[i], key));
    }
    if (all) {
        add(script, beid_span_str("beid-portal:kept-count"));
    }
}

static redisReply *
script_run(struct store *store, struct script *script, enum beid_err *err)
{
    *err = BEID_OK;
    return redis_command(own(store), err, script->words, script->count);
}

static enum beid_err
keep_entry(struct store *store, const struct entry_key *key,
           const struct sealed *entry, size_t max, bool replace)
{
    char now[REDIS_NUMBER_SIZE];
    char until[REDIS_NUMBER_SIZE];
    char most[REDIS_NUMBER_SIZE];
    char lifetime[REDIS_NUMBER_SIZE];
    struct script script;
    struct beid_buf value;
    time_t left = entry->until - entry->created;
    beid_buf_init(&value, RECORD_ENTRY_MAX);
    record_put_entry(&value, entry);
    enum beid_err err = beid_buf_status(&value);
    if (err == BEID_OK) {
        script_begin(&script, put_script, key, true);
        add(&script, redis_seconds(now, entry->created));
        add(&script, beid_span_str(key->name));
        add(&script, beid_buf_span(&value));
        add(&script, redis_seconds(until, entry->until));
        add(&script, redis_seconds(most, (time_t)max));
        add(&script, redis_seconds(lifetime, left > 0 ? left : 1));
        add(&script, beid_span_str(replace ? "1" : "0"));
        redisReply *reply = script_run(store, &script, &err);
        if (redis_number(&err, reply) == 0 && err == BEID_OK) {
            err = BEID_ERR_BUSY;
        }
    }
    beid_buf_clear(&value);
    return err;
}

enum beid_err
redis_put_entry(struct store *store, const struct entry_key *key,
                const struct sealed *entry, size_t max)
{
    return keep_entry(store, key, entry, max, true);
}

enum beid_err
redis_add_entry(struct store *store, const struct entry_key *key,
                const struct sealed *entry, size_t max)
{
    return keep_entry(store, key, entry, max, false);
}

/* What fails leaves nothing to clear. */
static enum beid_err
read_entry(struct beid_span name, struct beid_span value, struct sealed *out)
{
    enum beid_err err = record_parse_entry(value, out);
    if (err == BEID_OK && name.len >= sizeof out->name) {
        beid_buf_clear(&out->value);
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK) {
        memcpy(out->name, name.ptr, name.len);
        out->name[name.len] = '\0';
    }
    return err;
}

/* Of the entry of this key, whose value was the reply. */
static enum beid_err
entry_of(const struct entry_key *key, enum beid_err err, redisReply *reply,
         struct sealed *out)
{
    struct beid_buf value;
    beid_buf_init(&value, RECORD_ENTRY_MAX);
    err = redis_value(err, reply, &value);
    if (err == BEID_OK) {
        err = read_entry(beid_span_str(key->name), beid_buf_span(&value), out);
    }
    beid_buf_clear(&value);
    return err;
}

enum beid_err
redis_get_entry(struct store *store, const struct entry_key *key, time_t now,
                struct sealed *out)
{
    char text[REDIS_KEY_SIZE];
    const struct beid_span words[] = {beid_span_str("HGET"),
                                      key_text(text, "kept", key),
                                      beid_span_str(key->name)};
    enum beid_err err = BEID_OK;
    redisReply *reply = redis_command(own(store), &err, words, 3);
    err = entry_of(key, err, reply, out);
    return store_hand_entry(BEID_OK, err, now, out);
}

enum beid_err
redis_take_entry(struct store *store, const struct entry_key *key, time_t now,
                 struct sealed *out)
{
    struct script script;
    enum beid_err err = BEID_OK;
    script_begin(&script, take_script, key, false);
    add(&script, beid_span_str(key->name));
    redisReply *reply = script_run(store, &script, &err);
    err = entry_of(key, err, reply, out);
    return store_hand_entry(BEID_OK, err, now, out);
}

/* A name and its value, one after the other. */
static enum beid_err
pair_hand(const struct redisReply *name, const struct redisReply *value,
          const struct entry_list *list)
{
    struct sealed entry;
    if (name->type != REDIS_REPLY_STRING || value->type != REDIS_REPLY_STRING) {
        return BEID_ERR_FORMAT;
    }
    enum beid_err err =
        read_entry(beid_span_of(name->str, name->len),
                   beid_span_of(value->str, value->len), &entry);
    if (err == BEID_OK) {
        err = list->each(list->user, &entry);
        beid_buf_clear(&entry.value);
    }
    return err;
}

enum beid_err
redis_list_entries(struct store *store, const struct entry_key *key, time_t now,
                   const struct entry_list *list)
{
    char moment[REDIS_NUMBER_SIZE];
    char max[REDIS_NUMBER_SIZE];
    char skip[REDIS_NUMBER_SIZE];
    struct script script;
    enum beid_err err = BEID_OK;
    script_begin(&script, list_script, key, false);
    add(&script, redis_seconds(moment, now));
    add(&script, redis_seconds(max, (time_t)list->max));
    add(&script, redis_seconds(skip, (time_t)list->skip));
    redisReply *reply = script_run(store, &script, &err);
    if (reply == NULL) {
        return err;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 0) {
        err = BEID_ERR_FORMAT;
    }
    for (size_t i = 0; err == BEID_OK && i < reply->elements; i += 2) {
        err = pair_hand(reply->element[i], reply->element[i + 1], list);
    }
    freeReplyObject(reply);
    return err;
}

enum beid_err
redis_count_entries(struct store *store, const struct entry_key *key,
                    time_t now, size_t *count)
{
    char moment[REDIS_NUMBER_SIZE];
    struct script script;
    enum beid_err err = BEID_OK;
    script_begin(&script, count_script, key, false);
    add(&script, redis_seconds(moment, now));
    redisReply *reply = script_run(store, &script, &err);
    *count = (size_t)redis_number(&err, reply);
    return err;
}
