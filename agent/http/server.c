/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "exchange.h"
#include "refusal_log.h"
#include "sys/clock.h"

#include <beid/log.h>

#include <microhttpd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Absolute deadlines: a client that trickles bytes gains nothing. */
#define HEADER_MS 2000
#define BODY_MS 5000
#define REPLY_MS 5000
#define STRANGERS_MAX 64U /* connections of other users at a time */

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
    struct http_link *links;
    size_t strangers;
    struct http_exchange *pending[HTTP_CONNECTIONS_MAX];
    size_t pending_count;
    struct http_refusal_log refusals;
};

static bool
ask_kernel(const struct http_server *server, const struct http_link *link)
{
    struct beid_peer_info info = {0};
    return beid_peer_ask(server->setup.peer, &link->ends, &info) == BEID_OK
           && policy_caller_allowed(&server->self, &info);
}

/* ---- sockets ---- */

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
    server->strangers += link->caller_allowed ? 0 : 1;
    if (link->caller_allowed || server->strangers <= STRANGERS_MAX) {
        link->deadline_ms = beid_clock_ms() + HEADER_MS;
    }
    link->next = server->links;
    link->back = &server->links;
    if (link->next != NULL) {
        link->next->back = &link->next;
    }
    server->links = link;
}

static void
link_close(struct http_server *server, void **socket_context)
{
    struct http_link *link = *socket_context;
    if (link != NULL && link->back != NULL) {
        server->strangers -= link->caller_allowed ? 0 : 1;
        *link->back = link->next;
        if (link->next != NULL) {
            link->next->back = link->back;
        }
    }
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
    int64_t first = BEID_NEVER;
    const struct http_link *link = server->links;
    for (; link != NULL; link = link->next) {
        first = link->deadline_ms < first ? link->deadline_ms : first;
    }
    return first;
}

void
http_server_tick(struct http_server *server, int64_t now_ms)
{
    struct http_link *link = server->links;
    for (; link != NULL; link = link->next) {
        if (now_ms >= link->deadline_ms) {
            /* The library reads the end of the stream and cleans up. */
            (void)shutdown(link->fd, SHUT_RDWR);
            link->deadline_ms = BEID_NEVER;
        }
    }
}

/* ---- replies ---- */

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
        ok = ok && add(response, "Content-Type", "application/json")
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
queue(struct MHD_Connection *connection, unsigned int status,
      struct MHD_Response *response, bool complete)
{
    enum MHD_Result result = MHD_NO;
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
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body->len, body->ptr, MHD_RESPMEM_MUST_COPY);
    exchange->link->deadline_ms = beid_clock_ms() + REPLY_MS;
    if (response == NULL) {
        return MHD_NO;
    }
    return queue(connection, exchange->reply.status, response,
                 add_cors(response, exchange)
                     && add_details(response, exchange));
}

/* The one refusal: the same bytes whatever rule fired. */
static enum MHD_Result
send_refusal(struct MHD_Connection *connection, struct http_exchange *exchange)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    exchange->link->deadline_ms = beid_clock_ms() + REPLY_MS;
    if (response == NULL) {
        return MHD_NO;
    }
    return queue(connection, MHD_HTTP_FORBIDDEN, response, true);
}

/* ---- requests ---- */

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
    exchange->link->deadline_ms = beid_clock_ms() + BODY_MS;
}

static enum MHD_Result
suspend(struct http_server *server, struct MHD_Connection *connection,
        struct http_exchange *exchange)
{
    struct epoll_event watch = {.events = EPOLLRDHUP,
                                .data.fd = exchange->link->fd};
    exchange->stage = HTTP_PENDING;
    exchange->link->deadline_ms = BEID_NEVER;
    server->pending[server->pending_count] = exchange;
    server->pending_count++;
    MHD_suspend_connection(connection);
    if (epoll_ctl(server->setup.epoll, EPOLL_CTL_ADD, exchange->link->fd,
                  &watch)
        != 0) {
        http_server_hangup(server, exchange->link->fd);
    }
    return MHD_YES;
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
        return suspend(server, connection, exchange);
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
forget_pending(struct http_server *server, const struct http_exchange *exchange)
{
    for (size_t i = 0; i < server->pending_count; i++) {
        if (server->pending[i] == exchange) {
            server->pending_count--;
            server->pending[i] = server->pending[server->pending_count];
            (void)epoll_ctl(server->setup.epoll, EPOLL_CTL_DEL,
                            exchange->link->fd, NULL);
            return;
        }
    }
}

static void
on_completed(void *cls, struct MHD_Connection *connection, void **request,
             enum MHD_RequestTerminationCode code)
{
    struct http_server *server = cls;
    struct http_exchange *exchange = *request;
    (void)connection;
    (void)code;
    if (exchange != NULL && exchange->stage == HTTP_PENDING) {
        forget_pending(server, exchange);
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

void
http_server_finish(void *ticket, const struct api_reply *reply, bool refused)
{
    struct http_exchange *exchange = ticket;
    struct http_server *server = exchange->server;
    forget_pending(server, exchange);
    exchange->stage = HTTP_READY;
    if (refused) {
        exchange->judgement.verdict = HTTP_REFUSE;
    } else {
        exchange->reply.status = reply->status;
        exchange->reply.retry_after_ms = reply->retry_after_ms;
        beid_buf_reset(&exchange->reply.body);
        beid_buf_put(&exchange->reply.body, beid_buf_span(&reply->body));
    }
    exchange->link->deadline_ms = beid_clock_ms() + REPLY_MS;
    MHD_resume_connection(exchange->connection);
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
    for (size_t i = 0; i < server->pending_count; i++) {
        struct http_exchange *exchange = server->pending[i];
        if (exchange->link->fd == fd) {
            forget_pending(server, exchange);
            exchange->stage = HTTP_GONE;
            api_abandon(server->setup.api, exchange);
            exchange->link->deadline_ms = beid_clock_ms() + REPLY_MS;
            MHD_resume_connection(exchange->connection);
            return;
        }
    }
}

/* ---- the library ---- */

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
    server->self = policy_self_get();
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
    while ((*server)->pending_count > 0) {
        http_server_hangup(*server, (*server)->pending[0]->link->fd);
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

void
http_server_run(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait = 0;
    do {
        (void)MHD_run(server->daemon);
    } while (MHD_get_timeout(server->daemon, &wait) == MHD_YES && wait == 0);
}
