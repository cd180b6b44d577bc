/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "links.h"
#include "refusal_log.h"
#include "sys/clock.h"

#include <beid/log.h>

#include <microhttpd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define STREAM_BLOCK 1024U

/* Holds 8 KiB of headers in any shape, and what the library makes of them. */
#define CONNECTION_MEMORY 65536U

/* From 1.0 on about bare line feeds, folded lines, spaces before colons; before,
 * it gives a request without Host the library's error page, not our refusal. */
#if MHD_VERSION >= 0x01000000
#define STRICTNESS 1
#else
#define STRICTNESS 0
#endif

struct http_server {
    struct http_setup setup;
    struct MHD_Daemon *daemon;
    struct policy_self self;
    struct http_links links;
    struct http_pending pending;
    struct http_refusal_log refusals;
};

static bool
ask_kernel(const struct http_server *server, const struct http_link *link)
{
    struct beid_peer_info info = {0};
    return beid_peer_ask(server->setup.peer, &link->ends, &info) == BEID_OK
           && policy_caller_allowed(&server->self, &info);
}

static void
link_open(struct http_server *server, struct MHD_Connection *connection,
          void **socket_context)
{
    /* From 1.0 on, one place holds each answer until the next question. */
    const union MHD_ConnectionInfo *told =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int fd = told == NULL ? -1 : told->connect_fd;
    told =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr_in address;
    struct http_link *link = calloc(1, sizeof *link);
    *socket_context = link;
    if (link == NULL || fd < 0 || told == NULL
        || told->client_addr->sa_family != AF_INET) {
        return;
    }
    memcpy(&address, told->client_addr, sizeof address);
    link->fd = fd;
    link->ends =
        (struct beid_peer_ends){.local_address = ntohl(address.sin_addr.s_addr),
                                .local_port = ntohs(address.sin_port),
                                .remote_address = INADDR_LOOPBACK,
                                .remote_port = server->setup.port};
    link->caller_allowed = ask_kernel(server, link);
    http_links_add(&server->links, link);
}

static void
link_close(struct http_server *server, void **socket_context)
{
    struct http_link *link = *socket_context;
    http_links_remove(&server->links, link);
    free(link);
    *socket_context = NULL;
}

static void
on_connection(void *cls, struct MHD_Connection *connection,
              void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        link_open(cls, connection, socket_context);
    } else {
        link_close(cls, socket_context);
    }
}

int64_t
http_server_deadline(const struct http_server *server)
{
    return http_links_deadline(&server->links);
}

void
http_server_tick(struct http_server *server, int64_t now_ms)
{
    http_links_tick(&server->links, now_ms);
}

static bool
add(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

/* CORS: exactly this origin, nothing cached, nothing but what is needed. */
static bool
add_cors(struct MHD_Response *response, const struct http_exchange *exchange)
{
    bool ok = add(response, "Access-Control-Allow-Origin", exchange->origin)
              && add(response, "Vary", "Origin")
              && add(response, "Access-Control-Max-Age", "0")
              && add(response, "Access-Control-Expose-Headers", "Retry-After");
    if (exchange->judgement.verdict == HTTP_PREFLIGHT) {
        ok = ok && add(response, "Access-Control-Allow-Methods", "GET, POST")
             && add(response, "Access-Control-Allow-Headers",
                    "content-type, x-beid-agent");
    }
    return ok;
}

static bool
add_details(struct MHD_Response *response, const struct http_exchange *exchange)
{
    const struct api_reply *reply = &exchange->reply;
    bool ok = add(response, "Cache-Control", "no-store");
    if (reply->body.len > 0) {
        ok =
            ok
            && add(response, "Content-Type",
                   exchange->streams ? "text/event-stream" : "application/json")
            && add(response, "X-Content-Type-Options", "nosniff");
    }
    if (reply->retry_after_ms > 0) {
        char seconds[32];
        (void)snprintf(seconds, sizeof seconds, "%lld",
                       (long long)((reply->retry_after_ms + 999) / 1000));
        ok = ok && add(response, "Retry-After", seconds);
    }
    if (exchange->judgement.verdict == HTTP_ERROR
        && exchange->judgement.allow != NULL) {
        ok = ok && add(response, "Allow", exchange->judgement.allow);
    }
    return ok;
}

static enum MHD_Result
queue(struct MHD_Connection *connection, struct http_exchange *exchange,
      unsigned int status, struct MHD_Response *response, bool complete)
{
    enum MHD_Result result = MHD_NO;
    exchange->link->deadline_ms = beid_clock_ms() + HTTP_REPLY_MS;
    if (response == NULL) {
        return MHD_NO;
    }
    if (complete && add(response, "Connection", "close")) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
send_reply(struct MHD_Connection *connection, struct http_exchange *exchange)
{
    struct beid_buf *body = &exchange->reply.body;
    http_exchange_seal(exchange);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->len, body->ptr, MHD_RESPMEM_MUST_COPY);
    return queue(connection, exchange, exchange->reply.status, response,
                 response != NULL && add_cors(response, exchange)
                     && add_details(response, exchange));
}

/* The one refusal: the same bytes whatever rule fired. */
static enum MHD_Result
send_refusal(struct MHD_Connection *connection, struct http_exchange *exchange)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    return queue(connection, exchange, MHD_HTTP_FORBIDDEN, response, true);
}

static enum MHD_Result
on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
          const char *value, size_t value_len)
{
    (void)kind;
    http_head_add(cls, beid_span_of(name, name_len),
                  beid_span_of(value, value_len));
    return MHD_YES;
}

static void
judge(struct http_server *server, struct MHD_Connection *connection,
      const char *method, const char *version, struct http_exchange *exchange)
{
    struct http_head head = {.method = http_method_of(method),
                             .http_1_1 = strcmp(version, "HTTP/1.1") == 0};
    const union MHD_ConnectionInfo *size = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    head.size = size == NULL ? SIZE_MAX : size->header_size;
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header,
                                      &head);
    http_exchange_judge(exchange, &head, server->setup.port,
                        api_portals(server->setup.api));
    if (exchange->judgement.verdict == HTTP_REFUSE) {
        http_refusal_log(&server->refusals, exchange->judgement.rule,
                         beid_clock_ms());
    }
    exchange->link->deadline_ms = beid_clock_ms() + HTTP_BODY_MS;
}

/* Rests until there is something to send, or the client leaves. */
static void
park(struct http_server *server, struct http_exchange *exchange)
{
    exchange->stage = HTTP_PENDING;
    exchange->link->deadline_ms = BEID_NEVER;
    MHD_suspend_connection(exchange->connection);
    if (!http_pending_add(&server->pending, exchange)) {
        http_server_hangup(server, exchange->link->fd);
    }
}

/* The library wants more of a stream. */
static ssize_t
on_stream(void *cls, uint64_t position, char *out, size_t max)
{
    struct http_exchange *exchange = cls;
    (void)position;
    size_t len = http_exchange_take(exchange, out, max);
    if (exchange->stage == HTTP_GONE
        || beid_buf_status(&exchange->stream) != BEID_OK) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (len > 0) {
        return (ssize_t)len;
    }
    if (exchange->stream_ended) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    park(exchange->server, exchange);
    return 0;
}

static enum MHD_Result
send_stream(struct MHD_Connection *connection, struct http_exchange *exchange)
{
    exchange->streams = true;
    exchange->stage = HTTP_STREAMING;
    http_exchange_put(exchange, beid_buf_span(&exchange->reply.body), false);
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_stream, exchange, NULL);
    return queue(connection, exchange, exchange->reply.status, response,
                 response != NULL && add_cors(response, exchange)
                     && add_details(response, exchange));
}

static enum MHD_Result
run(struct http_server *server, struct MHD_Connection *connection,
    struct http_exchange *exchange)
{
    if (exchange->stage == HTTP_GONE) {
        return MHD_NO;
    }
    if (exchange->stage == HTTP_READY) {
        return exchange->judgement.verdict == HTTP_REFUSE
                   ? send_refusal(connection, exchange)
                   : send_reply(connection, exchange);
    }
    switch (http_exchange_run(exchange, server->setup.api)) {
    case API_ANSWERED:
        return send_reply(connection, exchange);
    case API_PENDING:
        park(server, exchange);
        return MHD_YES;
    case API_STREAM:
        return send_stream(connection, exchange);
    case API_REFUSED:
        break;
    }
    return send_refusal(connection, exchange);
}

/* NOLINTBEGIN(readability-function-size): the library's prototype */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *connection, const char *url,
           const char *method, const char *version, const char *upload_data,
           size_t *upload_data_size, void **request)
{
    struct http_server *server = cls;
    struct http_exchange *exchange = *request;
    (void)url;
    if (exchange == NULL || exchange->link == NULL
        || exchange->link->back == NULL) {
        return MHD_NO;
    }
    if (!exchange->started) {
        judge(server, connection, method, version, exchange);
        if (exchange->judgement.verdict == HTTP_REFUSE
            || exchange->judgement.at_once) {
            return run(server, connection, exchange);
        }
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        http_exchange_body(exchange,
                           beid_span_of(upload_data, *upload_data_size));
        *upload_data_size = 0;
        return MHD_YES;
    }
    return run(server, connection, exchange);
}
/* NOLINTEND(readability-function-size) */

/* Called with the raw request target, before anything is parsed of it. */
static void *
on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct http_exchange *exchange = http_exchange_new(target);
    const union MHD_ConnectionInfo *context =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (exchange != NULL && context != NULL) {
        exchange->link = context->socket_context;
        exchange->connection = connection;
        exchange->server = cls;
    }
    return exchange;
}

static void
on_completed(void *cls, struct MHD_Connection *connection, void **request,
             enum MHD_RequestTerminationCode code)
{
    struct http_server *server = cls;
    struct http_exchange *exchange = *request;
    (void)connection;
    (void)code;
    if (exchange != NULL
        && (exchange->stage == HTTP_PENDING || exchange->streams)) {
        http_pending_forget(&server->pending, exchange);
        api_abandon(server->setup.api, exchange);
    }
    http_exchange_free(&exchange);
    *request = NULL;
}

/* Leaves %xx as they are: no path of ours has any. */
static size_t
no_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

/* What rested goes on. */
static void
wake(struct http_exchange *exchange, enum http_stage stage)
{
    struct http_server *server = exchange->server;
    http_pending_forget(&server->pending, exchange);
    exchange->stage = stage;
    exchange->link->deadline_ms = beid_clock_ms() + HTTP_REPLY_MS;
    MHD_resume_connection(exchange->connection);
}

void
http_server_finish(void *ticket, const struct api_reply *reply, bool refused)
{
    struct http_exchange *exchange = ticket;
    if (refused) {
        exchange->judgement.verdict = HTTP_REFUSE;
    } else {
        exchange->reply.status = reply->status;
        exchange->reply.retry_after_ms = reply->retry_after_ms;
        beid_buf_reset(&exchange->reply.body);
        beid_buf_put(&exchange->reply.body, beid_buf_span(&reply->body));
    }
    wake(exchange, HTTP_READY);
}

void
http_server_stream(void *ticket, struct beid_span piece, bool end)
{
    struct http_exchange *exchange = ticket;
    http_exchange_put(exchange, piece, end);
    if (exchange->stage == HTTP_PENDING) {
        wake(exchange, HTTP_STREAMING);
    }
}

bool
http_server_caller_allowed(void *ticket)
{
    const struct http_exchange *exchange = ticket;
    return ask_kernel(exchange->server, exchange->link);
}

void
http_server_hangup(struct http_server *server, int fd)
{
    struct http_exchange *exchange = http_pending_find(&server->pending, fd);
    if (exchange != NULL) {
        wake(exchange, HTTP_GONE);
        api_abandon(server->setup.api, exchange);
    }
}

static struct MHD_Daemon *
start_daemon(struct http_server *server)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME
            | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
        0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET,
        server->setup.listener, MHD_OPTION_CONNECTION_LIMIT,
        HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
        MHD_OPTION_STRICT_FOR_CLIENT, STRICTNESS, MHD_OPTION_UNESCAPE_CALLBACK,
        no_unescape, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
}

enum beid_err
http_server_new(const struct http_setup *setup, struct http_server **out)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return BEID_ERR_MEMORY;
    }
    server->setup = *setup;
    server->pending.epoll = setup->epoll;
    server->self = setup->self;
    server->daemon = start_daemon(server);
    if (server->daemon == NULL) {
        free(server);
        return BEID_ERR_IO;
    }
    *out = server;
    return BEID_OK;
}

void
http_server_free(struct http_server **server)
{
    if (*server == NULL) {
        return;
    }
    /* The library wants no suspended connection left when it stops. */
    while ((*server)->pending.count > 0) {
        http_server_hangup(*server, (*server)->pending.list[0]->link->fd);
    }
    MHD_stop_daemon((*server)->daemon);
    free(*server);
    *server = NULL;
}

int
http_server_fd(const struct http_server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->listen_fd;
}

static unsigned int
connections(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon,
                               MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
        ->num_connections;
}

/* A house that was full opens its door again in the next turn. */
void
http_server_run(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;
    unsigned int before = 0;
    do {
        before = connections(server);
        (void)MHD_run(server->daemon);
    } while (
        connections(server) < before
        || (MHD_get_timeout(server->daemon, &wait) == MHD_YES && wait == 0));
}
