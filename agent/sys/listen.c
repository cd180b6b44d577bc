/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where sd_listen_fds(3) says passed descriptors begin. */
#define PASSED_FIRST 3

/*
 * SO_REUSEADDR lets a restarted agent have its port back although closed
 * connections still linger; it never lets two sockets listen on one port.
 */
static enum beid_err
listen_on(uint16_t port, int *fd)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) {
        return BEID_ERR_IO;
    }
    if (setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
        && bind(made, (struct sockaddr *)&address, sizeof address) == 0
        && listen(made, SOMAXCONN) == 0) {
        *fd = made;
        return BEID_OK;
    }
    enum beid_err err = errno == EADDRINUSE ? BEID_ERR_BUSY : BEID_ERR_IO;
    (void)close(made);
    return err;
}

enum beid_err
beid_listen_new(int *fd)
{
    enum beid_err err = BEID_ERR_BUSY;
    for (unsigned int port = BEID_PORT_FIRST;
         port <= BEID_PORT_LAST && err == BEID_ERR_BUSY; port++) {
        err = listen_on((uint16_t)port, fd);
    }
    return err;
}

enum beid_err
beid_listen_port(int fd, uint16_t *port)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int value = 0;
    socklen_t value_len = sizeof value;
    memset(&address, 0, sizeof address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0
        || address.sin_family != AF_INET
        || address.sin_addr.s_addr != htonl(INADDR_LOOPBACK)) {
        return BEID_ERR_ARGUMENT;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &value_len) != 0
        || value != 1) {
        return BEID_ERR_ARGUMENT;
    }
    *port = ntohs(address.sin_port);
    return BEID_OK;
}

/* A decimal number from the environment; -1 when absent or malformed. */
static long
env_number(const char *name)
{
    const char *text = secure_getenv(name);
    char *end = NULL;
    if (text == NULL || *text == '\0') {
        return -1;
    }
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' ? value : -1;
}

enum beid_err
beid_listen_passed(int *fd)
{
    uint16_t port = 0;
    if (env_number("LISTEN_PID") != (long)getpid()) {
        return BEID_ERR_NOT_FOUND;
    }
    long count = env_number("LISTEN_FDS");
    if (count <= 0) {
        return BEID_ERR_NOT_FOUND;
    }
    if (count > 1 || beid_listen_port(PASSED_FIRST, &port) != BEID_OK
        || port < BEID_PORT_FIRST || port > BEID_PORT_LAST) {
        return BEID_ERR_ARGUMENT;
    }
    *fd = PASSED_FIRST;
    return BEID_OK;
}
