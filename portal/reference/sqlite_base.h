/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SQLITE_BASE_H
#define BEID_PORTAL_SQLITE_BASE_H

#include "store_kind.h"

#include <sqlite3.h>

/* An SQLite database and its statements; what each kind of record does with
 * them is in store_sqlite.c and store_sqlite_entries.c. */

enum sqlite_query {
    QUERY_BEGIN,
    QUERY_COMMIT,
    QUERY_ROLLBACK,
    /* ?1 is the key and ?2 the present moment in all that have them. */
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
    /* ?1 subject, ?2 kind, ?3 name, or how many, ?4 the present moment. */
    ENTRY_SWEEP,
    ENTRY_PUT,
    ENTRY_ADD,
    ENTRY_TRIM,
    ENTRY_GET,
    ENTRY_TAKE,
    ENTRY_LIST,
    ENTRY_COUNT,
    QUERIES
};

struct sqlite_store {
    struct store base;
    sqlite3 *database;
    sqlite3_stmt *statements[QUERIES];
    size_t max; /* sessions */
};

/* path NULL: in memory. */
enum beid_err sqlite_open(struct sqlite_store *store,
                          const char *path) BEID_NODISCARD;

/* Closes, and frees the store. */
void sqlite_close(struct store *base);

/* From now on what is written survives when the power goes. */
enum beid_err sqlite_durable(struct store *base) BEID_NODISCARD;

/* Ready to be bound. */
sqlite3_stmt *sqlite_query(struct sqlite_store *store, enum sqlite_query which);

/* The text must live until the query is finished. */
void sqlite_bind_text(sqlite3_stmt *statement, int at, const char *text);

/* Lets go of the rows and of what was bound. */
void sqlite_finish(sqlite3_stmt *statement);

/* Runs a query without rows, or what is left of one. */
enum beid_err sqlite_run(struct sqlite_store *store,
                         sqlite3_stmt *statement) BEID_NODISCARD;

/* A transaction that writes, and its end as err says. */
enum beid_err sqlite_begin(struct sqlite_store *store) BEID_NODISCARD;
enum beid_err sqlite_settle(struct sqlite_store *store,
                            enum beid_err err) BEID_NODISCARD;

/* Copies a column; false for what does not fit: no text of ours. */
bool sqlite_column(sqlite3_stmt *statement, int at, char *out, size_t size);

#endif
