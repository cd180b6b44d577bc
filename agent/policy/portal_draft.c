/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "portal_draft.h"

#include "origin.h"
#include "shown.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    enum policy_operation operation;
} operations[] = {{"authenticate", POLICY_AUTHENTICATE},
                  {"step-up", POLICY_STEP_UP},
                  {"signing-certificate", POLICY_SIGNING_CERTIFICATE},
                  {"sign", POLICY_SIGN}};

static const char *const environments[] = {"production", "acceptance", "test"};

const char *
policy_operation_word(enum policy_operation operation)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (operations[i].operation == operation) {
            return operations[i].word;
        }
    }
    return "";
}

const char *
policy_environment_word(enum beid_wire_environment environment)
{
    return environments[environment];
}

void
policy_portal_clear(struct policy_portal *portal)
{
    for (size_t i = 0; i < BEID_LANG_COUNT; i++) {
        free(portal->names[i]);
    }
    for (size_t i = 0; i < portal->origin_count; i++) {
        free(portal->origins[i]);
    }
    for (size_t i = 0; i < portal->resource_origin_count; i++) {
        free(portal->resource_origins[i]);
    }
    for (size_t i = 0; i < portal->key_count; i++) {
        policy_request_key_free(&portal->keys[i]);
    }
    *portal = (struct policy_portal){0};
}

static enum beid_err
copy(const char *value, char **out)
{
    char *made = strdup(value);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    *out = made;
    return BEID_OK;
}

static enum beid_err
set_name(struct policy_portal *portal, const char *code, const char *value)
{
    enum beid_lang lang = BEID_LANG_EN;
    struct beid_span text = beid_span_str(value);
    if (beid_lang_parse(beid_span_str(code), &lang) != BEID_OK
        || portal->names[lang] != NULL || text.len == 0
        || text.len > BEID_WIRE_NAME_MAX || !policy_text_shown(text)) {
        return BEID_ERR_FORMAT;
    }
    return copy(value, &portal->names[lang]);
}

static enum beid_err
add_origin(const char *value, bool development, char **list, size_t *count)
{
    struct beid_span origin = beid_span_str(value);
    if (!(development ? policy_origin_development(origin)
                      : policy_origin_portal(origin))) {
        return BEID_ERR_FORMAT;
    }
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i], value) == 0) {
            return BEID_ERR_FORMAT;
        }
    }
    if (*count == POLICY_ORIGINS_MAX) {
        return BEID_ERR_LIMIT;
    }
    enum beid_err err = copy(value, &list[*count]);
    *count += err == BEID_OK ? 1 : 0;
    return err;
}

static enum beid_err
set_one_allow(struct policy_portal *portal, struct beid_span word)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (beid_span_same(word, beid_span_str(operations[i].word))
            && (portal->allow & operations[i].operation) == 0) {
            portal->allow |= operations[i].operation;
            return BEID_OK;
        }
    }
    return BEID_ERR_FORMAT;
}

/* allow=authenticate, step-up: commas or spaces between, or repeated keys. */
static enum beid_err
set_allow(struct policy_portal *portal, const char *value)
{
    enum beid_err err = BEID_ERR_FORMAT;
    while (*value != '\0') {
        size_t gap = strspn(value, ", ");
        size_t len = strcspn(value + gap, ", ");
        if (len > 0) {
            err = set_one_allow(portal, beid_span_of(value + gap, len));
            if (err != BEID_OK) {
                return err;
            }
        }
        value += gap + len;
    }
    return err;
}

static enum beid_err
set_environment(struct policy_portal *portal, const char *value)
{
    size_t count = sizeof environments / sizeof environments[0];
    for (size_t i = 0; i < count && !portal->environment_set; i++) {
        if (strcmp(value, environments[i]) == 0) {
            portal->environment = (enum beid_wire_environment)i;
            portal->environment_set = true;
            return BEID_OK;
        }
    }
    return BEID_ERR_FORMAT;
}

/* The key of this name, made when it is the first time it is mentioned. */
static enum beid_err
find_key(struct policy_portal *portal, const char *name,
         struct policy_request_key **out)
{
    struct beid_span kid = beid_span_str(name);
    for (size_t i = 0; i < portal->key_count; i++) {
        if (policy_request_key_named(portal->keys[i], kid)) {
            *out = portal->keys[i];
            return BEID_OK;
        }
    }
    if (!policy_kid_valid(kid)) {
        return BEID_ERR_FORMAT;
    }
    if (portal->key_count == POLICY_REQUEST_KEYS_MAX) {
        return BEID_ERR_LIMIT;
    }
    enum beid_err err = policy_request_key_new(kid, out);
    if (err == BEID_OK) {
        portal->keys[portal->key_count] = *out;
        portal->key_count++;
    }
    return err;
}

/* request-key.KID has its PEM in as many lines, libinih gives one by one. */
static enum beid_err
set_key(struct policy_portal *portal, const char *kid, const char *line)
{
    struct policy_request_key *key = NULL;
    enum beid_err err = find_key(portal, kid, &key);
    return err == BEID_OK ? policy_request_key_line(key, line) : err;
}

static enum beid_err
set_key_algorithm(struct policy_portal *portal, const char *kid,
                  const char *value)
{
    struct policy_request_key *key = NULL;
    enum beid_err err = find_key(portal, kid, &key);
    return err == BEID_OK ? policy_request_key_algorithm(key, value) : err;
}

enum beid_err
policy_portal_set(struct policy_portal *portal, const char *key,
                  const char *value)
{
    static const char name_prefix[] = "name.";
    static const char key_prefix[] = "request-key.";
    static const char algorithm_prefix[] = "request-algorithm.";
    if (strchr(value, '*') != NULL) {
        return BEID_ERR_DENIED;
    }
    if (strncmp(key, name_prefix, strlen(name_prefix)) == 0) {
        return set_name(portal, key + strlen(name_prefix), value);
    }
    if (strncmp(key, key_prefix, strlen(key_prefix)) == 0) {
        return set_key(portal, key + strlen(key_prefix), value);
    }
    if (strncmp(key, algorithm_prefix, strlen(algorithm_prefix)) == 0) {
        return set_key_algorithm(portal, key + strlen(algorithm_prefix), value);
    }
    if (strcmp(key, "origin") == 0) {
        return add_origin(value, portal->development, portal->origins,
                          &portal->origin_count);
    }
    if (strcmp(key, "resource-origin") == 0) {
        return add_origin(value, portal->development, portal->resource_origins,
                          &portal->resource_origin_count);
    }
    if (strcmp(key, "allow") == 0) {
        return set_allow(portal, value);
    }
    if (strcmp(key, "environment") == 0) {
        return set_environment(portal, value);
    }
    return BEID_ERR_FORMAT;
}

bool
policy_portal_complete(const struct policy_portal *portal)
{
    bool named = false;
    for (size_t i = 0; i < BEID_LANG_COUNT; i++) {
        named = named || portal->names[i] != NULL;
    }
    for (size_t i = 0; i < portal->key_count; i++) {
        if (!policy_request_key_complete(portal->keys[i])) {
            return false;
        }
    }
    return named && portal->origin_count > 0 && portal->allow != 0;
}
