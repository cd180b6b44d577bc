/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_WEB_H
#define BEID_VIRTUAL_WEB_H

#include <beid/bytes.h>

#include <stdint.h>

/* A small HTTP server on 127.0.0.1, turned by somebody's poll loop. */
struct web;

#define WEB_BODY_MAX 16384U
#define WEB_ANSWER_MAX ((size_t)4 * 1024 * 1024)

struct web_request {
    const char *path; /* percent signs are decoded */
    bool post;
    struct beid_span body;
};

struct web_answer {
    unsigned status; /* 200 */
    const char *type; /* media type, static; NULL: none */
    struct beid_buf body;
};

typedef void web_handler(void *ctx, const struct web_request *request,
                         struct web_answer *answer);

/* Listens; port 0 is any free one. BEID_ERR_IO: the port is taken. */
enum beid_err web_start(unsigned port, web_handler *handler, void *ctx,
                        struct web **out) BEID_NODISCARD;

/* Ends; accepts NULL; sets *web to NULL. */
void web_stop(struct web **web);

/* The port, and the descriptor that is readable when a turn is due. */
unsigned web_port(const struct web *web);
int web_fd(const struct web *web);

/* Serves what has arrived. The next turn is due in that time; -1: none is. */
int web_turn(struct web *web);

#endif
