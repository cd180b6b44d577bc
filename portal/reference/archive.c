/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "archive.h"

#include "seal.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS 5000
#define PLACE_SIZE 160U

/* What is deleted is overwritten, so that nothing stays in the file. */
static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "CREATE TABLE IF NOT EXISTS entries ("
    " id INTEGER PRIMARY KEY, subject TEXT NOT NULL, kind INTEGER NOT NULL,"
    " name TEXT NOT NULL, created INTEGER NOT NULL, until INTEGER NOT NULL,"
    " sealed BLOB NOT NULL, UNIQUE (subject, kind, name)) STRICT;"
    "CREATE INDEX IF NOT EXISTS entries_until ON entries (until);";

enum query {
    QUERY_SWEEP,
    QUERY_PUT,
    QUERY_GET,
    QUERY_TAKE,
    QUERY_LIST,
    QUERY_COUNT,
    QUERY_TRIM,
    QUERIES
};

/* ?1 subject, ?2 kind, ?3 name, ?4 the present moment. */
static const char *const queries[QUERIES] = {
    [QUERY_SWEEP] = "DELETE FROM entries WHERE until <= ?4",
    [QUERY_PUT] =
        "INSERT INTO entries (subject, kind, name, created, until, sealed)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (subject, kind, name) DO UPDATE SET"
        "  created = excluded.created, until = excluded.until,"
        "  sealed = excluded.sealed",
    [QUERY_GET] = "SELECT name, created, sealed FROM entries"
                  " WHERE subject = ?1 AND kind = ?2 AND name = ?3"
                  " AND until > ?4",
    [QUERY_TAKE] = "DELETE FROM entries"
                   " WHERE subject = ?1 AND kind = ?2 AND name = ?3"
                   " RETURNING name, created, sealed, until > ?4",
    [QUERY_LIST] = "SELECT name, created, sealed FROM entries"
                   " WHERE subject = ?1 AND kind = ?2 AND until > ?4"
                   " ORDER BY created DESC, id DESC LIMIT ?3",
    [QUERY_COUNT] = "SELECT count(*) FROM entries"
                    " WHERE subject = ?1 AND kind = ?2 AND until > ?4",
    [QUERY_TRIM] = "DELETE FROM entries WHERE id IN (SELECT id FROM entries"
                   " WHERE subject = ?1 AND kind = ?2"
                   " ORDER BY created DESC, id DESC LIMIT -1 OFFSET ?3)"};

/*
 * So many of a kind may somebody have before the oldest goes. 0: what is
 * signed never goes, and citizen_room() bounds it before anybody signs.
 */
static const unsigned most[ARCHIVE_KINDS] = {[ARCHIVE_WISH] = 20,
                                             [ARCHIVE_DRAFT] = 20,
                                             [ARCHIVE_NOTICE] = 100,
                                             [ARCHIVE_SEEN] = 200,
                                             [ARCHIVE_FEEDBACK] =
                                                 ARCHIVE_FEEDBACK_MAX};

struct archive {
    sqlite3 *database;
    sqlite3_stmt *statements[QUERIES];
    uint8_t key[SEAL_KEY_SIZE];
};

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
database_open(struct archive *archive, const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    sqlite3 **database = &archive->database;
    if (sqlite3_open_v2(path, database, flags, NULL) != SQLITE_OK
        || sqlite3_busy_timeout(*database, BUSY_MS) != SQLITE_OK
        || sqlite3_exec(*database, schema, NULL, NULL, NULL) != SQLITE_OK) {
        return BEID_ERR_IO;
    }
    for (size_t i = 0; i < QUERIES; i++) {
        if (sqlite3_prepare_v3(*database, queries[i], -1,
                               SQLITE_PREPARE_PERSISTENT,
                               &archive->statements[i], NULL)
            != SQLITE_OK) {
            return BEID_ERR_IO;
        }
    }
    return BEID_OK;
}

enum beid_err
archive_new(const char *path, const uint8_t key[PSEUDONYM_KEY_SIZE],
            struct archive **out)
{
    struct archive *made = calloc(1, sizeof *made);
    *out = NULL;
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = seal_key_make(key, made->key);
    if (err == BEID_OK && path != NULL) {
        err = file_make(path);
    }
    if (err == BEID_OK) {
        err = database_open(made, path == NULL ? ":memory:" : path);
    }
    if (err != BEID_OK) {
        archive_free(&made);
        return err;
    }
    *out = made;
    return BEID_OK;
}

void
archive_free(struct archive **archive)
{
    if (*archive != NULL) {
        for (size_t i = 0; i < QUERIES; i++) {
            (void)sqlite3_finalize((*archive)->statements[i]);
        }
        (void)sqlite3_close((*archive)->database);
        beid_wipe((*archive)->key, sizeof(*archive)->key);
        free(*archive);
        *archive = NULL;
    }
}

void
entry_clear(struct entry *entry)
{
    beid_buf_clear(&entry->value);
}

/* Ready to be bound further. */
static sqlite3_stmt *
query(struct archive *archive, enum query which, const struct archive_key *key,
      time_t now)
{
    sqlite3_stmt *statement = archive->statements[which];
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    if (key != NULL) {
        (void)sqlite3_bind_text(statement, 1, key->subject, -1, SQLITE_STATIC);
        (void)sqlite3_bind_int(statement, 2, (int)key->kind);
        if (which != QUERY_LIST && which != QUERY_COUNT
            && which != QUERY_TRIM) {
            (void)sqlite3_bind_text(statement, 3, key->name, -1, SQLITE_STATIC);
        }
    }
    (void)sqlite3_bind_int64(statement, 4, now);
    return statement;
}

static void
finish(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

/* Runs a query without rows. */
static enum beid_err
run(struct archive *archive, sqlite3_stmt *statement)
{
    int got = sqlite3_step(statement);
    finish(statement);
    if (got == SQLITE_DONE) {
        return BEID_OK;
    }
    BEID_LOG_ERROR("the archive fails: %s",
                   sqlite3_errstr(sqlite3_extended_errcode(archive->database)));
    return BEID_ERR_IO;
}

/* A sealed value opens only where it was put. */
static enum beid_err
place_of(const struct archive_key *key, char out[PLACE_SIZE])
{
    int len = snprintf(out, PLACE_SIZE, "%s/%d/%s", key->subject,
                       (int)key->kind, key->name);
    return len > 0 && (size_t)len < PLACE_SIZE ? BEID_OK : BEID_ERR_LIMIT;
}

enum beid_err
archive_put(struct archive *archive, const struct archive_key *key,
            const char *const *fields, size_t count, time_t now, time_t until)
{
    char place[PLACE_SIZE];
    struct beid_buf plain;
    struct beid_buf sealed;
    enum beid_err err = place_of(key, place);
    if (err == BEID_OK
        && (count > ARCHIVE_FIELDS || strlen(key->name) >= ARCHIVE_NAME_SIZE)) {
        err = BEID_ERR_LIMIT;
    }
    beid_buf_init(&plain, ARCHIVE_VALUE_MAX);
    beid_buf_init(&sealed, ARCHIVE_VALUE_MAX + 64);
    for (size_t i = 0; err == BEID_OK && i < count; i++) {
        beid_buf_put(&plain, beid_span_of(fields[i], strlen(fields[i]) + 1));
        err = beid_buf_status(&plain);
    }
    if (err == BEID_OK) {
        err = seal_close(archive->key, beid_span_str(place),
                         beid_buf_span(&plain), &sealed);
    }
    if (err == BEID_OK) {
        err = run(archive, query(archive, QUERY_SWEEP, NULL, now));
    }
    if (err == BEID_OK) {
        sqlite3_stmt *statement = query(archive, QUERY_PUT, key, now);
        (void)sqlite3_bind_int64(statement, 5, until);
        (void)sqlite3_bind_blob64(statement, 6, sealed.ptr, sealed.len,
                                  SQLITE_STATIC);
        err = run(archive, statement);
    }
    if (err == BEID_OK && most[key->kind] > 0) {
        sqlite3_stmt *statement = query(archive, QUERY_TRIM, key, now);
        (void)sqlite3_bind_int64(statement, 3, most[key->kind]);
        err = run(archive, statement);
    }
    beid_buf_clear(&sealed);
    beid_buf_clear(&plain);
    return err;
}

/* Where each string of the opened value starts. */
static enum beid_err
fields_find(struct entry *entry)
{
    size_t at = 0;
    for (size_t i = 0; i < ARCHIVE_FIELDS; i++) {
        entry->fields[i] = "";
        if (at < entry->value.len) {
            entry->fields[i] = (const char *)entry->value.ptr + at;
            at += strnlen(entry->fields[i], entry->value.len - at) + 1;
        }
    }
    return at == entry->value.len ? BEID_OK : BEID_ERR_FORMAT;
}

/* The row that the query stands at. */
static enum beid_err
row_read(struct archive *archive, const struct archive_key *key,
         sqlite3_stmt *statement, struct entry *out)
{
    char place[PLACE_SIZE];
    const char *name = (const char *)sqlite3_column_text(statement, 0);
    size_t name_len = (size_t)sqlite3_column_bytes(statement, 0);
    *out = (struct entry){.created = sqlite3_column_int64(statement, 1)};
    beid_buf_init(&out->value, ARCHIVE_VALUE_MAX + 1);
    if (name == NULL || name_len >= sizeof out->name) {
        return BEID_ERR_FORMAT;
    }
    memcpy(out->name, name, name_len + 1);
    const struct archive_key found = {key->subject, key->kind, out->name};
    enum beid_err err = place_of(&found, place);
    if (err == BEID_OK) {
        const void *sealed = sqlite3_column_blob(statement, 2);
        size_t len = (size_t)sqlite3_column_bytes(statement, 2);
        err = seal_open(archive->key, beid_span_str(place),
                        beid_span_of(sealed, len), &out->value);
    }
    if (err == BEID_OK) {
        err = fields_find(out);
    }
    if (err != BEID_OK) {
        BEID_LOG_ERROR("an entry cannot be opened: another key?");
        entry_clear(out);
    }
    return err;
}

enum beid_err
archive_get(struct archive *archive, const struct archive_key *key, time_t now,
            struct entry *out)
{
    sqlite3_stmt *statement = query(archive, QUERY_GET, key, now);
    int got = sqlite3_step(statement);
    enum beid_err err = got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    if (got == SQLITE_ROW) {
        err = row_read(archive, key, statement, out);
    }
    finish(statement);
    return err;
}

enum beid_err
archive_take(struct archive *archive, const struct archive_key *key, time_t now,
             struct entry *out)
{
    sqlite3_stmt *statement = query(archive, QUERY_TAKE, key, now);
    int got = sqlite3_step(statement);
    if (got != SQLITE_ROW) {
        finish(statement);
        return got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    }
    bool living = sqlite3_column_int(statement, 3) == 1;
    enum beid_err err = row_read(archive, key, statement, out);
    /* It is ours only when the deletion has been written. */
    enum beid_err gone = run(archive, statement);
    if (err == BEID_OK && (gone != BEID_OK || !living)) {
        entry_clear(out);
        err = gone != BEID_OK ? gone : BEID_ERR_NOT_FOUND;
    }
    return err;
}

enum beid_err
archive_list(struct archive *archive, const struct archive_key *key, time_t now,
             struct entry *out, size_t max, size_t *count)
{
    sqlite3_stmt *statement = query(archive, QUERY_LIST, key, now);
    (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)max);
    enum beid_err err = BEID_OK;
    int got = SQLITE_ROW;
    *count = 0;
    while (err == BEID_OK && *count < max
           && (got = sqlite3_step(statement)) == SQLITE_ROW) {
        err = row_read(archive, key, statement, &out[*count]);
        *count += err == BEID_OK ? 1 : 0;
    }
    if (err == BEID_OK && got != SQLITE_ROW && got != SQLITE_DONE) {
        err = BEID_ERR_IO;
    }
    finish(statement);
    return err;
}

enum beid_err
archive_count(struct archive *archive, const struct archive_key *key,
              time_t now, size_t *count)
{
    sqlite3_stmt *statement = query(archive, QUERY_COUNT, key, now);
    bool row = sqlite3_step(statement) == SQLITE_ROW;
    *count = row ? (size_t)sqlite3_column_int64(statement, 0) : 0;
    finish(statement);
    return row ? BEID_OK : BEID_ERR_IO;
}
