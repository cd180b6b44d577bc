/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "typed.h"

#include "answer.h"
#include "archive.h"
#include "citizen.h"

#include <beid/log.h>
#include <beid/secret.h>

#include <stdlib.h>
#include <string.h>

#define TYPED_VALUES 4U
/* More than the forms take: 400 characters of whatever alphabet. */
#define TYPED_SIZE 1801U

static const char *const names[WISHES][TYPED_VALUES] = {
    [WISH_CONTACT] = {"call_name", "phone", "email", "reach"},
    [WISH_REPORT] = {"field", "right"}};

/* A citizen has one of each kind. */
static struct entry_key
typed_key(const struct visit *visit, enum wish_id id)
{
    return (struct entry_key){visit->session.subject, ARCHIVE_TYPED,
                              wish_kinds[id].name};
}

enum beid_err
typed_keep(struct visit *visit, enum wish_id id)
{
    const struct entry_key key = typed_key(visit, id);
    const char *fields[TYPED_VALUES];
    if (names[id][0] == NULL) {
        return BEID_OK;
    }
    char(*values)[TYPED_SIZE] = calloc(TYPED_VALUES, sizeof *values);
    if (values == NULL) {
        return BEID_ERR_MEMORY;
    }
    for (size_t i = 0; i < TYPED_VALUES; i++) {
        const char *name = names[id][i];
        if (name == NULL
            || answer_field(visit, name, values[i], TYPED_SIZE) == NULL) {
            values[i][0] = '\0';
        }
        fields[i] = values[i];
    }
    enum beid_err err =
        archive_put(visit->site->archive, &key, fields, TYPED_VALUES,
                    visit->now, visit->now + WISH_SECONDS);
    beid_wipe(values, TYPED_VALUES * sizeof *values);
    free(values);
    return err;
}

void
typed_forget(const struct visit *visit, enum wish_id id)
{
    const struct entry_key key = typed_key(visit, id);
    struct entry gone;
    if (archive_take(visit->site->archive, &key, visit->now, &gone)
        == BEID_OK) {
        entry_clear(&gone);
    }
}

bool
typed_wanted(const struct visit *visit)
{
    const char *typed = http_request_query(visit->request, "typed");
    return (typed != NULL && strcmp(typed, "yes") == 0)
           || http_request_query(visit->request, "wrong") != NULL;
}

void
typed_find(struct visit *visit, const char *path)
{
    size_t id = 0;
    while (id < WISHES && strcmp(wish_kinds[id].path, path) != 0) {
        id++;
    }
    if (id == WISHES || names[id][0] == NULL || !typed_wanted(visit)) {
        return;
    }
    const struct entry_key key = typed_key(visit, (enum wish_id)id);
    enum beid_err err =
        archive_get(visit->site->archive, &key, visit->now, &visit->typed);
    visit->typed_names = err == BEID_OK ? names[id] : NULL;
    if (err != BEID_OK && err != BEID_ERR_NOT_FOUND) {
        BEID_LOG_ERROR("what a citizen typed cannot be read");
    }
}

void
typed_clear(struct visit *visit)
{
    if (visit->typed_names != NULL) {
        entry_clear(&visit->typed);
        visit->typed_names = NULL;
    }
}

const char *
typed_value(const struct visit *visit, const char *field)
{
    for (size_t i = 0; visit->typed_names != NULL && i < TYPED_VALUES; i++) {
        const char *name = visit->typed_names[i];
        if (name != NULL && strcmp(name, field) == 0) {
            return visit->typed.fields[i];
        }
    }
    return NULL;
}

const char *
typed_field(const struct visit *visit, const char *field)
{
    const char *typed = typed_value(visit, field);
    return typed == NULL ? citizen_field(visit, field) : typed;
}
