/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include "links.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTION_MEMORY (32U * 1024U)
/* A connection on which nothing moves, before an answer ... */
#define STILL_SECONDS 15U
/* ... and after one: many browsers behind one address have many of them. */
#define IDLE_SECONDS 5U
/* So much of a body that is too large is read before nobody reads on. */
#define DRAIN_MAX ((size_t)1024 * 1024)
#define NUMBER_DIGITS 20U
/* How long the end waits for answers, and how often it looks. */
#define END_LOOKS 600U
#define LOOK_MS 50L
/* So long must it be quiet: an idle connection may have a request unread ... */
#define QUIET_LOOKS 2U
/* ... and on one that has begun, the request is on its way. */
#define QUIET_LOOKS_NEW 20U

struct http_server {
    struct MHD_Daemon *daemon;
    const struct http_options *options;
    atomic_bool ending; /* answers close their connections */
    struct links *links;
};

/* What is remembered of a request while its body arrives. */
struct pending {
    struct beid_buf body;
    size_t drained; /* of what is too large */
};

const char *
http_request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                       name);
}

const char *
http_request_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection,
                                       MHD_GET_ARGUMENT_KIND, name);
}

const char *
http_request_cookie(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND,
                                       name);
}

static bool
put_field(struct MHD_Response *response, const char *name, const char *value)
{
    return value == NULL || value[0] == '\0'
           || MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool
put_fields(struct MHD_Response *response, const struct http_options *options,
           const struct http_reply *reply)
{
    bool good =
        put_field(response, "Content-Type", reply->type)
        && put_field(response, "Cache-Control", reply->cache)
        && put_field(response, "Location", reply->location)
        && put_field(response, "WWW-Authenticate", reply->challenge)
        && put_field(response, "Content-Disposition", reply->disposition);
    for (size_t i = 0; good && i < HTTP_COOKIES; i++) {
        good = put_field(response, "Set-Cookie", reply->cookies[i]);
    }
    for (const struct http_field *field = options->fields[reply->policy];
         good && field->name != NULL; field++) {
        good = put_field(response, field->name, field->value);
    }
    return good;
}

static struct link *
link_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static void
link_change(struct http_server *server, struct MHD_Connection *connection,
            enum link_state state)
{
    struct link *link = link_of(connection);
    if (link != NULL) {
        links_change(server->links, link, state);
    }
}

static enum MHD_Result
reply_send(struct MHD_Connection *connection, struct http_server *server,
           struct http_reply *reply)
{
    if (beid_buf_status(&reply->body) != BEID_OK) {
        beid_buf_clear(&reply->body);
        reply->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->body.len, reply->body.ptr, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result queued = MHD_NO;
    bool good = response != NULL && put_fields(response, server->options, reply)
                && (!atomic_load(&server->ending)
                    || put_field(response, "Connection", "close"));
    if (good) {
        link_change(server, connection, LINK_ANSWERING);
        queued = MHD_queue_response(connection, reply->status, response);
    }
    if (response != NULL) {
        MHD_destroy_response(response);
    }
    return queued;
}

static void
reply_init(struct http_reply *reply, unsigned status)
{
    *reply = (struct http_reply){.status = status, .cache = "no-store"};
    beid_buf_init(&reply->body, HTTP_PAGE_MAX);
}

static enum MHD_Result
refuse(struct MHD_Connection *connection, struct http_server *server,
       unsigned status)
{
    struct http_reply reply;
    reply_init(&reply, status);
    return reply_send(connection, server, &reply);
}

/* The whole request is there. */
static enum MHD_Result
dispatch(struct http_server *server, struct http_request *request,
         struct pending *pending)
{
    const struct http_options *options = server->options;
    struct MHD_Connection *connection = request->connection;
    if (beid_buf_status(&pending->body) != BEID_OK) {
        return refuse(connection, server, MHD_HTTP_CONTENT_TOO_LARGE);
    }
    link_change(server, connection, LINK_WORKING);
    request->body = beid_buf_span(&pending->body);
    struct http_reply reply;
    reply_init(&reply, MHD_HTTP_INTERNAL_SERVER_ERROR);
    options->handler(options->user, request, &reply);
    enum MHD_Result sent = reply_send(connection, server, &reply);
    beid_buf_clear(&reply.body);
    return sent;
}

static void
on_connection(void *user, struct MHD_Connection *connection, void **context,
              enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = user;
    struct link *link = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(
            connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context =
            info == NULL ? NULL : links_open(server->links, info->connect_fd);
    } else if (link != NULL) {
        links_close(server->links, link);
        *context = NULL;
    }
}

/* Does the client say that it sends more than is taken? */
static bool
too_large(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(
        connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    /* What is no number is refused by the library. */
    return length != NULL
           && (strlen(length) > NUMBER_DIGITS
               || strtoull(length, NULL, 10) > HTTP_BODY_MAX);
}

/*
 * The first line of a request is there. In libmicrohttpd 1.0 a connection with
 * a thread of its own has the daemon's patience, whatever it is told: how long
 * one is idle is up to the links. What this gives is the request's *state.
 */
static void *
on_line(void *user, const char *uri, struct MHD_Connection *connection)
{
    (void)uri;
    link_change(user, connection, LINK_BEGUN);
    return NULL;
}

static enum MHD_Result
request_begin(struct http_server *server, struct MHD_Connection *connection,
              void **state)
{
    link_change(server, connection, LINK_ASKING);
    if (too_large(connection)) {
        /* Before any of it is read; the connection ends with the answer. */
        return refuse(connection, server, MHD_HTTP_CONTENT_TOO_LARGE);
    }
    struct pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        return MHD_NO;
    }
    beid_buf_init(&pending->body, HTTP_BODY_MAX);
    *state = pending;
    return MHD_YES;
}

/* Past the maximum the buffer stays failed and the rest is drained. */
static enum MHD_Result
request_add(struct pending *pending, struct beid_span more)
{
    beid_buf_put(&pending->body, more);
    if (beid_buf_status(&pending->body) != BEID_OK) {
        pending->drained += more.len;
    }
    return pending->drained > DRAIN_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's signature */
on_request(void *user, struct MHD_Connection *connection, const char *url,
           const char *method, const char *version, const char *upload,
           size_t *upload_len, void **state)
{
    struct http_server *server = user;
    struct pending *pending = *state;
    (void)version;
    if (pending == NULL) {
        return request_begin(server, connection, state);
    }
    if (*upload_len > 0) {
        struct beid_span more = beid_span_of(upload, *upload_len);
        *upload_len = 0;
        return request_add(pending, more);
    }
    struct http_request request = {
        .method = method, .path = url, .connection = connection};
    return dispatch(server, &request, pending);
}

static void
on_completed(void *user, struct MHD_Connection *connection, void **state,
             enum MHD_RequestTerminationCode code)
{
    struct pending *pending = *state;
    (void)code;
    link_change(user, connection, LINK_IDLE);
    if (pending != NULL) {
        beid_buf_clear(&pending->body);
        free(pending);
        *state = NULL;
    }
}

static struct MHD_Daemon *
daemon_start(struct http_server *server, const struct sockaddr_in *address)
{
    const struct http_options *options = server->options;
    bool secure = options->tls_cert != NULL;
    /* Who waits for an OCSP responder keeps nobody else waiting. */
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD
                     | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC;
    if (secure) {
        flags |= MHD_USE_TLS;
    }
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
        (const struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_URI_LOG_CALLBACK, on_line, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->per_address,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, STILL_SECONDS,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        /* Without TLS the list ends here. */
        secure ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, options->tls_cert,
        MHD_OPTION_HTTPS_MEM_KEY, options->tls_key, MHD_OPTION_HTTPS_PRIORITIES,
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", MHD_OPTION_END);
}

enum beid_err
http_start(const struct http_options *options, struct http_server **out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(options->port)};
    *out = NULL;
    if (inet_pton(AF_INET, options->address, &address.sin_addr) != 1) {
        return BEID_ERR_ARGUMENT;
    }
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return BEID_ERR_MEMORY;
    }
    server->options = options;
    enum beid_err err =
        links_new(options->seconds, IDLE_SECONDS, &server->links);
    if (err != BEID_OK) {
        free(server);
        return err;
    }
    server->daemon = daemon_start(server, &address);
    if (server->daemon == NULL) {
        links_stop(server->links);
        links_free(&server->links);
        free(server);
        return BEID_ERR_IO;
    }
    *out = server;
    return BEID_OK;
}

static bool
somebody_waits(struct http_server *server)
{
    return links_count(server->links, LINK_ASKING) > 0
           || links_count(server->links, LINK_WORKING) > 0
           || links_count(server->links, LINK_ANSWERING) > 0;
}

/* Returns when nobody waits for an answer any more, or it took too long. */
static void
answers_finish(struct http_server *server)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    unsigned quiet = 0;
    atomic_store(&server->ending, true);
    for (unsigned i = 0; i < END_LOOKS; i++) {
        bool coming = links_count(server->links, LINK_NEW) > 0
                      || links_count(server->links, LINK_BEGUN) > 0;
        unsigned wanted = coming ? QUIET_LOOKS_NEW : QUIET_LOOKS;
        quiet = somebody_waits(server) ? 0 : quiet + 1;
        if (quiet > wanted) {
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
}

void
http_stop(struct http_server **server)
{
    if (*server != NULL) {
        MHD_socket listening = MHD_quiesce_daemon((*server)->daemon);
        bool ours = listening != MHD_INVALID_SOCKET;
        if (ours) {
            /* The thread may still look at it: it is closed at the end. */
            (void)shutdown(listening, SHUT_RDWR);
        }
        answers_finish(*server);
        links_stop((*server)->links);
        MHD_stop_daemon((*server)->daemon);
        if (ours) {
            (void)close(listening);
        }
        links_free(&(*server)->links);
        free(*server);
        *server = NULL;
    }
}
