/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_PORTAL_H
#define BEID_POLICY_PORTAL_H

#include "po/text.h"
#include "request_key.h"
#include "wire/wire.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>

#define POLICY_PORTAL_FILE_MAX 65536U

/* What a portal may ask for; bits of struct policy_portal.allow. */
enum policy_operation {
    POLICY_AUTHENTICATE = 1,
    POLICY_STEP_UP = 2,
    POLICY_SIGNING_CERTIFICATE = 4,
    POLICY_SIGN = 8
};

struct policy_portal;

/* The portals that are accepted. */
struct policy_portals;

/* An empty list; BEID_ERR_MEMORY. */
enum beid_err policy_portals_new(struct policy_portals **out) BEID_NODISCARD;
void policy_portals_free(struct policy_portals **portals);

/*
 * Reads one portal file (design §4 "Portals") into the list. file is its name
 * for the log. With development the origins must be on localhost.
 * BEID_ERR_FORMAT: the file is not valid or names an origin that the list has
 * already; it adds nothing, the reason was logged. BEID_ERR_LIMIT: likewise,
 * the list is full. BEID_ERR_DENIED: it
 * contains a '*': whoever wrote it expects a wildcard, so nothing may start.
 */
enum beid_err policy_portals_add(struct policy_portals *portals,
                                 const char *file, struct beid_span text,
                                 bool development) BEID_NODISCARD;

/*
 * What the citizen's own file says about the portals that are added after
 * this (restriction.h); unreadable blocks them all. BEID_ERR_MEMORY.
 */
enum beid_err policy_portals_restrict(struct policy_portals *portals,
                                      struct beid_span text,
                                      bool unreadable) BEID_NODISCARD;

/* How many portals there are. */
size_t policy_portals_count(const struct policy_portals *portals);

/*
 * The portal that lists exactly these bytes as an origin, borrowed from the
 * list; NULL when there is none.
 */
const struct policy_portal *
policy_portals_find(const struct policy_portals *portals,
                    struct beid_span origin);

/* The portal's name for people, UTF-8; falls back to a language it has. */
const char *policy_portal_name(const struct policy_portal *portal,
                               enum beid_lang lang);

/* Did the citizen block it? It is then allowed nothing. */
bool policy_portal_blocked(const struct policy_portal *portal);
bool policy_portal_allows(const struct policy_portal *portal,
                          enum policy_operation operation);
enum beid_wire_environment
policy_portal_environment(const struct policy_portal *portal);

/* The key of this name that the portal signs requests with; NULL: none. */
const struct policy_request_key *
policy_portal_key(const struct policy_portal *portal, struct beid_span kid);

/* Does the page at this URL belong to origin or to a resource-origin? */
bool policy_portal_has_resource(const struct policy_portal *portal,
                                struct beid_span origin,
                                struct beid_span resource);

/* "authenticate" and so on: the words of allow= and of the API. */
const char *policy_operation_word(enum policy_operation operation);

/* "production", "acceptance" or "test". */
const char *policy_environment_word(enum beid_wire_environment environment);

#endif
