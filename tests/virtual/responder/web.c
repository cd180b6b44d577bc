/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "web.h"

#include <microhttpd.h>

#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 32U
#define IDLE_S 10U

struct web {
    struct MHD_Daemon *daemon;
    web_handler *handler;
    void *ctx;
};

/* One request, from its head to its answer. */
struct exchange {
    struct beid_buf body;
};

static enum MHD_Result
reply(struct MHD_Connection *connection, const struct web_answer *answer)
{
    /* libmicrohttpd copies; it asks for a pointer that it could free. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.len, answer->body.ptr, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_YES;
    if (answer->type != NULL) {
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                         answer->type);
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, answer->status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result
serve(struct web *web, struct MHD_Connection *connection,
      const struct web_request *request, enum beid_err received)
{
    struct web_answer answer = {.status = MHD_HTTP_CONTENT_TOO_LARGE};
    beid_buf_init(&answer.body, WEB_ANSWER_MAX);
    if (received == BEID_OK) {
        answer.status = MHD_HTTP_OK;
        web->handler(web->ctx, request, &answer);
    }
    if (beid_buf_status(&answer.body) != BEID_OK) {
        answer.status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (answer.status != MHD_HTTP_OK) {
        beid_buf_reset(&answer.body);
        answer.type = NULL;
    }
    enum MHD_Result result = reply(connection, &answer);
    beid_buf_clear(&answer.body);
    return result;
}

static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's signature */
on_request(void *user, struct MHD_Connection *connection, const char *url,
           const char *method, const char *version, const char *upload,
           size_t *upload_len, void **own)
{
    struct exchange *exchange = *own;
    bool post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    (void)version;
    if (exchange == NULL) {
        if (!post && strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
            return MHD_NO;
        }
        exchange = calloc(1, sizeof(*exchange));
        if (exchange == NULL) {
            return MHD_NO;
        }
        beid_buf_init(&exchange->body, WEB_BODY_MAX);
        *own = exchange;
        return MHD_YES;
    }
    if (*upload_len > 0) {
        beid_buf_put(&exchange->body, beid_span_of(upload, *upload_len));
        *upload_len = 0;
        return MHD_YES;
    }
    struct web_request request = {url, post, beid_buf_span(&exchange->body)};
    return serve(user, connection, &request, beid_buf_status(&exchange->body));
}

static void
on_completed(void *user, struct MHD_Connection *connection, void **own,
             enum MHD_RequestTerminationCode how)
{
    struct exchange *exchange = *own;
    (void)user;
    (void)connection;
    (void)how;
    if (exchange != NULL) {
        beid_buf_clear(&exchange->body);
        free(exchange);
        *own = NULL;
    }
}

enum beid_err
web_start(unsigned port, web_handler *handler, void *ctx, struct web **out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct web *web = calloc(1, sizeof(*web));
    if (web == NULL) {
        return BEID_ERR_MEMORY;
    }
    web->handler = handler;
    web->ctx = ctx;
    web->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, web, MHD_OPTION_SOCK_ADDR,
        (const struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, web, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_END);
    if (web->daemon == NULL) {
        free(web);
        return BEID_ERR_IO;
    }
    *out = web;
    return BEID_OK;
}

void
web_stop(struct web **web)
{
    if (*web != NULL) {
        MHD_stop_daemon((*web)->daemon);
        free(*web);
        *web = NULL;
    }
}

unsigned
web_port(const struct web *web)
{
    return MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

int
web_fd(const struct web *web)
{
    return MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int
web_turn(struct web *web)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    (void)MHD_run(web->daemon);
    if (MHD_get_timeout(web->daemon, &wait_ms) != MHD_YES) {
        return -1;
    }
    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}
