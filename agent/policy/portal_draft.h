/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_PORTAL_DRAFT_H
#define BEID_POLICY_PORTAL_DRAFT_H

#include "portal.h"
#include "request_key.h"

#define POLICY_ORIGINS_MAX 16U
#define POLICY_REQUEST_KEYS_MAX 4U

/* A portal while it is read, and as the list keeps it. */
struct policy_portal {
    char *names[BEID_LANG_COUNT]; /* NULL where the file has none */
    char *origins[POLICY_ORIGINS_MAX];
    size_t origin_count;
    char *resource_origins[POLICY_ORIGINS_MAX];
    size_t resource_origin_count;
    struct policy_request_key *keys[POLICY_REQUEST_KEYS_MAX];
    size_t key_count;
    unsigned int allow; /* bits of enum policy_operation */
    enum beid_wire_environment environment;
    bool environment_set;
    bool development;
    bool blocked; /* by the citizen */
};

void policy_portal_clear(struct policy_portal *portal);

/*
 * Takes one key and value of a portal file. BEID_ERR_FORMAT for an unknown
 * key, a bad or repeated value, BEID_ERR_DENIED for a '*', BEID_ERR_LIMIT for
 * too many, BEID_ERR_MEMORY.
 */
enum beid_err policy_portal_set(struct policy_portal *portal, const char *key,
                                const char *value) BEID_NODISCARD;

/*
 * Has it all that a portal needs: a name, an origin, an operation, and whole
 * request keys?
 */
bool policy_portal_complete(const struct policy_portal *portal);

/*
 * Reads the INI text into the cleared *portal. The line number of the first
 * problem comes back in *line (0: the file as a whole).
 */
enum beid_err policy_portal_parse(struct beid_span text,
                                  struct policy_portal *portal,
                                  unsigned int *line) BEID_NODISCARD;

#endif
