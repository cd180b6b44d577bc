/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "people.h"

#include <beid/secret.h>

#include <string.h>

static const char number_field[] = ".national_number";

/* The length of the id when this line names a national number, else 0. */
static size_t
id_length(const char *key)
{
    const char *dot = strchr(key, '.');
    return dot != NULL && strcmp(dot, number_field) == 0 ? (size_t)(dot - key)
                                                         : 0;
}

static enum beid_err
person_add(struct people *out, const struct text *line, size_t id_len,
           const uint8_t key[PSEUDONYM_KEY_SIZE])
{
    if (out->count == PEOPLE_MAX || id_len >= PERSON_ID_SIZE) {
        return BEID_ERR_LIMIT;
    }
    struct person *person = &out->items[out->count];
    memcpy(person->id, line->key, id_len);
    person->id[id_len] = '\0';
    enum beid_err err = pseudonym_make(key, line->value, person->subject);
    /* The text lies in our own buffer. */
    uint8_t *number =
        out->texts.file.ptr + (line->value - (const char *)out->texts.file.ptr);
    beid_wipe(number, strlen(line->value));
    out->count++;
    return err;
}

enum beid_err
people_load(const char *path, const uint8_t key[PSEUDONYM_KEY_SIZE],
            struct people *out)
{
    out->count = 0;
    enum beid_err err = texts_load(NULL, path, &out->texts);
    for (size_t i = 0; err == BEID_OK && i < out->texts.count; i++) {
        size_t id_len = id_length(out->texts.items[i].key);
        if (id_len > 0) {
            err = person_add(out, &out->texts.items[i], id_len, key);
        }
    }
    if (err != BEID_OK) {
        people_clear(out);
    }
    return err;
}

void
people_clear(struct people *people)
{
    texts_clear(&people->texts);
    people->count = 0;
}

const struct person *
people_by_id(const struct people *people, const char *id)
{
    for (size_t i = 0; i < people->count; i++) {
        if (strcmp(people->items[i].id, id) == 0) {
            return &people->items[i];
        }
    }
    return NULL;
}

const struct person *
people_by_subject(const struct people *people, const char *subject)
{
    for (size_t i = 0; i < people->count; i++) {
        if (strcmp(people->items[i].subject, subject) == 0) {
            return &people->items[i];
        }
    }
    return NULL;
}

const char *
people_field(const struct people *people, const struct person *person,
             const char *field)
{
    size_t id_len = person == NULL ? 0 : strlen(person->id);
    for (size_t i = 0; person != NULL && i < people->texts.count; i++) {
        const struct text *line = &people->texts.items[i];
        if (strncmp(line->key, person->id, id_len) == 0
            && line->key[id_len] == '.'
            && strcmp(line->key + id_len + 1, field) == 0) {
            return line->value;
        }
    }
    return "";
}
