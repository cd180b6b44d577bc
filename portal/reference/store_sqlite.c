/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_base.h"
#include "sqlite_entries.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <stdlib.h>
#include <string.h>

static struct sqlite_store *
own(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* Ready to be bound; key may be NULL. */
static sqlite3_stmt *
query(struct sqlite_store *store, enum sqlite_query which, const uint8_t *key,
      time_t now)
{
    sqlite3_stmt *statement = sqlite_query(store, which);
    if (key != NULL) {
        (void)sqlite3_bind_blob(statement, 1, key, SESSION_KEY_SIZE,
                                SQLITE_STATIC);
    }
    if (sqlite3_bind_parameter_count(statement) >= 2) {
        (void)sqlite3_bind_int64(statement, 2, now);
    }
    return statement;
}

static enum beid_err
make_room(struct sqlite_store *store, time_t now)
{
    enum beid_err err = sqlite_run(store, query(store, QUERY_SWEEP, NULL, now));
    if (err != BEID_OK) {
        return err;
    }
    sqlite3_stmt *statement = query(store, QUERY_COUNT, NULL, 0);
    bool row = sqlite3_step(statement) == SQLITE_ROW;
    int64_t count = row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite_finish(statement);
    if (!row) {
        return BEID_ERR_IO;
    }
    return (size_t)count < store->max ? BEID_OK : BEID_ERR_LIMIT;
}

static enum beid_err
create(struct store *base, const uint8_t *key, const struct session *session,
       time_t now)
{
    struct sqlite_store *store = own(base);
    enum beid_err err = sqlite_begin(store);
    if (err != BEID_OK) {
        return err;
    }
    err = make_room(store, now);
    if (err == BEID_OK) {
        sqlite3_stmt *statement = query(store, QUERY_CREATE, key, now);
        (void)sqlite3_bind_int64(statement, 3, session->expires);
        sqlite_bind_text(statement, 4, session->csrf);
        (void)sqlite3_bind_int(statement, 5, session->known ? 1 : 0);
        (void)sqlite3_bind_int64(statement, 6, session->verified_at);
        sqlite_bind_text(statement, 7, session->subject);
        sqlite_bind_text(statement, 8, session->certificate);
        sqlite_bind_text(statement, 9, session->given_names);
        sqlite_bind_text(statement, 10, session->surname);
        err = sqlite_run(store, statement);
    }
    return sqlite_settle(store, err);
}

static enum beid_err
session_read(sqlite3_stmt *statement, struct session *out)
{
    *out = (struct session){.expires = sqlite3_column_int64(statement, 0),
                            .known = sqlite3_column_int(statement, 2) != 0,
                            .verified_at = sqlite3_column_int64(statement, 3)};
    bool good =
        sqlite_column(statement, 1, out->csrf, sizeof out->csrf)
        && sqlite_column(statement, 4, out->subject, sizeof out->subject)
        && sqlite_column(statement, 5, out->certificate,
                         sizeof out->certificate)
        && sqlite_column(statement, 6, out->given_names,
                         sizeof out->given_names)
        && sqlite_column(statement, 7, out->surname, sizeof out->surname);
    return good ? BEID_OK : BEID_ERR_FORMAT;
}

static enum beid_err
load(struct store *base, const uint8_t *key, time_t now, struct session *out)
{
    struct sqlite_store *store = own(base);
    sqlite3_stmt *statement = query(store, QUERY_LOAD, key, now);
    int got = sqlite3_step(statement);
    enum beid_err err = got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    if (got == SQLITE_ROW) {
        err = session_read(statement, out);
    }
    sqlite_finish(statement);
    if (err == BEID_ERR_NOT_FOUND) {
        /* Seen as expired once, it does not come back with the clock. */
        if (sqlite_run(store, query(store, QUERY_EXPIRE, key, now))
            != BEID_OK) {
            BEID_LOG_WARN("a session that expired stays until the next login");
        }
    }
    return err;
}

static enum beid_err
take(struct store *base, const uint8_t *key, time_t now, struct session *out)
{
    struct sqlite_store *store = own(base);
    struct session taken;
    sqlite3_stmt *statement = query(store, QUERY_TAKE, key, now);
    int got = sqlite3_step(statement);
    if (got != SQLITE_ROW) {
        sqlite_finish(statement);
        return got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    }
    enum beid_err read = session_read(statement, &taken);
    /* It is ours only when the deletion has been written. */
    enum beid_err err = sqlite_run(store, statement);
    return store_hand_session(err == BEID_OK ? read : err, &taken, now, out);
}

/* Counts one more nonce of the session. */
static enum beid_err
count_nonce(struct sqlite_store *store, const uint8_t *key, time_t now)
{
    struct session session;
    sqlite3_stmt *statement = query(store, QUERY_COUNT_NONCE, key, now);
    (void)sqlite3_bind_int64(statement, 3, NONCE_WINDOW);
    (void)sqlite3_bind_int64(statement, 4, NONCE_COUNT_MAX);
    enum beid_err err = sqlite_run(store, statement);
    if (err != BEID_OK || sqlite3_changes(store->database) == 1) {
        return err;
    }
    err = load(&store->base, key, now, &session);
    beid_wipe(&session, sizeof session);
    return err == BEID_OK ? BEID_ERR_BUSY : err;
}

static enum beid_err
put_nonce(struct store *base, const uint8_t *key, time_t now,
          enum nonce_purpose purpose, const struct nonce *nonce)
{
    struct sqlite_store *store = own(base);
    enum beid_err err = sqlite_begin(store);
    if (err != BEID_OK) {
        return err;
    }
    err = count_nonce(store, key, now);
    if (err == BEID_OK) {
        sqlite3_stmt *statement = query(store, QUERY_PUT_NONCE, key, now);
        (void)sqlite3_bind_int(statement, 3, (int)purpose);
        sqlite_bind_text(statement, 4, nonce->value);
        sqlite_bind_text(statement, 5, nonce->about);
        (void)sqlite3_bind_int64(statement, 6, nonce->until);
        err = sqlite_run(store, statement);
    }
    return sqlite_settle(store, err);
}

static enum beid_err
take_nonce(struct store *base, const uint8_t *key, time_t now,
           enum nonce_purpose purpose, struct nonce *out)
{
    struct sqlite_store *store = own(base);
    struct nonce taken;
    sqlite3_stmt *statement = query(store, QUERY_TAKE_NONCE, key, now);
    (void)sqlite3_bind_int(statement, 3, (int)purpose);
    int got = sqlite3_step(statement);
    if (got != SQLITE_ROW) {
        sqlite_finish(statement);
        return got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    }
    bool good = sqlite_column(statement, 0, taken.value, sizeof taken.value)
                && sqlite_column(statement, 1, taken.about, sizeof taken.about);
    taken.until = sqlite3_column_int64(statement, 2);
    /* It is ours only when the deletion has been written. */
    enum beid_err err = sqlite_run(store, statement);
    if (err == BEID_OK && !good) {
        err = BEID_ERR_FORMAT;
    }
    return store_hand_nonce(err, &taken, now, out);
}

static enum beid_err
drop(struct store *base, const uint8_t *key)
{
    struct sqlite_store *store = own(base);
    return sqlite_run(store, query(store, QUERY_REMOVE, key, 0));
}

static const struct store_kind sqlite_kind = {
    .close = sqlite_close,
    .durable = sqlite_durable,
    .create = create,
    .load = load,
    .take = take,
    .put_nonce = put_nonce,
    .take_nonce = take_nonce,
    .remove = drop,
    .put_entry = sqlite_put_entry,
    .add_entry = sqlite_add_entry,
    .get_entry = sqlite_get_entry,
    .take_entry = sqlite_take_entry,
    .list_entries = sqlite_list_entries,
    .count_entries = sqlite_count_entries};

enum beid_err
store_sqlite_new(const char *path, size_t max, struct store **out)
{
    struct sqlite_store *made = calloc(1, sizeof *made);
    *out = NULL;
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->base.kind = &sqlite_kind;
    made->max = max;
    return store_made(sqlite_open(made, path), &made->base, out);
}
