/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_entries.h"

#include "sqlite_base.h"

static struct sqlite_store *
own(struct store *store)
{
    return (struct sqlite_store *)store;
}

/* Ready to be bound further. */
static sqlite3_stmt *
query(struct sqlite_store *store, enum sqlite_query which,
      const struct entry_key *key, time_t now)
{
    sqlite3_stmt *statement = sqlite_query(store, which);
    sqlite_bind_text(statement, 1, key->subject);
    (void)sqlite3_bind_int64(statement, 2, key->kind);
    (void)sqlite3_bind_int64(statement, 4, now);
    return statement;
}

/* The same for one entry. */
static sqlite3_stmt *
query_one(struct sqlite_store *store, enum sqlite_query which,
          const struct entry_key *key, time_t now)
{
    sqlite3_stmt *statement = query(store, which, key, now);
    sqlite_bind_text(statement, 3, key->name);
    return statement;
}

static enum beid_err
sweep(struct sqlite_store *store, time_t now)
{
    sqlite3_stmt *statement = sqlite_query(store, ENTRY_SWEEP);
    (void)sqlite3_bind_int64(statement, 4, now);
    return sqlite_run(store, statement);
}

static enum beid_err
write_entry(struct sqlite_store *store, enum sqlite_query which,
            const struct entry_key *key, const struct sealed *entry)
{
    sqlite3_stmt *statement = query_one(store, which, key, entry->created);
    (void)sqlite3_bind_int64(statement, 5, entry->until);
    (void)sqlite3_bind_blob64(statement, 6, entry->value.ptr, entry->value.len,
                              SQLITE_STATIC);
    enum beid_err err = sqlite_run(store, statement);
    /* Nothing is written over what ENTRY_ADD finds. */
    return err == BEID_OK && sqlite3_changes(store->database) == 0
               ? BEID_ERR_BUSY
               : err;
}

static enum beid_err
keep_entry(struct sqlite_store *store, enum sqlite_query which,
           const struct entry_key *key, const struct sealed *entry, size_t max)
{
    enum beid_err err = sqlite_begin(store);
    if (err != BEID_OK) {
        return err;
    }
    err = sweep(store, entry->created);
    if (err == BEID_OK) {
        err = write_entry(store, which, key, entry);
    }
    if (err == BEID_OK && max > 0) {
        sqlite3_stmt *statement = query(store, ENTRY_TRIM, key, entry->created);
        (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)max);
        err = sqlite_run(store, statement);
    }
    return sqlite_settle(store, err);
}

enum beid_err
sqlite_put_entry(struct store *base, const struct entry_key *key,
                 const struct sealed *entry, size_t max)
{
    return keep_entry(own(base), ENTRY_PUT, key, entry, max);
}

enum beid_err
sqlite_add_entry(struct store *base, const struct entry_key *key,
                 const struct sealed *entry, size_t max)
{
    return keep_entry(own(base), ENTRY_ADD, key, entry, max);
}

/* The row that the query stands at; what fails leaves nothing to clear. */
static enum beid_err
row_read(sqlite3_stmt *statement, struct sealed *out)
{
    *out = (struct sealed){.created = sqlite3_column_int64(statement, 1),
                           .until = sqlite3_column_int64(statement, 2)};
    beid_buf_init(&out->value, ENTRY_VALUE_MAX);
    if (!sqlite_column(statement, 0, out->name, sizeof out->name)) {
        return BEID_ERR_FORMAT;
    }
    const void *sealed = sqlite3_column_blob(statement, 3);
    beid_buf_put(&out->value, beid_span_of(sealed, (size_t)sqlite3_column_bytes(
                                                       statement, 3)));
    enum beid_err err = beid_buf_status(&out->value);
    if (err != BEID_OK) {
        beid_buf_clear(&out->value);
    }
    return err;
}

enum beid_err
sqlite_get_entry(struct store *base, const struct entry_key *key, time_t now,
                 struct sealed *out)
{
    sqlite3_stmt *statement = query_one(own(base), ENTRY_GET, key, now);
    int got = sqlite3_step(statement);
    enum beid_err err = got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    if (got == SQLITE_ROW) {
        err = row_read(statement, out);
    }
    sqlite_finish(statement);
    return err;
}

enum beid_err
sqlite_take_entry(struct store *base, const struct entry_key *key, time_t now,
                  struct sealed *out)
{
    struct sqlite_store *store = own(base);
    sqlite3_stmt *statement = query_one(store, ENTRY_TAKE, key, now);
    int got = sqlite3_step(statement);
    if (got != SQLITE_ROW) {
        sqlite_finish(statement);
        return got == SQLITE_DONE ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
    }
    enum beid_err read = row_read(statement, out);
    /* It is ours only when the deletion has been written. */
    return store_hand_entry(sqlite_run(store, statement), read, now, out);
}

enum beid_err
sqlite_list_entries(struct store *base, const struct entry_key *key, time_t now,
                    const struct entry_list *list)
{
    sqlite3_stmt *statement = query(own(base), ENTRY_LIST, key, now);
    (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)list->max);
    (void)sqlite3_bind_int64(statement, 5, (sqlite3_int64)list->skip);
    enum beid_err err = BEID_OK;
    int got = sqlite3_step(statement);
    while (err == BEID_OK && got == SQLITE_ROW) {
        struct sealed entry;
        err = row_read(statement, &entry);
        if (err == BEID_OK) {
            err = list->each(list->user, &entry);
            beid_buf_clear(&entry.value);
        }
        got = sqlite3_step(statement);
    }
    sqlite_finish(statement);
    return err == BEID_OK && got != SQLITE_DONE ? BEID_ERR_IO : err;
}

enum beid_err
sqlite_count_entries(struct store *base, const struct entry_key *key,
                     time_t now, size_t *count)
{
    sqlite3_stmt *statement = query(own(base), ENTRY_COUNT, key, now);
    bool row = sqlite3_step(statement) == SQLITE_ROW;
    *count = row ? (size_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite_finish(statement);
    return row ? BEID_OK : BEID_ERR_IO;
}
