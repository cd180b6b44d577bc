/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_STORE_H
#define BEID_PORTAL_STORE_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Where sessions live, and what is kept longer (see archive.h): an SQLite
 * database, in memory or in a file that several processes of one machine share,
 * or a Redis server that several machines share. Records are flat values that go
 * in and out whole, and what may be used once has calls of its own that take it
 * atomically. A store that cannot be reached gives BEID_ERR_IO: nobody gets in
 * then, and nothing is used up. Threads may share a store: one call at a time
 * goes through, the others wait.
 */

#define SESSION_KEY_SIZE 32U /* SHA-256 of the cookie, never the cookie */
#define SESSION_TOKEN_SIZE 45U /* 32 random bytes in padded base64 */
#define SESSION_NAME_SIZE 256U
#define SESSION_HEX_SIZE 65U /* 32 bytes in hexadecimal */
#define NONCE_ABOUT_SIZE 32U

/* What a nonce may be used for, and nothing else. */
enum nonce_purpose {
    NONCE_LOGIN,
    NONCE_ACCESS,
    NONCE_RETURN, /* a municipality's: the verifier of a login begun */
    NONCE_STATEMENT, /* counted only, see statement.c */
    NONCE_PURPOSES
};

struct nonce {
    char value[SESSION_TOKEN_SIZE];
    char about[NONCE_ABOUT_SIZE]; /* the path it was asked for, or empty */
    time_t until;
};

struct session {
    char csrf[SESSION_TOKEN_SIZE];
    time_t expires;
    bool known; /* somebody logged in; the members below are set */
    time_t verified_at; /* a card was verified last; 0: never */
    char subject[SESSION_HEX_SIZE]; /* pseudonym, see pseudonym.h */
    char certificate[SESSION_HEX_SIZE]; /* SHA-256, or empty */
    char given_names[SESSION_NAME_SIZE];
    char surname[SESSION_NAME_SIZE];
};

/* Whose, of which kind, called what; name "" when a kind has only one. */
struct entry_key {
    const char *subject; /* a pseudonym, or empty */
    unsigned kind;
    const char *name;
};

#define ENTRY_NAME_SIZE 48U
#define ENTRY_VALUE_MAX ((size_t)128 * 1024 + 64)

/* A kept value that only archive.c can open. */
struct sealed {
    char name[ENTRY_NAME_SIZE];
    time_t created;
    time_t until;
    struct beid_buf value;
};

/* After the skip newest, the next max go to a call each, which borrows them. */
struct entry_list {
    size_t skip;
    size_t max;
    enum beid_err (*each)(void *user, const struct sealed *entry);
    void *user;
};

struct store;

/* Is this place a server, and no file? place may be NULL. */
bool store_is_server(const char *place);

/*
 * place is the path of an SQLite file, made readable for its owner only when it
 * is new; NULL for memory; or redis://HOST:PORT[/DB], or
 * redis+unix:///PATH[?db=DB] for a socket. max is how many sessions SQLite
 * keeps; a Redis server is bounded by its own maxmemory, has version 6.2 or
 * later, and connects again by itself. password is what it wants, or NULL; it is
 * copied. BEID_ERR_FORMAT for a URL that is none, BEID_ERR_ARGUMENT for a
 * password where none is wanted, BEID_ERR_IO when the place cannot be used.
 *
 * A Redis that fails over to a replica may bring back what was used in the last
 * moment before: replication is asynchronous.
 */
enum beid_err store_new(const char *place, const char *password, size_t max,
                        struct store **out) BEID_NODISCARD;

/* Closes; accepts NULL; sets *store to NULL. */
void store_free(struct store **store);

/* BEID_ERR_LIMIT when the store is full of sessions that still live. */
enum beid_err store_create(struct store *store,
                           const uint8_t key[SESSION_KEY_SIZE],
                           const struct session *session,
                           time_t now) BEID_NODISCARD;

/* Copies a session that lives at now; BEID_ERR_NOT_FOUND otherwise. */
enum beid_err store_load(struct store *store,
                         const uint8_t key[SESSION_KEY_SIZE], time_t now,
                         struct session *out) BEID_NODISCARD;

/*
 * Copies a session that lives at now and forgets it in the same moment, so that
 * nobody gets it twice. BEID_ERR_NOT_FOUND otherwise.
 */
enum beid_err store_take(struct store *store,
                         const uint8_t key[SESSION_KEY_SIZE], time_t now,
                         struct session *out) BEID_NODISCARD;

/* So many nonces may a session have within NONCE_WINDOW seconds. */
#define NONCE_WINDOW 60
#define NONCE_COUNT_MAX 10U

/*
 * Opens a nonce in a session, in place of one that was open for the same
 * purpose. BEID_ERR_BUSY when the session asks for too many.
 */
enum beid_err store_put_nonce(struct store *store,
                              const uint8_t key[SESSION_KEY_SIZE], time_t now,
                              enum nonce_purpose purpose,
                              const struct nonce *nonce) BEID_NODISCARD;

/*
 * Takes the nonce that is open for this purpose out of a session, so that nobody gets it twice.
 * BEID_ERR_NOT_FOUND when none is open; BEID_ERR_TIMEOUT when its time had
 * passed (it is gone then as well).
 */
enum beid_err store_take_nonce(struct store *store,
                               const uint8_t key[SESSION_KEY_SIZE], time_t now,
                               enum nonce_purpose purpose,
                               struct nonce *out) BEID_NODISCARD;

/*
 * Forgets a session and its nonces, if it was there. It lives on when this
 * fails: nobody may be told then that he is logged out.
 */
enum beid_err store_remove(struct store *store,
                           const uint8_t key[SESSION_KEY_SIZE]) BEID_NODISCARD;

/*
 * From now on what is written survives when the power goes. BEID_ERR_STATE when
 * the server throws away what it kept once its memory is full.
 */
enum beid_err store_durable(struct store *store) BEID_NODISCARD;

/*
 * Keeps an entry, created now, in place of what was there under the key. With
 * max, which 0 is not, the oldest of this subject and kind go until so many are
 * left.
 */
enum beid_err store_put_entry(struct store *store, const struct entry_key *key,
                              const struct sealed *entry,
                              size_t max) BEID_NODISCARD;

/* The same, but BEID_ERR_BUSY when there is one under the key: it stays. */
enum beid_err store_add_entry(struct store *store, const struct entry_key *key,
                              const struct sealed *entry,
                              size_t max) BEID_NODISCARD;

/* The caller clears out->value. BEID_ERR_NOT_FOUND when there is none. */
enum beid_err store_get_entry(struct store *store, const struct entry_key *key,
                              time_t now, struct sealed *out) BEID_NODISCARD;

/* The same, and it is gone: nobody gets it twice. */
enum beid_err store_take_entry(struct store *store, const struct entry_key *key,
                               time_t now, struct sealed *out) BEID_NODISCARD;

/* The newest first; key's name plays no part, here and in the count. */
enum beid_err store_list_entries(struct store *store,
                                 const struct entry_key *key, time_t now,
                                 const struct entry_list *list) BEID_NODISCARD;
enum beid_err store_count_entries(struct store *store,
                                  const struct entry_key *key, time_t now,
                                  size_t *count) BEID_NODISCARD;

#endif
