/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HTTP_HEAD_H
#define BEID_HTTP_HEAD_H

#include "api/api.h"

#include <beid/bytes.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEADERS_MAX 8192U
#define HTTP_BODY_MAX 16384U

enum http_method {
    HTTP_GET,
    HTTP_POST,
    HTTP_OPTIONS,
    HTTP_OTHER
};

/* The header fields that are looked at. */
enum http_field {
    HTTP_HOST,
    HTTP_ORIGIN,
    HTTP_CONTENT_TYPE,
    HTTP_CONTENT_LENGTH,
    HTTP_TRANSFER_ENCODING,
    HTTP_UPGRADE,
    HTTP_BEID_AGENT,
    HTTP_FETCH_MODE,
    HTTP_FIELD_COUNT
};

/* What is known of a request before its body; spans are borrowed. */
struct http_head {
    enum http_method method;
    bool http_1_1;
    struct beid_span target; /* as it stood in the request line */
    size_t size; /* request line and header fields, bytes */
    bool odd_name; /* a field name that is no token (RFC 9110 §5.1) */
    struct {
        unsigned int count;
        struct beid_span value; /* of the last one */
    } fields[HTTP_FIELD_COUNT];
};

enum http_verdict {
    HTTP_REFUSE, /* the bare 403 */
    HTTP_ERROR, /* an error with CORS headers */
    HTTP_PREFLIGHT, /* 204 */
    HTTP_ROUTE
};

struct http_judgement {
    enum http_verdict verdict;
    const char *rule; /* HTTP_REFUSE: which one fired, for the log alone */
    enum api_error error; /* HTTP_ERROR */
    const char *reason; /* HTTP_ERROR: English, static; may be NULL */
    const char *allow; /* 405: the method that is allowed */
    bool at_once; /* HTTP_ERROR: answer without reading a body */
    enum api_route route; /* HTTP_ROUTE */
};

/* The method's name to its value. */
enum http_method http_method_of(const char *name);

/* Counts one header field and keeps its value if it is one of ours. */
void http_head_add(struct http_head *head, struct beid_span name,
                   struct beid_span value);

/*
 * The rules of design §4, in their order: first those that end in the bare
 * refusal, then those whose error a portal's developer may see. Pure.
 * caller_allowed: what the kernel says of the calling socket.
 */
struct http_judgement http_judge(const struct http_head *head,
                                 bool caller_allowed, uint16_t port,
                                 const struct policy_portals *portals);

#endif
