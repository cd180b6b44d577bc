/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The least that libmicrohttpd can do, in the way the agent uses it (epoll,
 * one request on a connection): answers everything with "hello". Prints its
 * port, then serves until its standard input ends.
 */
#include <microhttpd.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* NOLINTBEGIN(readability-function-size,readability-non-const-parameter):
 * the library's prototype */
static enum MHD_Result
hello(void *user, struct MHD_Connection *connection, const char *url,
      const char *method, const char *version, const char *data, size_t *len,
      void **state)
{
    (void)user;
    (void)url;
    (void)method;
    (void)version;
    (void)data;
    (void)len;
    (void)state;
    static char text[] = "hello";
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), text, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}
/* NOLINTEND(readability-function-size,readability-non-const-parameter) */

int
main(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, hello,
                         NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    if (daemon == NULL) {
        return 1;
    }
    printf(
        "%u\n",
        (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    MHD_stop_daemon(daemon);
    return 0;
}
