/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "redis_place.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE_MAX 15U

/* Decimal digits up to end, which is not part of the number. */
static bool
number_parse(const char *text, const char *end, unsigned long max,
             unsigned long *out)
{
    size_t len = (size_t)(end - text);
    if (len == 0 || len > 5 || strspn(text, "0123456789") < len) {
        return false;
    }
    *out = strtoul(text, NULL, 10);
    return *out <= max;
}

static bool
host_copy(struct redis_place *out, const char *from, const char *end)
{
    size_t len = (size_t)(end - from);
    if (len == 0 || len >= sizeof out->host) {
        return false;
    }
    memcpy(out->host, from, len);
    out->host[len] = '\0';
    return true;
}

enum beid_err
redis_place_parse(const char *url, struct redis_place *out)
{
    static const char tcp[] = "redis://";
    static const char local[] = "redis+unix://";
    unsigned long port = 0;
    unsigned long database = 0;
    const char *end = url + strlen(url);
    const char *mark = NULL;
    bool good = false;
    if (strncmp(url, tcp, sizeof tcp - 1) == 0) {
        const char *host = url + sizeof tcp - 1;
        mark = strchr(host, '/');
        const char *stop = mark == NULL ? end : mark;
        const char *colon = memchr(host, ':', (size_t)(stop - host));
        good = colon != NULL && host_copy(out, host, colon)
               && number_parse(colon + 1, stop, UINT16_MAX, &port) && port > 0
               && (mark == NULL
                   || number_parse(mark + 1, end, DATABASE_MAX, &database));
    } else if (strncmp(url, local, sizeof local - 1) == 0) {
        const char *path = url + sizeof local - 1;
        mark = strstr(path, "?db=");
        good = path[0] == '/' && host_copy(out, path, mark == NULL ? end : mark)
               && (mark == NULL
                   || number_parse(mark + 4, end, DATABASE_MAX, &database));
    }
    out->port = (uint16_t)port;
    out->database = (unsigned)database;
    return good ? BEID_OK : BEID_ERR_FORMAT;
}
