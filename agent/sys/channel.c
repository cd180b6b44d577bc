/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Room for two descriptors, so that a second one is seen and refused. */
#define PASSED_MAX 2

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * PASSED_MAX)];
};

enum beid_err
beid_channel_pair(int pair[2])
{
    int made[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, made) != 0) {
        return BEID_ERR_IO;
    }
    pair[0] = made[0];
    pair[1] = made[1];
    return BEID_OK;
}

static enum beid_err
from_errno(void)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return BEID_ERR_BUSY;
    }
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) {
        return BEID_ERR_NOT_FOUND;
    }
    return BEID_ERR_IO;
}

enum beid_err
beid_channel_send(int fd, struct beid_span packet, int pass)
{
    union control control;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): sendmsg() only reads it */
    struct iovec part = {.iov_base = (void *)(uintptr_t)packet.ptr,
                         .iov_len = packet.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (packet.len == 0) {
        return BEID_ERR_ARGUMENT;
    }
    memset(&control, 0, sizeof control);
    if (pass >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof pass);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof pass);
        memcpy(CMSG_DATA(head), &pass, sizeof pass);
    }
    ssize_t sent = 0;
    do {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? from_errno() : BEID_OK;
}

/* Takes the descriptors out of the control part; keeps the only one. */
static enum beid_err
take_passed(struct msghdr *message, int *passed)
{
    int fds[PASSED_MAX] = {-1, -1};
    size_t count = 0;
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    for (; head != NULL; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        count = count > PASSED_MAX ? PASSED_MAX : count;
        memcpy(fds, CMSG_DATA(head), count * sizeof(int));
        break;
    }
    if (count <= 1 && (message->msg_flags & MSG_CTRUNC) == 0) {
        *passed = fds[0];
        return BEID_OK;
    }
    for (size_t i = 0; i < count; i++) {
        (void)close(fds[i]);
    }
    return BEID_ERR_FORMAT;
}

/*
 * After a read that failed: once more? When a side ended with something unread
 * the system tells that first, once, and then what it had sent.
 */
static bool
again(bool *reset)
{
    bool first = errno == ECONNRESET && !*reset;
    *reset = *reset || first;
    return first || errno == EINTR;
}

/* The length of the packet that waits, without taking it. */
static enum beid_err
peek(int fd, size_t *len)
{
    ssize_t got = 0;
    bool reset = false;
    do {
        got = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC);
    } while (got < 0 && again(&reset));
    if (got < 0) {
        return from_errno();
    }
    if (got == 0) {
        return BEID_ERR_NOT_FOUND;
    }
    *len = (size_t)got;
    return BEID_OK;
}

enum beid_err
beid_channel_recv(int fd, struct beid_buf *into, int *passed)
{
    union control control;
    size_t len = 0;
    beid_buf_reset(into);
    enum beid_err err = peek(fd, &len);
    if (err != BEID_OK) {
        return err;
    }
    uint8_t *room = beid_buf_extend(into, len);
    if (room == NULL) {
        return beid_buf_status(into);
    }
    struct iovec part = {.iov_base = room, .iov_len = len};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = 0;
    bool reset = false;
    do {
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && again(&reset));
    if (got < 0) {
        return from_errno();
    }
    int fd_in = -1;
    err = take_passed(&message, &fd_in);
    if (err == BEID_OK) {
        *passed = fd_in;
    }
    return err;
}

enum beid_err
beid_channel_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        return BEID_ERR_IO;
    }
    return BEID_OK;
}
