/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "head.h"

#include "policy/origin.h"

#include <string.h>
#include <strings.h>

/* A longer body than this is not read to the end before it is refused. */
#define DRAIN_MAX ((uint64_t)1024 * 1024)

static const char *const field_names[HTTP_FIELD_COUNT] = {
    [HTTP_HOST] = "host",
    [HTTP_ORIGIN] = "origin",
    [HTTP_CONTENT_TYPE] = "content-type",
    [HTTP_CONTENT_LENGTH] = "content-length",
    [HTTP_TRANSFER_ENCODING] = "transfer-encoding",
    [HTTP_UPGRADE] = "upgrade",
    [HTTP_BEID_AGENT] = "x-beid-agent",
    [HTTP_FETCH_MODE] = "sec-fetch-mode",
};

static const struct {
    const char *path;
    const char *method_name;
    enum http_method method;
    enum api_route route;
} routes[] = {
    {"/v1/status", "GET, OPTIONS", HTTP_GET, API_STATUS},
    {"/v1/events", "GET, OPTIONS", HTTP_GET, API_EVENTS},
    {"/v1/authenticate", "POST, OPTIONS", HTTP_POST, API_AUTHENTICATE},
    {"/v1/step-up", "POST, OPTIONS", HTTP_POST, API_STEP_UP},
    {"/v1/signing-certificate", "POST, OPTIONS", HTTP_POST,
     API_SIGNING_CERTIFICATE},
    {"/v1/sign", "POST, OPTIONS", HTTP_POST, API_SIGN},
};

enum http_method
http_method_of(const char *name)
{
    if (strcmp(name, "GET") == 0) {
        return HTTP_GET;
    }
    if (strcmp(name, "POST") == 0) {
        return HTTP_POST;
    }
    return strcmp(name, "OPTIONS") == 0 ? HTTP_OPTIONS : HTTP_OTHER;
}

/* Letters, digits, and these marks (RFC 9110 §5.6.2). */
static bool
is_token(struct beid_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        int byte = name.ptr[i];
        if (!((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z')
              || (byte >= 'a' && byte <= 'z')
              || (byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL))) {
            return false;
        }
    }
    return name.len > 0;
}

void
http_head_add(struct http_head *head, struct beid_span name,
              struct beid_span value)
{
    head->odd_name = head->odd_name || !is_token(name);
    for (size_t i = 0; i < HTTP_FIELD_COUNT; i++) {
        if (name.len == strlen(field_names[i])
            && strncasecmp((const char *)name.ptr, field_names[i], name.len)
                   == 0) {
            head->fields[i].count++;
            head->fields[i].value = value;
            return;
        }
    }
}

/* Exactly one such field, with exactly this value? */
static bool
is_exactly(const struct http_head *head, enum http_field field,
           const char *value)
{
    return head->fields[field].count == 1
           && beid_span_same(head->fields[field].value, beid_span_str(value));
}

static struct http_judgement
refuse(const char *rule)
{
    return (struct http_judgement){.verdict = HTTP_REFUSE, .rule = rule};
}

static struct http_judgement
error(enum api_error code, const char *reason)
{
    return (struct http_judgement){
        .verdict = HTTP_ERROR, .error = code, .reason = reason};
}

/* What makes two parsers disagree about a request (threats H-01). */
static const char *
ambiguity(const struct http_head *head)
{
    if (!head->http_1_1) {
        return "HTTP/1.1 only";
    }
    if (head->target.len == 0 || head->target.ptr[0] != '/') {
        return "the request target must be a path";
    }
    if (head->fields[HTTP_TRANSFER_ENCODING].count > 0) {
        return "no Transfer-Encoding";
    }
    if (head->fields[HTTP_CONTENT_LENGTH].count > 1) {
        return "one Content-Length only";
    }
    if (head->odd_name) {
        return "a header name is malformed";
    }
    return head->fields[HTTP_UPGRADE].count > 0 ? "no Upgrade" : NULL;
}

/* The announced length; what is no number was refused by the HTTP library. */
static uint64_t
content_length(const struct http_head *head)
{
    struct beid_span digits = head->fields[HTTP_CONTENT_LENGTH].value;
    uint64_t value = 0;
    if (head->fields[HTTP_CONTENT_LENGTH].count == 0) {
        return 0;
    }
    for (size_t i = 0; i < digits.len && value <= DRAIN_MAX; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return UINT64_MAX;
        }
        value = value * 10 + (digits.ptr[i] - (uint64_t)'0');
    }
    return value;
}

static struct http_judgement
judge_body(const struct http_head *head, struct http_judgement routed)
{
    uint64_t len = content_length(head);
    if (head->method == HTTP_POST
        && !is_exactly(head, HTTP_CONTENT_TYPE, "application/json")) {
        return error(API_UNSUPPORTED_MEDIA_TYPE,
                     "Content-Type: application/json is needed");
    }
    if (head->method == HTTP_POST && len > HTTP_BODY_MAX) {
        return error(API_PAYLOAD_TOO_LARGE, "at most 16384 bytes");
    }
    if (head->method != HTTP_POST && len > 0) {
        return error(API_BAD_REQUEST, "no body is expected");
    }
    return routed;
}

static struct http_judgement
judge_route(const struct http_head *head)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!beid_span_same(head->target, beid_span_str(routes[i].path))) {
            continue;
        }
        if (head->method != routes[i].method) {
            struct http_judgement wrong = error(API_METHOD_NOT_ALLOWED, NULL);
            wrong.allow = routes[i].method_name;
            return wrong;
        }
        return judge_body(head,
                          (struct http_judgement){.verdict = HTTP_ROUTE,
                                                  .route = routes[i].route});
    }
    return error(API_NOT_FOUND, NULL);
}

/* The rules behind an accepted origin. */
static struct http_judgement
judge_request(const struct http_head *head)
{
    const char *odd = ambiguity(head);
    if (odd != NULL) {
        struct http_judgement bad = error(API_BAD_REQUEST, odd);
        bad.at_once = true;
        return bad;
    }
    if (head->size > HTTP_HEADERS_MAX) {
        return error(API_HEADERS_TOO_LARGE, "at most 8192 bytes");
    }
    if (head->fields[HTTP_FETCH_MODE].count > 0
        && !is_exactly(head, HTTP_FETCH_MODE, "cors")) {
        return error(API_BAD_REQUEST, "Sec-Fetch-Mode must be cors");
    }
    if (head->method == HTTP_OPTIONS) {
        return (struct http_judgement){.verdict = HTTP_PREFLIGHT};
    }
    if (!is_exactly(head, HTTP_BEID_AGENT, "1")) {
        return error(API_BAD_REQUEST, "the header X-Beid-Agent: 1 is needed");
    }
    return judge_route(head);
}

struct http_judgement
http_judge(const struct http_head *head, bool caller_allowed, uint16_t port,
           const struct policy_portals *portals)
{
    if (!caller_allowed) {
        return refuse("caller_not_allowed");
    }
    if (head->fields[HTTP_HOST].count != 1
        || !policy_host_ours(head->fields[HTTP_HOST].value, port)) {
        return refuse("host_not_allowed");
    }
    if (head->fields[HTTP_ORIGIN].count != 1
        || policy_portals_find(portals, head->fields[HTTP_ORIGIN].value)
               == NULL) {
        return refuse("origin_not_allowed");
    }
    struct http_judgement judgement = judge_request(head);
    if (content_length(head) > DRAIN_MAX) {
        judgement.at_once = true;
    }
    return judgement;
}
