/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_REDIS_ENTRIES_H
#define BEID_PORTAL_REDIS_ENTRIES_H

#include "store_kind.h"

/* The calls of store.h about entries, for a store of redis_base.h. */
enum beid_err redis_put_entry(struct store *store, const struct entry_key *key,
                              const struct sealed *entry,
                              size_t max) BEID_NODISCARD;
enum beid_err redis_add_entry(struct store *store, const struct entry_key *key,
                              const struct sealed *entry,
                              size_t max) BEID_NODISCARD;
enum beid_err redis_get_entry(struct store *store, const struct entry_key *key,
                              time_t now, struct sealed *out) BEID_NODISCARD;
enum beid_err redis_take_entry(struct store *store, const struct entry_key *key,
                               time_t now, struct sealed *out) BEID_NODISCARD;
enum beid_err redis_list_entries(struct store *store,
                                 const struct entry_key *key, time_t now,
                                 const struct entry_list *list) BEID_NODISCARD;
enum beid_err redis_count_entries(struct store *store,
                                  const struct entry_key *key, time_t now,
                                  size_t *count) BEID_NODISCARD;

#endif
