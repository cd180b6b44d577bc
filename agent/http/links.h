/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HTTP_LINKS_H
#define BEID_HTTP_LINKS_H

#include "exchange.h"
#include "server.h"

/* Absolute deadlines: a client that trickles bytes gains nothing. */
#define HTTP_HEADER_MS 2000
#define HTTP_BODY_MS 5000
#define HTTP_REPLY_MS 5000

/* All accepted sockets. */
struct http_links {
    struct http_link *first;
    size_t strangers; /* of other users */
};

/* Requests that rest; the epoll tells when their clients leave. */
struct http_pending {
    int epoll;
    struct http_exchange *list[HTTP_CONNECTIONS_MAX];
    size_t count;
};

/* Adds one; false when its socket cannot be watched. */
bool http_pending_add(struct http_pending *pending,
                      struct http_exchange *exchange);

/* Takes it out, if it is in. */
void http_pending_forget(struct http_pending *pending,
                         const struct http_exchange *exchange);

/* The one on this socket; NULL: none. */
struct http_exchange *http_pending_find(const struct http_pending *pending,
                                        int fd);

/*
 * Adds a socket, whose ends and caller are known. One of a stranger gets time
 * for his request while there are few of them, and none after that.
 */
void http_links_add(struct http_links *links, struct http_link *link);

/* Takes it out again, if it was added; it stays the caller's to free. */
void http_links_remove(struct http_links *links, struct http_link *link);

/* The next deadline; BEID_NEVER when there is none. */
int64_t http_links_deadline(const struct http_links *links);

/* Shuts down what is late. */
void http_links_tick(struct http_links *links, int64_t now_ms);

#endif
