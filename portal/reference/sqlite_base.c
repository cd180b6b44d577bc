/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_base.h"

#include <beid/log.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000
#define BUSY_STEP_MS 20

/*
 * WAL lets several processes read while one writes. What is deleted is
 * overwritten, so that a session leaves no name behind in the file.
 */
static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = NORMAL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA secure_delete = ON;";

/* Taken for writing at once: a reader that becomes a writer does not wait. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
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
    " WITHOUT ROWID, STRICT;"
    "CREATE TABLE IF NOT EXISTS entries ("
    " id INTEGER PRIMARY KEY, subject TEXT NOT NULL, kind INTEGER NOT NULL,"
    " name TEXT NOT NULL, created INTEGER NOT NULL, until INTEGER NOT NULL,"
    " sealed BLOB NOT NULL, UNIQUE (subject, kind, name)) STRICT;"
    "CREATE INDEX IF NOT EXISTS entries_until ON entries (until);"
    "COMMIT;";

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
                         " RETURNING value, about, until",
    [ENTRY_SWEEP] = "DELETE FROM entries WHERE until <= ?4",
    [ENTRY_PUT] =
        "INSERT INTO entries (subject, kind, name, created, until, sealed)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (subject, kind, name) DO UPDATE SET"
        "  created = excluded.created, until = excluded.until,"
        "  sealed = excluded.sealed",
    [ENTRY_ADD] =
        "INSERT INTO entries (subject, kind, name, created, until, sealed)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (subject, kind, name) DO NOTHING",
    [ENTRY_TRIM] = "DELETE FROM entries WHERE id IN (SELECT id FROM entries"
                   " WHERE subject = ?1 AND kind = ?2"
                   " ORDER BY created DESC, id DESC LIMIT -1 OFFSET ?3)",
    [ENTRY_GET] = "SELECT name, created, until, sealed FROM entries"
                  " WHERE subject = ?1 AND kind = ?2 AND name = ?3"
                  " AND until > ?4",
    [ENTRY_TAKE] = "DELETE FROM entries"
                   " WHERE subject = ?1 AND kind = ?2 AND name = ?3"
                   " RETURNING name, created, until, sealed",
    [ENTRY_LIST] = "SELECT name, created, until, sealed FROM entries"
                   " WHERE subject = ?1 AND kind = ?2 AND until > ?4"
                   " ORDER BY created DESC, id DESC LIMIT ?3 OFFSET ?5",
    [ENTRY_COUNT] = "SELECT count(*) FROM entries"
                    " WHERE subject = ?1 AND kind = ?2"
                    " AND until > ?4"};

/*
 * A file that only we may read, before the library makes one. One that is there
 * is not opened: another store of this process may have it, and to close it
 * here would end the locks of that one.
 */
static enum beid_err
file_make(const char *path)
{
    struct stat facts;
    int fd =
        open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        (void)close(fd);
        return BEID_OK;
    }
    return errno == EEXIST && lstat(path, &facts) == 0 && S_ISREG(facts.st_mode)
               ? BEID_OK
               : BEID_ERR_IO;
}

/*
 * For the first change to WAL a process needs the file alone, and there SQLite
 * asks no busy handler: processes that start together wait for each other here.
 */
static int
settings_make(sqlite3 *database)
{
    int got = sqlite3_exec(database, settings, NULL, NULL, NULL);
    for (int waited = 0; got == SQLITE_BUSY && waited < BUSY_MS;
         waited += BUSY_STEP_MS) {
        (void)sqlite3_sleep(BUSY_STEP_MS);
        got = sqlite3_exec(database, settings, NULL, NULL, NULL);
    }
    return got != SQLITE_OK ? got : sqlite3_busy_timeout(database, BUSY_MS);
}

static enum beid_err
set_up(sqlite3 *database)
{
    int got = settings_make(database);
    if (got == SQLITE_OK) {
        got = sqlite3_exec(database, schema, NULL, NULL, NULL);
    }
    if (got != SQLITE_OK) {
        BEID_LOG_ERROR("the store cannot be set up: %s", sqlite3_errstr(got));
    }
    return got == SQLITE_OK ? BEID_OK : BEID_ERR_IO;
}

enum beid_err
sqlite_open(struct sqlite_store *store, const char *path)
{
    /* One call at a time: see store.c. */
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    enum beid_err err = path == NULL ? BEID_OK : file_make(path);
    if (err != BEID_OK) {
        return err;
    }
    if (sqlite3_open_v2(path == NULL ? ":memory:" : path, &store->database,
                        flags, NULL)
            != SQLITE_OK
        || set_up(store->database) != BEID_OK) {
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

void
sqlite_close(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    for (size_t i = 0; i < QUERIES; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->database);
    free(store);
}

enum beid_err
sqlite_durable(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    return sqlite3_exec(store->database, "PRAGMA synchronous = FULL", NULL,
                        NULL, NULL)
                   == SQLITE_OK
               ? BEID_OK
               : BEID_ERR_IO;
}

sqlite3_stmt *
sqlite_query(struct sqlite_store *store, enum sqlite_query which)
{
    sqlite3_stmt *statement = store->statements[which];
    sqlite_finish(statement);
    return statement;
}

void
sqlite_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

void
sqlite_finish(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

enum beid_err
sqlite_run(struct sqlite_store *store, sqlite3_stmt *statement)
{
    int got = sqlite3_step(statement);
    sqlite_finish(statement);
    if (got == SQLITE_DONE) {
        return BEID_OK;
    }
    if ((got & 0xFF) == SQLITE_CONSTRAINT) {
        return BEID_ERR_STATE;
    }
    BEID_LOG_ERROR("the store fails: %s",
                   sqlite3_errstr(sqlite3_extended_errcode(store->database)));
    return BEID_ERR_IO;
}

enum beid_err
sqlite_begin(struct sqlite_store *store)
{
    return sqlite_run(store, sqlite_query(store, QUERY_BEGIN));
}

enum beid_err
sqlite_settle(struct sqlite_store *store, enum beid_err err)
{
    if (err == BEID_OK) {
        err = sqlite_run(store, sqlite_query(store, QUERY_COMMIT));
    }
    if (err != BEID_OK && sqlite3_get_autocommit(store->database) == 0
        && sqlite_run(store, sqlite_query(store, QUERY_ROLLBACK)) != BEID_OK) {
        BEID_LOG_ERROR("a change that failed cannot be taken back");
    }
    return err;
}

bool
sqlite_column(sqlite3_stmt *statement, int at, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, at);
    size_t len = (size_t)sqlite3_column_bytes(statement, at);
    if (text == NULL || len >= size) {
        return false;
    }
    memcpy(out, text, len + 1);
    return true;
}
