/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "archive.h"

#include "seal.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_SIZE 160U

/*
 * So many of a kind may somebody have before the oldest goes. 0: what is
 * signed never goes, and citizen_room() bounds it before anybody signs.
 */
static const unsigned most[ARCHIVE_KINDS] = {
    [ARCHIVE_WISH] = 20,
    [ARCHIVE_DRAFT] = 20,
    [ARCHIVE_NOTICE] = ARCHIVE_NOTICE_MAX,
    [ARCHIVE_SEEN] = ARCHIVE_SEEN_MAX,
    [ARCHIVE_TYPED] = 10,
    [ARCHIVE_FEEDBACK] = ARCHIVE_FEEDBACK_MAX};

struct archive {
    struct store *store;
    uint8_t key[SEAL_KEY_SIZE];
};

enum beid_err
archive_new(const char *place, const char *password,
            const uint8_t key[PSEUDONYM_KEY_SIZE], struct archive **out)
{
    struct archive *made = calloc(1, sizeof *made);
    *out = NULL;
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = seal_key_make(key, made->key);
    if (err == BEID_OK) {
        err = store_new(place, password, 0, &made->store);
    }
    if (err == BEID_OK) {
        err = store_durable(made->store);
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
        store_free(&(*archive)->store);
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

/* A sealed value opens only where it was put. */
static enum beid_err
place_of(const struct entry_key *key, char out[PLACE_SIZE])
{
    int len = snprintf(out, PLACE_SIZE, "%s/%u/%s", key->subject, key->kind,
                       key->name);
    return len > 0 && (size_t)len < PLACE_SIZE ? BEID_OK : BEID_ERR_LIMIT;
}

static enum beid_err
put_fields(struct beid_buf *out, const char *const *fields, size_t count)
{
    if (count > ARCHIVE_FIELDS) {
        return BEID_ERR_LIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        beid_buf_put(out, beid_span_of(fields[i], strlen(fields[i]) + 1));
    }
    return beid_buf_status(out);
}

/* The caller clears out->value. */
static enum beid_err
entry_seal(const struct archive *archive, const struct entry_key *key,
           const char *const *fields, size_t count, struct sealed *out)
{
    char place[PLACE_SIZE];
    struct beid_buf plain;
    beid_buf_init(&out->value, ENTRY_VALUE_MAX);
    if (key->kind >= ARCHIVE_KINDS || strlen(key->name) >= sizeof out->name) {
        return BEID_ERR_LIMIT;
    }
    beid_buf_init(&plain, ARCHIVE_VALUE_MAX);
    enum beid_err err = place_of(key, place);
    if (err == BEID_OK) {
        err = put_fields(&plain, fields, count);
    }
    if (err == BEID_OK) {
        err = seal_close(archive->key, beid_span_str(place),
                         beid_buf_span(&plain), &out->value);
    }
    beid_buf_clear(&plain);
    return err;
}

enum beid_err
archive_put(struct archive *archive, const struct entry_key *key,
            const char *const *fields, size_t count, time_t now, time_t until)
{
    struct sealed entry = {.created = now, .until = until};
    enum beid_err err = entry_seal(archive, key, fields, count, &entry);
    if (err == BEID_OK) {
        err = store_put_entry(archive->store, key, &entry, most[key->kind]);
    }
    beid_buf_clear(&entry.value);
    return err;
}

enum beid_err
archive_add(struct archive *archive, const struct entry_key *key,
            const char *const *fields, size_t count, time_t now, time_t until)
{
    struct sealed entry = {.created = now, .until = until};
    enum beid_err err = entry_seal(archive, key, fields, count, &entry);
    if (err == BEID_OK) {
        err = store_add_entry(archive->store, key, &entry, most[key->kind]);
    }
    beid_buf_clear(&entry.value);
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

/* Only what was sealed at this place; what fails leaves nothing to clear. */
static enum beid_err
entry_open(const struct archive *archive, const struct entry_key *key,
           const struct sealed *sealed, struct entry *out)
{
    char place[PLACE_SIZE];
    *out = (struct entry){.created = sealed->created};
    beid_buf_init(&out->value, ARCHIVE_VALUE_MAX + 1);
    memcpy(out->name, sealed->name, sizeof out->name);
    const struct entry_key found = {key->subject, key->kind, out->name};
    enum beid_err err = place_of(&found, place);
    if (err == BEID_OK) {
        err = seal_open(archive->key, beid_span_str(place),
                        beid_buf_span(&sealed->value), &out->value);
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

typedef enum beid_err get_call(struct store *store, const struct entry_key *key,
                               time_t now, struct sealed *out);

static enum beid_err
entry_get(struct archive *archive, const struct entry_key *key, time_t now,
          get_call *get, struct entry *out)
{
    struct sealed sealed;
    enum beid_err err = get(archive->store, key, now, &sealed);
    if (err == BEID_OK) {
        err = entry_open(archive, key, &sealed, out);
        beid_buf_clear(&sealed.value);
    }
    return err;
}

enum beid_err
archive_get(struct archive *archive, const struct entry_key *key, time_t now,
            struct entry *out)
{
    return entry_get(archive, key, now, store_get_entry, out);
}

enum beid_err
archive_take(struct archive *archive, const struct entry_key *key, time_t now,
             struct entry *out)
{
    return entry_get(archive, key, now, store_take_entry, out);
}

/* Where a list is written to. */
struct listing {
    const struct archive *archive;
    const struct entry_key *key;
    struct entry *out;
    size_t count;
};

static enum beid_err
list_add(void *user, const struct sealed *sealed)
{
    struct listing *listing = user;
    enum beid_err err = entry_open(listing->archive, listing->key, sealed,
                                   &listing->out[listing->count]);
    listing->count += err == BEID_OK ? 1 : 0;
    return err;
}

enum beid_err
archive_list(struct archive *archive, const struct entry_key *key, time_t now,
             struct range range, struct entry *out, size_t *count)
{
    struct listing listing = {archive, key, out, 0};
    const struct entry_list list = {range.skip, range.max, list_add, &listing};
    enum beid_err err = store_list_entries(archive->store, key, now, &list);
    *count = listing.count;
    return err;
}

enum beid_err
archive_count(struct archive *archive, const struct entry_key *key, time_t now,
              size_t *count)
{
    return store_count_entries(archive->store, key, now, count);
}
