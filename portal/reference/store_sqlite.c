/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "store_kind.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 5000

/*
 * WAL lets several processes read while one writes. What is deleted is
 * overwritten, so that a session leaves no name behind in the file.
 */
static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA secure_delete = ON;"
    "CREATE TABLE IF NOT EXISTS sessions ("
    " key BLOB PRIMARY KEY, expires INTEGER NOT NULL, csrf TEXT NOT NULL,"
    " known INTEGER NOT NULL, verified_at INTEGER NOT NULL,"
    " subject TEXT NOT NULL, certificate TEXT NOT NULL,"
    " given_names TEXT NOT NULL, surname TEXT NOT NULL,"
    " nonce_window INTEGER NOT NULL DEFAULT 0,"
    " nonce_count INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID, STRICT;"
    "CREATE INDEX IF NOT EXISTS sessions_expire ON sessions (expires);"
    /* To count a hundred thousand rows at each login takes too long. */
    "CREATE TABLE IF NOT EXISTS totals ("
    " one INTEGER PRIMARY KEY, sessions INTEGER NOT NULL) STRICT;"
    "INSERT OR IGNORE INTO totals SELECT 1, count(*) FROM sessions;"
    "CREATE TRIGGER IF NOT EXISTS session_comes AFTER INSERT ON sessions"
    " BEGIN UPDATE totals SET sessions = sessions + 1; END;"
    "CREATE TRIGGER IF NOT EXISTS session_goes AFTER DELETE ON sessions"
    " BEGIN UPDATE totals SET sessions = sessions - 1; END;"
    "CREATE TABLE IF NOT EXISTS nonces ("
    " key BLOB NOT NULL REFERENCES sessions ON DELETE CASCADE,"
    " purpose INTEGER NOT NULL, value TEXT NOT NULL, about TEXT NOT NULL,"
    " until INTEGER NOT NULL, PRIMARY KEY (key, purpose))"
    " WITHOUT ROWID, STRICT;";

enum query {
    QUERY_BEGIN,
    QUERY_COMMIT,
    QUERY_ROLLBACK,
    QUERY_SWEEP,
    QUERY_COUNT,
    QUERY_CREATE,
    QUERY_LOAD,
    QUERY_TAKE,
    QUERY_REMOVE,
    QUERY_EXPIRE,
    QUERY_COUNT_NONCE,
    QUERY_PUT_NONCE,
    QUERY_TAKE_NONCE,
    QUERIES
};

/* ?1 is the key and ?2 the present moment in all that have them. */
static const char *const queries[QUERIES] = {
    [QUERY_BEGIN] = "BEGIN IMMEDIATE",
    [QUERY_COMMIT] = "COMMIT",
    [QUERY_ROLLBACK] = "ROLLBACK",
    [QUERY_SWEEP] = "DELETE FROM sessions WHERE expires <= ?2",
    [QUERY_COUNT] = "SELECT sessions FROM totals",
    [QUERY_CREATE] = "INSERT INTO sessions (key, expires, csrf, known,"
                     " verified_at, subject, certificate, given_names,"
                     " surname) VALUES (?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [QUERY_LOAD] = "SELECT expires, csrf, known, verified_at, subject,"
                   " certificate, given_names, surname"
                   " FROM sessions WHERE key = ?1 AND expires > ?2",
    /* One statement takes and deletes: nobody else can come in between. */
    [QUERY_TAKE] = "DELETE FROM sessions WHERE key = ?1 AND expires > ?2"
                   " RETURNING expires, csrf, known, verified_at, subject,"
                   " certificate, given_names, surname",
    [QUERY_REMOVE] = "DELETE FROM sessions WHERE key = ?1",
    [QUERY_EXPIRE] = "DELETE FROM sessions WHERE key = ?1 AND expires <= ?2",
    [QUERY_COUNT_NONCE] =
        "UPDATE sessions SET"
        " nonce_count = iif(?2 >= nonce_window + ?3, 1, nonce_count + 1),"
        " nonce_window = iif(?2 >= nonce_window + ?3, ?2, nonce_window)"
        " WHERE key = ?1 AND expires > ?2"
        " AND (?2 >= nonce_window + ?3 OR nonce_count < ?4)",
    [QUERY_PUT_NONCE] = "INSERT OR REPLACE INTO nonces"
                        " (key, purpose, value, about, until)"
                        " VALUES (?1, ?3, ?4, ?5, ?6)",
    /* As QUERY_TAKE. */
    [QUERY_TAKE_NONCE] = "DELETE FROM nonces WHERE key = ?1 AND purpose = ?3"
                         " AND EXISTS (SELECT 1 FROM sessions"
                         "  WHERE key = ?1 AND expires > ?2)"
                         " RETURNING value, about, until"};

struct sqlite_store {
    struct store base;
    sqlite3 *database;
    sqlite3_stmt *statements[QUERIES];
    size_t max;
};

static struct sqlite_store *
own(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* A file that only we may read, before the library makes one. */
static enum beid_err
file_make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return BEID_ERR_IO;
    }
    (void)close(fd);
    return BEID_OK;
}

static enum beid_err
database_open(struct sqlite_store *store, const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &store->database, flags, NULL) != SQLITE_OK
        || sqlite3_busy_timeout(store->database, BUSY_MS) != SQLITE_OK
        || sqlite3_exec(store->database, schema, NULL, NULL, NULL)
               != SQLITE_OK) {
        return BEID_ERR_IO;
    }
    for (size_t i = 0; i < QUERIES; i++) {
        if (sqlite3_prepare_v3(store->database, queries[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &store->statements[i],
                               NULL)
            != SQLITE_OK) {
            return BEID_ERR_IO;
        }
    }
    return BEID_OK;
}

/* Ready to be bound; key may be NULL. */
static sqlite3_stmt *
query(struct sqlite_store *store, enum query which, const uint8_t *key,
      time_t now)
{
    sqlite3_stmt *statement = store->statements[which];
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    if (key != NULL) {
        (void)sqlite3_bind_blob(statement, 1, key, SESSION_KEY_SIZE,
                                SQLITE_STATIC);
    }
    if (sqlite3_bind_parameter_count(statement) >= 2) {
        (void)sqlite3_bind_int64(statement, 2, now);
    }
    return statement;
}

static void
bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

/* Lets go of the rows and of what was bound. */
static void
finish(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

/* Runs a query without rows. */
static enum beid_err
run(struct sqlite_store *store, sqlite3_stmt *statement)
{
    int got = sqlite3_step(statement);
    finish(statement);
    if (got == SQLITE_DONE) {
        return BEID_OK;
    }
    if ((got & 0xFF) == SQLITE_CONSTRAINT) {
        return BEID_ERR_STATE;
    }
    BEID_LOG_ERROR("the session store fails: %s",
                   sqlite3_errstr(sqlite3_extended_errcode(store->database)));
    return BEID_ERR_IO;
}

/* Ends a transaction as err says. */
static enum beid_err
settle(struct sqlite_store *store, enum beid_err err)
{
    if (err == BEID_OK) {
        err = run(store, query(store, QUERY_COMMIT, NULL, 0));
    }
    if (err != BEID_OK && sqlite3_get_autocommit(store->database) == 0) {
        (void)run(store, query(store, QUERY_ROLLBACK, NULL, 0));
    }
    return err;
}

/* Copies a column; what does not fit is no text of ours. */
static bool
column(sqlite3_stmt *statement, int at, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, at);
    size_t len = (size_t)sqlite3_column_bytes(statement, at);
    if (text == NULL || len >= size) {
        return false;
    }
    memcpy(out, text, len + 1);
    return true;
}

static enum beid_err
make_room(struct sqlite_store *store, time_t now)
{
    enum beid_err err = run(store, query(store, QUERY_SWEEP, NULL, now));
    if (err != BEID_OK) {
        return err;
    }
    sqlite3_stmt *statement = query(store, QUERY_COUNT, NULL, 0);
    bool row = sqlite3_step(statement) == SQLITE_ROW;
    int64_t count = row ? sqlite3_column_int64(statement, 0) : 0;
    finish(statement);
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
    enum beid_err err = run(store, query(store, QUERY_BEGIN, NULL, 0));
    if (err != BEID_OK) {
        return err;
    }
    err = make_room(store, now);
    if (err == BEID_OK) {
        sqlite3_stmt *statement = query(store, QUERY_CREATE, key, now);
        (void)sqlite3_bind_int64(statement, 3, session->expires);
        bind_text(statement, 4, session->csrf);
        (void)sqlite3_bind_int(statement, 5, session->known ? 1 : 0);
        (void)sqlite3_bind_int64(statement, 6, session->verified_at);
        bind_text(statement, 7, session->subject);
        bind_text(statement, 8, session->certificate);
        bind_text(statement, 9, session->given_names);
        bind_text(statement, 10, session->surname);
        err = run(store, statement);
    }
    return settle(store, err);
}

static enum beid_err
session_read(sqlite3_stmt *statement, struct session *out)
{
    *out = (struct session){.expires = sqlite3_column_int64(statement, 0),
                            .known = sqlite3_column_int(statement, 2) != 0,
                            .verified_at = sqlite3_column_int64(statement, 3)};
    bool good =
        column(statement, 1, out->csrf, sizeof out->csrf)
        && column(statement, 4, out->subject, sizeof out->subject)
        && column(statement, 5, out->certificate, sizeof out->certificate)
        && column(statement, 6, out->given_names, sizeof out->given_names)
        && column(statement, 7, out->surname, sizeof out->surname);
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
    finish(statement);
    if (err == BEID_ERR_NOT_FOUND) {
        /* Seen as expired once, it does not come back with the clock. */
        (void)run(store, query(store, QUERY_EXPIRE, key, now));
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
        finish(statement);
        return got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    }
    enum beid_err read = session_read(statement, &taken);
    /* It is ours only when the deletion has been written. */
    enum beid_err err = run(store, statement);
    if (err == BEID_OK) {
        err = read;
    }
    if (err == BEID_OK) {
        *out = taken;
    }
    beid_wipe(&taken, sizeof taken);
    return err;
}

/* Counts one more nonce of the session. */
static enum beid_err
count_nonce(struct sqlite_store *store, const uint8_t *key, time_t now)
{
    struct session session;
    sqlite3_stmt *statement = query(store, QUERY_COUNT_NONCE, key, now);
    (void)sqlite3_bind_int64(statement, 3, NONCE_WINDOW);
    (void)sqlite3_bind_int64(statement, 4, NONCE_COUNT_MAX);
    enum beid_err err = run(store, statement);
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
    enum beid_err err = run(store, query(store, QUERY_BEGIN, NULL, 0));
    if (err != BEID_OK) {
        return err;
    }
    err = count_nonce(store, key, now);
    if (err == BEID_OK) {
        sqlite3_stmt *statement = query(store, QUERY_PUT_NONCE, key, now);
        (void)sqlite3_bind_int(statement, 3, (int)purpose);
        bind_text(statement, 4, nonce->value);
        bind_text(statement, 5, nonce->about);
        (void)sqlite3_bind_int64(statement, 6, nonce->until);
        err = run(store, statement);
    }
    return settle(store, err);
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
        finish(statement);
        return got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    }
    bool good = column(statement, 0, taken.value, sizeof taken.value)
                && column(statement, 1, taken.about, sizeof taken.about);
    taken.until = sqlite3_column_int64(statement, 2);
    /* It is ours only when the deletion has been written. */
    enum beid_err err = run(store, statement);
    if (err == BEID_OK && !good) {
        err = BEID_ERR_FORMAT;
    }
    if (err == BEID_OK && taken.until <= now) {
        err = BEID_ERR_TIMEOUT;
    }
    if (err == BEID_OK) {
        *out = taken;
    }
    beid_wipe(&taken, sizeof taken);
    return err;
}

static enum beid_err
drop(struct store *base, const uint8_t *key)
{
    struct sqlite_store *store = own(base);
    return run(store, query(store, QUERY_REMOVE, key, 0));
}

static void
close_store(struct store *base)
{
    struct sqlite_store *store = own(base);
    for (size_t i = 0; i < QUERIES; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->database);
    free(store);
}

static const struct store_kind sqlite_kind = {.close = close_store,
                                              .create = create,
                                              .load = load,
                                              .take = take,
                                              .put_nonce = put_nonce,
                                              .take_nonce = take_nonce,
                                              .remove = drop};

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
    enum beid_err err = path == NULL ? BEID_OK : file_make(path);
    if (err == BEID_OK) {
        err = database_open(made, path == NULL ? ":memory:" : path);
    }
    if (err != BEID_OK) {
        close_store(&made->base);
        return err;
    }
    *out = &made->base;
    return BEID_OK;
}
