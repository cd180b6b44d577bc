/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "wire.h"

#include "link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
wire_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof(address.sun_path)) {
        return -1;
    }
    memcpy(address.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0
        && connect(fd, (const struct sockaddr *)&address, sizeof(address))
               != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

bool
wire_send(int fd, uint8_t operation, const uint8_t *data, size_t len)
{
    uint8_t frame[LINK_FRAME_MAX + 2];
    if (len > LINK_FRAME_MAX - 1) {
        return false;
    }
    frame[0] = (uint8_t)((len + 1) >> 8);
    frame[1] = (uint8_t)((len + 1) & 0xFFU);
    frame[2] = operation;
    if (len > 0) {
        memcpy(frame + 3, data, len);
    }
    ssize_t sent = send(fd, frame, len + 3, MSG_NOSIGNAL);
    explicit_bzero(frame, sizeof(frame)); /* it may have held a PIN */
    return sent == (ssize_t)(len + 3);
}

static bool
receive_all(int fd, uint8_t *to, size_t len)
{
    while (len > 0) {
        ssize_t got = recv(fd, to, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        to += got;
        len -= (size_t)got;
    }
    return true;
}

bool
wire_receive(int fd, uint8_t *status, uint8_t *data, size_t *len)
{
    uint8_t head[3];
    if (!receive_all(fd, head, sizeof(head))) {
        return false;
    }
    size_t total = ((size_t)head[0] << 8) | head[1];
    if (total < 1 || total - 1 > *len || !receive_all(fd, data, total - 1)) {
        return false;
    }
    *status = head[2];
    *len = total - 1;
    return true;
}
