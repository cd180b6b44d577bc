/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_SQLITE_ENTRIES_H
#define BEID_PORTAL_SQLITE_ENTRIES_H

#include "store_kind.h"

/* The calls of store.h about entries, for a store of sqlite_base.h. */
enum beid_err sqlite_put_entry(struct store *base, const struct entry_key *key,
                               const struct sealed *entry,
                               size_t max) BEID_NODISCARD;
enum beid_err sqlite_add_entry(struct store *base, const struct entry_key *key,
                               const struct sealed *entry,
                               size_t max) BEID_NODISCARD;
enum beid_err sqlite_get_entry(struct store *base, const struct entry_key *key,
                               time_t now, struct sealed *out) BEID_NODISCARD;
enum beid_err sqlite_take_entry(struct store *base, const struct entry_key *key,
                                time_t now, struct sealed *out) BEID_NODISCARD;
enum beid_err sqlite_list_entries(struct store *base,
                                  const struct entry_key *key, time_t now,
                                  const struct entry_list *list) BEID_NODISCARD;
enum beid_err sqlite_count_entries(struct store *base,
                                   const struct entry_key *key, time_t now,
                                   size_t *count) BEID_NODISCARD;

#endif
