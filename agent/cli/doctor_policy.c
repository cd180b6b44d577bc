/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_ROOM 512U
#define ANY_SCHEME "://"
#define SUBDOMAINS "[*.]"

/* The parts of an origin, or of a pattern for one; borrowed. */
struct place {
    struct beid_span scheme; /* empty: any */
    struct beid_span host;
    struct beid_span port; /* empty: any */
    bool subdomains; /* of the host as well */
};

static struct beid_span
until(const char *from, const char *end)
{
    return beid_span_of((const uint8_t *)from, (size_t)(end - from));
}

/* "scheme://[*.]host:port/", where all but the host may be missing. */
static struct place
place_of(const char *text)
{
    struct place place = {.subdomains = false};
    const char *mark = strstr(text, ANY_SCHEME);
    if (mark != NULL) {
        place.scheme = until(text, mark);
        text = mark + strlen(ANY_SCHEME);
    }
    if (strncmp(text, SUBDOMAINS, strlen(SUBDOMAINS)) == 0) {
        place.subdomains = true;
        text += strlen(SUBDOMAINS);
    }
    const char *end = text + strcspn(text, ":/");
    place.host = until(text, end);
    if (*end == ':') {
        place.port = until(end + 1, end + 1 + strcspn(end + 1, "/"));
    }
    return place;
}

static bool
is_any(struct beid_span part)
{
    return part.len == 0 || beid_span_same(part, beid_span_str("*"));
}

static bool
host_fits(const struct place *pattern, struct beid_span host)
{
    if (beid_span_same(pattern->host, host)
        || (pattern->subdomains && is_any(pattern->host))
        || beid_span_same(pattern->host, beid_span_str("*"))) {
        return true;
    }
    size_t len = pattern->host.len;
    return pattern->subdomains && host.len > len
           && host.ptr[host.len - len - 1] == '.'
           && memcmp(host.ptr + host.len - len, pattern->host.ptr, len) == 0;
}

/* An origin without a port has that of its scheme. */
static struct beid_span
port_of(const struct place *place)
{
    if (place->port.len > 0) {
        return place->port;
    }
    return beid_span_str(
        beid_span_same(place->scheme, beid_span_str("https")) ? "443" : "80");
}

static bool
fits(const char *pattern, const char *origin)
{
    const struct place rule = place_of(pattern);
    const struct place page = place_of(origin);
    return (is_any(rule.scheme) || beid_span_same(rule.scheme, page.scheme))
           && host_fits(&rule, page.host)
           && (is_any(rule.port) || beid_span_same(rule.port, port_of(&page)));
}

/* Takes the string whose quote is before *text, without its escapes. */
static bool
take_string(const char **text, char out[DOCTOR_ORIGIN_MAX])
{
    size_t len = 0;
    const char *at = *text;
    while (*at != '\0' && *at != '"') {
        at += *at == '\\' && at[1] != '\0' ? 1 : 0;
        if (len + 1 < DOCTOR_ORIGIN_MAX) {
            out[len++] = *at;
        }
        at++;
    }
    out[len] = '\0';
    *text = *at == '"' ? at + 1 : at;
    return *at == '"';
}

static void
skip_space(const char **text)
{
    while (isspace((unsigned char)**text) != 0) {
        (*text)++;
    }
}

/* Is one of the patterns in the array that begins here about the origin? */
static bool
list_names(const char *text, const char *origin)
{
    char pattern[DOCTOR_ORIGIN_MAX];
    while (*text != '\0' && *text != ']') {
        if (*text++ == '"' && take_string(&text, pattern)
            && fits(pattern, origin)) {
            return true;
        }
    }
    return false;
}

/* Allowing rules change nothing here: a blocking one is stronger. */
static bool
chromium_forbids(const char *text, const char *origin)
{
    char key[DOCTOR_ORIGIN_MAX];
    while (*text != '\0') {
        if (*text++ != '"' || !take_string(&text, key)) {
            continue;
        }
        skip_space(&text);
        if (*text != ':'
            || (strcmp(key, "LoopbackNetworkBlockedForUrls") != 0
                && strcmp(key, "LocalNetworkAccessBlockedForUrls") != 0)) {
            continue;
        }
        text++;
        skip_space(&text);
        if (*text == '[' && list_names(text, origin)) {
            return true;
        }
    }
    return false;
}

/*
 * Firefox has no rule of policies.json that forbids: LocalNetworkAccess makes
 * it ask, or not. What an administrator can set is the answer it starts from.
 */
static bool
firefox_forbids(const char *text)
{
    static const char name[] = "\"permissions.default.loopback-network\"";
    const char *at = strstr(text, name);
    if (at == NULL) {
        return false;
    }
    at += sizeof name - 1;
    skip_space(&at);
    at += *at == ',' ? 1 : 0;
    skip_space(&at);
    return *at == '2';
}

bool
doctor_policy_forbids(const char *text, const char *origin)
{
    return chromium_forbids(text, origin) || firefox_forbids(text);
}

static bool
has_suffix(const char *name, const char *suffix)
{
    size_t len = strlen(name);
    size_t end = strlen(suffix);
    return len > end && strcmp(name + len - end, suffix) == 0;
}

static void
judge_file(const char *path, const char *shown,
           const struct portal_files *portals, struct doctor_facts *out)
{
    char *text = doctor_load(path);
    for (size_t i = 0; text != NULL && i < portals->count; i++) {
        const struct policy_portal *portal = &portals->file[i].portal;
        for (size_t j = 0; j < portal->origin_count; j++) {
            if (out->policy[0] == '\0'
                && doctor_policy_forbids(text, portal->origins[j])) {
                (void)snprintf(out->policy, sizeof out->policy, "%.120s",
                               shown);
                (void)snprintf(out->policy_origin, sizeof out->policy_origin,
                               "%.250s", portal->origins[j]);
            }
        }
    }
    free(text);
}

static void
look_folder(const char *root, const char *folder,
            const struct portal_files *portals, struct doctor_facts *out)
{
    char path[PATH_ROOM];
    int len = snprintf(path, sizeof path, "%s%s", root, folder);
    DIR *dir = len > 0 && (size_t)len < sizeof path ? opendir(path) : NULL;
    if (dir == NULL) {
        return;
    }
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, own stream */
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            break;
        }
        len =
            snprintf(path, sizeof path, "%s%s/%s", root, folder, entry->d_name);
        if (len > 0 && (size_t)len < sizeof path
            && (has_suffix(entry->d_name, ".json")
                || has_suffix(entry->d_name, ".js")
                || has_suffix(entry->d_name, ".cfg"))) {
            judge_file(path, path + strlen(root), portals, out);
        }
    }
    (void)closedir(dir);
}

void
doctor_look_policies(const char *root, const struct portal_files *portals,
                     struct doctor_facts *out)
{
    static const char *const folders[] = {"/etc/chromium/policies/managed",
                                          "/etc/opt/chrome/policies/managed",
                                          "/etc/opt/edge/policies/managed",
                                          "/etc/brave/policies/managed",
                                          "/etc/firefox-esr",
                                          "/etc/firefox/defaults/pref",
                                          "/usr/lib/firefox",
                                          "/usr/lib/firefox/defaults/pref",
                                          "/usr/lib64/firefox",
                                          "/usr/lib64/firefox/defaults/pref",
                                          "/usr/lib/firefox-esr",
                                          "/usr/lib/firefox-esr/defaults/pref"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        look_folder(root, folders[i], portals, out);
    }
}
