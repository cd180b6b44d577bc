/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HTTP_SERVER_H
#define BEID_HTTP_SERVER_H

#include "api/api.h"
#include "policy/caller.h"
#include "sys/peer.h"

#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* Open connections at a time (threats H-02). */
#define HTTP_CONNECTIONS_MAX 600U

struct http_server;

struct http_setup {
    int listener; /* stays the caller's */
    uint16_t port;
    int epoll; /* the loop that watches the sockets of pending requests */
    struct policy_self self; /* read before the sandbox */
    struct beid_peer *peer; /* borrowed */
    struct api *api; /* borrowed */
};

/* Begins to accept connections. BEID_ERR_IO when the library cannot start. */
enum beid_err http_server_new(const struct http_setup *setup,
                              struct http_server **out) BEID_NODISCARD;
void http_server_free(struct http_server **server);

/* Becomes readable when http_server_run() has work. */
int http_server_fd(const struct http_server *server);
void http_server_run(struct http_server *server);

/*
 * The client behind a pending request's socket went away: what the epoll of
 * the setup reported for this descriptor.
 */
void http_server_hangup(struct http_server *server, int fd);

/* The next deadline of a connection; BEID_NEVER when there is none. */
int64_t http_server_deadline(const struct http_server *server);
void http_server_tick(struct http_server *server, int64_t now_ms);

/* The hooks of struct api_hooks; tickets are this server's requests. */
void http_server_finish(void *ticket, const struct api_reply *reply,
                        bool refused);
void http_server_stream(void *ticket, struct beid_span piece, bool end);
bool http_server_caller_allowed(void *ticket);

#endif
