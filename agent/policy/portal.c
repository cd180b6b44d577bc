/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "portal.h"

#include "origin.h"
#include "portal_draft.h"
#include "restriction.h"

#include <beid/log.h>

#include <stdlib.h>
#include <string.h>

#define PORTALS_MAX 128U

struct policy_portals {
    struct policy_portal list[PORTALS_MAX];
    size_t count;
    struct beid_buf restriction; /* the citizen's own file */
    bool all_blocked;
};

enum beid_err
policy_portals_new(struct policy_portals **out)
{
    struct policy_portals *portals = calloc(1, sizeof *portals);
    if (portals == NULL) {
        return BEID_ERR_MEMORY;
    }
    beid_buf_init(&portals->restriction, POLICY_RESTRICTION_MAX);
    *out = portals;
    return BEID_OK;
}

void
policy_portals_free(struct policy_portals **portals)
{
    if (*portals == NULL) {
        return;
    }
    for (size_t i = 0; i < (*portals)->count; i++) {
        policy_portal_clear(&(*portals)->list[i]);
    }
    beid_buf_clear(&(*portals)->restriction);
    free(*portals);
    *portals = NULL;
}

enum beid_err
policy_portals_restrict(struct policy_portals *portals, struct beid_span text,
                        bool unreadable)
{
    unsigned int line = 0;
    beid_buf_reset(&portals->restriction);
    beid_buf_put(&portals->restriction, text);
    portals->all_blocked = unreadable;
    if (policy_restriction_check(text, &line) != BEID_OK) {
        BEID_LOG_WARN("line %u of the file of blocked portals is not valid: "
                      "all portals are blocked",
                      line);
    }
    return beid_buf_status(&portals->restriction);
}

size_t
policy_portals_count(const struct policy_portals *portals)
{
    return portals->count;
}

const struct policy_portal *
policy_portals_find(const struct policy_portals *portals,
                    struct beid_span origin)
{
    for (size_t i = 0; i < portals->count; i++) {
        const struct policy_portal *portal = &portals->list[i];
        for (size_t j = 0; j < portal->origin_count; j++) {
            if (beid_span_same(origin, beid_span_str(portal->origins[j]))) {
                return portal;
            }
        }
    }
    return NULL;
}

/* Two portals must not speak for one origin: which name would be shown? */
static bool
claimed(const struct policy_portals *portals,
        const struct policy_portal *portal)
{
    for (size_t i = 0; i < portal->origin_count; i++) {
        struct beid_span origin = beid_span_str(portal->origins[i]);
        if (policy_portals_find(portals, origin) != NULL) {
            return true;
        }
    }
    return false;
}

enum beid_err
policy_portals_add(struct policy_portals *portals, const char *file,
                   struct beid_span text, bool development)
{
    struct policy_portal portal = {.development = development};
    unsigned int line = 0;
    if (portals->count == PORTALS_MAX) {
        BEID_LOG_WARN("portal file %s ignored: there are %u already", file,
                      PORTALS_MAX);
        return BEID_ERR_LIMIT;
    }
    enum beid_err err = policy_portal_parse(text, &portal, &line);
    if (err == BEID_OK && !policy_portal_complete(&portal)) {
        BEID_LOG_WARN("portal file %s ignored: it needs a name, an origin and "
                      "allow, and each request key whole",
                      file);
        err = BEID_ERR_FORMAT;
    } else if (err == BEID_OK && claimed(portals, &portal)) {
        BEID_LOG_WARN("portal file %s ignored: another one has its origin",
                      file);
        err = BEID_ERR_FORMAT;
    } else if (err == BEID_ERR_DENIED) {
        BEID_LOG_ERROR("portal file %s, line %u: there are no wildcards", file,
                       line);
    } else if (err != BEID_OK) {
        BEID_LOG_WARN("portal file %s ignored: line %u is not valid (%s)", file,
                      line, beid_err_text(err));
        err = err == BEID_ERR_MEMORY ? err : BEID_ERR_FORMAT;
    }
    if (err != BEID_OK) {
        policy_portal_clear(&portal);
        return err;
    }
    portal.blocked =
        portals->all_blocked
        || policy_restriction_blocks(beid_buf_span(&portals->restriction),
                                     beid_span_str(file));
    portals->list[portals->count] = portal;
    portals->count++;
    return BEID_OK;
}

const char *
policy_portal_name(const struct policy_portal *portal, enum beid_lang lang)
{
    static const enum beid_lang order[] = {BEID_LANG_NL, BEID_LANG_EN,
                                           BEID_LANG_FR, BEID_LANG_DE};
    if (lang < BEID_LANG_COUNT && portal->names[lang] != NULL) {
        return portal->names[lang];
    }
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (portal->names[order[i]] != NULL) {
            return portal->names[order[i]];
        }
    }
    return "";
}

bool
policy_portal_allows(const struct policy_portal *portal,
                     enum policy_operation operation)
{
    return !portal->blocked && (portal->allow & (unsigned int)operation) != 0;
}

bool
policy_portal_blocked(const struct policy_portal *portal)
{
    return portal->blocked;
}

enum beid_wire_environment
policy_portal_environment(const struct policy_portal *portal)
{
    return portal->environment;
}

const struct policy_request_key *
policy_portal_key(const struct policy_portal *portal, struct beid_span kid)
{
    for (size_t i = 0; i < portal->key_count; i++) {
        if (policy_request_key_named(portal->keys[i], kid)) {
            return portal->keys[i];
        }
    }
    return NULL;
}

bool
policy_portal_has_resource(const struct policy_portal *portal,
                           struct beid_span origin, struct beid_span resource)
{
    if (policy_resource_below(resource, origin)) {
        return true;
    }
    for (size_t i = 0; i < portal->resource_origin_count; i++) {
        if (policy_resource_below(resource,
                                  beid_span_str(portal->resource_origins[i]))) {
            return true;
        }
    }
    return false;
}
