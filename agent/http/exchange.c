/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

struct http_exchange *
http_exchange_new(const char *target)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->target_len = strnlen(target, sizeof exchange->target);
    memcpy(exchange->target, target, exchange->target_len);
    beid_buf_init(&exchange->body, HTTP_BODY_MAX);
    api_reply_init(&exchange->reply);
    beid_buf_init(&exchange->stream, HTTP_STREAM_MAX);
    return exchange;
}

void
http_exchange_free(struct http_exchange **exchange)
{
    if (*exchange != NULL) {
        beid_buf_clear(&(*exchange)->body);
        api_reply_clear(&(*exchange)->reply);
        beid_buf_clear(&(*exchange)->stream);
        free(*exchange);
        *exchange = NULL;
    }
}

void
http_exchange_judge(struct http_exchange *exchange, struct http_head *head,
                    uint16_t port, const struct policy_portals *portals)
{
    struct beid_span origin = head->fields[HTTP_ORIGIN].value;
    head->target = beid_span_of(exchange->target, exchange->target_len);
    exchange->judgement =
        http_judge(head, exchange->link->caller_allowed, port, portals);
    exchange->started = true;
    if (exchange->judgement.verdict != HTTP_REFUSE
        && origin.len < sizeof exchange->origin) {
        memcpy(exchange->origin, origin.ptr, origin.len);
        exchange->origin_len = origin.len;
    }
}

void
http_exchange_body(struct http_exchange *exchange, struct beid_span piece)
{
    if (exchange->judgement.verdict != HTTP_ROUTE) {
        return;
    }
    beid_buf_put(&exchange->body, piece);
}

void
http_exchange_seal(struct http_exchange *exchange)
{
    if (beid_buf_status(&exchange->reply.body) != BEID_OK) {
        beid_buf_reset(&exchange->reply.body);
        exchange->reply.status = 500;
    }
}

void
http_exchange_put(struct http_exchange *exchange, struct beid_span piece,
                  bool end)
{
    beid_buf_put(&exchange->stream, piece);
    exchange->stream_ended = exchange->stream_ended || end;
}

size_t
http_exchange_take(struct http_exchange *exchange, char *out, size_t max)
{
    struct beid_buf *stream = &exchange->stream;
    struct beid_buf rest;
    size_t len = stream->len < max ? stream->len : max;
    if (len == 0) {
        return 0;
    }
    memcpy(out, stream->ptr, len);
    beid_buf_init(&rest, HTTP_STREAM_MAX);
    beid_buf_put(&rest, beid_span_of(stream->ptr + len, stream->len - len));
    enum beid_err failed =
        stream->failed != BEID_OK ? stream->failed : rest.failed;
    beid_buf_clear(stream);
    *stream = rest;
    stream->failed = failed;
    return len;
}

/* An error is told in Dutch when the request did not get to its language. */
static void
fail(struct http_exchange *exchange, struct api *api, enum api_error error,
     const char *reason)
{
    const struct api_problem problem = {
        .error = error, .lang = BEID_LANG_NL, .reason = reason};
    api_fail(api, &problem, &exchange->reply);
}

enum api_outcome
http_exchange_run(struct http_exchange *exchange, struct api *api)
{
    const struct http_judgement *judgement = &exchange->judgement;
    if (judgement->verdict == HTTP_REFUSE) {
        return API_REFUSED;
    }
    if (judgement->verdict == HTTP_PREFLIGHT) {
        exchange->reply.status = 204;
        return API_ANSWERED;
    }
    if (judgement->verdict == HTTP_ERROR) {
        fail(exchange, api, judgement->error, judgement->reason);
        return API_ANSWERED;
    }
    enum beid_err body = beid_buf_status(&exchange->body);
    if (body == BEID_ERR_LIMIT) {
        fail(exchange, api, API_PAYLOAD_TOO_LARGE, "at most 16384 bytes");
        return API_ANSWERED;
    }
    if (body != BEID_OK) {
        fail(exchange, api, API_INTERNAL, NULL);
        return API_ANSWERED;
    }
    const struct api_call call = {
        .route = judgement->route,
        .origin = beid_span_of(exchange->origin, exchange->origin_len),
        .body = beid_buf_span(&exchange->body),
        .ticket = exchange};
    return api_start(api, &call, &exchange->reply);
}
