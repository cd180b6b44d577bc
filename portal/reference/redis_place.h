/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_REDIS_PLACE_H
#define BEID_PORTAL_REDIS_PLACE_H

#include <beid/err.h>

#include <stdint.h>

#define REDIS_HOST_SIZE 256U

/* Where a Redis server is, and which of its databases is ours. */
struct redis_place {
    char host[REDIS_HOST_SIZE]; /* or the path of a socket, with port 0 */
    uint16_t port;
    unsigned database;
};

/*
 * Reads redis://HOST:PORT[/DB] or redis+unix:///PATH[?db=DB]. BEID_ERR_FORMAT
 * for anything else.
 */
enum beid_err redis_place_parse(const char *url,
                                struct redis_place *out) BEID_NODISCARD;

#endif
