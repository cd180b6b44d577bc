/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PORTAL_HTTP_H
#define BEID_PORTAL_HTTP_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stddef.h>
#include <stdint.h>

/* An answer of the agent with its chain is far below this. */
#define HTTP_BODY_MAX 65536U
/* So many connections at once, of whomever. */
#define HTTP_CONNECTIONS_MAX 256U
#define HTTP_PAGE_MAX ((size_t)1024 * 1024)
#define HTTP_COOKIE_MAX 200U
#define HTTP_COOKIES 2U
#define HTTP_CHALLENGE_MAX 300U
#define HTTP_LOCATION_MAX 800U
/* Headers that every reply carries, the end included. */
#define HTTP_FIELDS 8U
#define HTTP_DISPOSITION_MAX 100U

/* A whole request; everything is borrowed for the call of the handler. */
struct http_request {
    const char *method;
    const char *path; /* without the query */
    struct beid_span body;
    void *connection;
};

struct http_reply {
    unsigned policy; /* which of the options' headers it carries */
    unsigned status;
    const char *type; /* static */
    char location[HTTP_LOCATION_MAX]; /* Location, or empty */
    const char *cache; /* static Cache-Control */
    char challenge[HTTP_CHALLENGE_MAX]; /* WWW-Authenticate, or empty */
    char disposition[HTTP_DISPOSITION_MAX]; /* of a download, or empty */
    char cookies[HTTP_COOKIES][HTTP_COOKIE_MAX]; /* Set-Cookie, or empty */
    struct beid_buf body;
};

/* Name and value of a header that every reply carries. */
struct http_field {
    const char *name;
    const char *value;
};

/*
 * Fills the reply. It may take its time: each connection has a thread of its
 * own, so that several calls run at once.
 */
typedef void http_handler(void *user, const struct http_request *request,
                          struct http_reply *reply);

struct http_options {
    const char *address; /* IPv4 literal */
    uint16_t port;
    unsigned per_address; /* so many connections may one address have */
    /* So long may a client take to ask, to send the body, to take the answer. */
    unsigned seconds;
    const char *tls_cert; /* PEM text, or NULL for plain HTTP */
    const char *tls_key;
    /* Lists that end with a NULL name, as reply->policy chooses. */
    const struct http_field (*fields)[HTTP_FIELDS];
    http_handler *handler;
    void *user;
};

struct http_server;

/* A header of the request, or NULL. Borrowed as the request is. */
const char *http_request_header(const struct http_request *request,
                                const char *name);

/* The value of a cookie, or NULL. Borrowed likewise. */
const char *http_request_cookie(const struct http_request *request,
                                const char *name);

/* A query parameter, percent-decoded, or NULL. Borrowed likewise. */
const char *http_request_query(const struct http_request *request,
                               const char *name);

/*
 * Listens and serves on threads of its own until http_stop(). options and
 * what it points to must outlive the server. BEID_ERR_ARGUMENT for an
 * address that is none, BEID_ERR_IO when it cannot listen.
 */
enum beid_err http_start(const struct http_options *options,
                         struct http_server **out) BEID_NODISCARD;

/*
 * Accepts nobody any more, lets those who are connected have the answer that
 * they wait for, for half a minute at most, and sets *server to NULL.
 */
void http_stop(struct http_server **server);

#endif
