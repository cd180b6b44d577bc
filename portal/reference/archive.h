/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_ARCHIVE_H
#define BEID_PORTAL_ARCHIVE_H

#include "pseudonym.h"
#include "store.h"

#include <beid/bytes.h>

#include <time.h>

/*
 * What the portal keeps longer than a session, in a store of store.h: in memory,
 * in a file that several portals of one machine share, or in a Redis server that
 * those of several machines share. An entry is a few strings under a pseudonym,
 * a kind and a name; the strings are sealed, since the certificate in a signed
 * statement holds a national number. Threads may share an archive.
 */

/* The numbers stand in files: a new kind comes last. */
enum archive_kind {
    ARCHIVE_WISH = 1, /* written, not yet asked; name: of the session */
    ARCHIVE_DRAFT, /* asked, not yet signed; name: its id */
    ARCHIVE_STATEMENT, /* signed; name: its id */
    ARCHIVE_CONTACT, /* as the citizen chose */
    ARCHIVE_REPORT, /* for the source of the data; no subject */
    ARCHIVE_CORRECTION, /* name: the field */
    ARCHIVE_EBOX, /* linked */
    ARCHIVE_NOTICE, /* name: an id */
    ARCHIVE_SEEN, /* name: of what was read */
    ARCHIVE_FEEDBACK,
    ARCHIVE_REPORTED, /* a report that waits for its answer; name: its id */
    ARCHIVE_TYPED, /* in a form, not yet signed; name: of its wish */
    ARCHIVE_CORRECTING, /* by one source at this moment; name: the field */
    ARCHIVE_KINDS
};

#define ARCHIVE_NAME_SIZE ENTRY_NAME_SIZE
#define ARCHIVE_FIELDS 9U
#define ARCHIVE_VALUE_MAX ((size_t)128 * 1024)
/* So much feedback is kept. */
#define ARCHIVE_FEEDBACK_MAX 1000U
/* So many messages, and marks that one was read, somebody has. */
#define ARCHIVE_NOTICE_MAX 100U
#define ARCHIVE_SEEN_MAX 200U

struct entry {
    char name[ARCHIVE_NAME_SIZE];
    time_t created;
    struct beid_buf value;
    const char *fields[ARCHIVE_FIELDS]; /* in value; "" past the last */
};

struct archive;

/* place, password: as for store_new(); and see store_durable(). */
enum beid_err archive_new(const char *place, const char *password,
                          const uint8_t key[PSEUDONYM_KEY_SIZE],
                          struct archive **out) BEID_NODISCARD;

/* Closes; accepts NULL; sets *archive to NULL. */
void archive_free(struct archive **archive);

/*
 * Keeps strings until then, in place of what was there. Of what anybody can
 * make many the oldest goes, so that there is always room. BEID_ERR_LIMIT when
 * they are too long.
 */
enum beid_err archive_put(struct archive *archive, const struct entry_key *key,
                          const char *const *fields, size_t count, time_t now,
                          time_t until) BEID_NODISCARD;

/* The same where there is nothing yet; BEID_ERR_BUSY where there is. */
enum beid_err archive_add(struct archive *archive, const struct entry_key *key,
                          const char *const *fields, size_t count, time_t now,
                          time_t until) BEID_NODISCARD;

/* The caller clears out. BEID_ERR_NOT_FOUND when there is none. */
enum beid_err archive_get(struct archive *archive, const struct entry_key *key,
                          time_t now, struct entry *out) BEID_NODISCARD;

/* The same, and it is gone: nobody gets it twice. */
enum beid_err archive_take(struct archive *archive, const struct entry_key *key,
                           time_t now, struct entry *out) BEID_NODISCARD;

/* Some of a list: it begins after the skip newest, and has max at most. */
struct range {
    size_t skip;
    size_t max;
};

/* The newest first; key's name plays no part. */
enum beid_err archive_list(struct archive *archive, const struct entry_key *key,
                           time_t now, struct range range, struct entry *out,
                           size_t *count) BEID_NODISCARD;

/* How many there are; key's name plays no part. */
enum beid_err archive_count(struct archive *archive,
                            const struct entry_key *key, time_t now,
                            size_t *count) BEID_NODISCARD;

void entry_clear(struct entry *entry);

#endif
