/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HTTP_EXCHANGE_H
#define BEID_HTTP_EXCHANGE_H

#include "head.h"
#include "policy/caller.h"
#include "policy/origin.h"

#include <beid/bytes.h>

/* Longer than any path that exists, so that a cut one matches none. */
#define HTTP_TARGET_KEPT 64U

/* Events that a slow client may have to fetch yet. */
#define HTTP_STREAM_MAX 4096U

/* One accepted socket. */
struct http_link {
    struct http_link *next;
    struct http_link **back; /* what points to this one */
    int fd;
    int64_t deadline_ms;
    struct beid_peer_ends ends; /* as the client sees them */
    bool caller_allowed; /* by the kernel's answer right after accept */
};

enum http_stage {
    HTTP_READING, /* the body is still coming */
    HTTP_PENDING, /* suspended, the API will finish it */
    HTTP_READY, /* the reply is there */
    HTTP_STREAMING, /* a stream that has something to send */
    HTTP_GONE /* the client left */
};

/* One request on a socket. */
struct http_exchange {
    struct http_link *link;
    void *connection; /* the HTTP library's */
    void *server;
    enum http_stage stage;
    bool started; /* its headers were judged */
    struct http_judgement judgement;
    size_t target_len;
    char target[HTTP_TARGET_KEPT];
    size_t origin_len;
    char origin[POLICY_ORIGIN_MAX + 1]; /* with a terminator */
    struct beid_buf body;
    struct api_reply reply;
    bool streams;
    bool stream_ended;
    struct beid_buf stream; /* what is still to be sent of it */
};

/* A new exchange for this request target; NULL without memory. */
struct http_exchange *http_exchange_new(const char *target);
void http_exchange_free(struct http_exchange **exchange);

/*
 * Judges the head, keeps the origin if it is accepted, and takes the target
 * from the exchange.
 */
void http_exchange_judge(struct http_exchange *exchange, struct http_head *head,
                         uint16_t port, const struct policy_portals *portals);

/* Keeps a piece of the body, or none of it once it is too large. */
void http_exchange_body(struct http_exchange *exchange, struct beid_span piece);

/*
 * The body is complete: makes the reply of an error or preflight, or asks the
 * API. What API_PENDING and API_REFUSED mean is the caller's to do.
 */
enum api_outcome http_exchange_run(struct http_exchange *exchange,
                                   struct api *api);

/* A reply that found no memory becomes an empty one of status 500. */
void http_exchange_seal(struct http_exchange *exchange);

/*
 * Appends to what a stream still has to send; past HTTP_STREAM_MAX the stream
 * fails, because an event would be missing in it.
 */
void http_exchange_put(struct http_exchange *exchange, struct beid_span piece,
                       bool end);

/* Takes at most max bytes of it; how many. */
size_t http_exchange_take(struct http_exchange *exchange, char *out,
                          size_t max);

#endif
