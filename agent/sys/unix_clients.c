/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "unix_clients.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MAX 32768U
#define ANSWER_WAIT_S 1
#define MINOR_BITS 20U
#define ESTABLISHED 1U /* as for TCP (sock_diag(7)) */

struct question {
    struct nlmsghdr head;
    struct unix_diag_req body;
};

/* Cuts what is aligned to 4 bytes off the front, or what is left of it. */
static struct beid_span
take_aligned(struct beid_span *rest, size_t len)
{
    size_t whole = (len + 3U) & ~(size_t)3U;
    whole = whole < rest->len ? whole : rest->len;
    struct beid_span taken = beid_span_of(rest->ptr, len);
    *rest = beid_span_of(rest->ptr + whole, rest->len - whole);
    return taken;
}

/*
 * The end of a connection that belongs to the service carries its file; its
 * path may be another one where the service runs.
 */
static void
take_socket(struct beid_span attributes, struct beid_unix_file service,
            struct beid_unix_clients *out)
{
    struct nlattr head;
    struct unix_diag_vfs file = {.udiag_vfs_ino = 0};
    uint32_t peer = 0;
    while (attributes.len >= sizeof head) {
        memcpy(&head, attributes.ptr, sizeof head);
        if (head.nla_len < sizeof head || head.nla_len > attributes.len) {
            return;
        }
        struct beid_span value = take_aligned(&attributes, head.nla_len);
        value = beid_span_of(value.ptr + sizeof head, value.len - sizeof head);
        if (head.nla_type == UNIX_DIAG_VFS && value.len >= sizeof file) {
            memcpy(&file, value.ptr, sizeof file);
        } else if (head.nla_type == UNIX_DIAG_PEER
                   && value.len >= sizeof peer) {
            memcpy(&peer, value.ptr, sizeof peer);
        }
    }
    if (file.udiag_vfs_ino == service.inode
        && file.udiag_vfs_dev == service.device && peer != 0
        && out->count < BEID_UNIX_CLIENTS_MAX) {
        out->inode[out->count++] = peer;
    }
}

enum beid_err
beid_unix_clients_parse(struct beid_span answer, struct beid_unix_file service,
                        struct beid_unix_clients *out)
{
    struct nlmsghdr head;
    while (answer.len >= sizeof head) {
        memcpy(&head, answer.ptr, sizeof head);
        if (head.nlmsg_len < sizeof head || head.nlmsg_len > answer.len) {
            return BEID_ERR_FORMAT;
        }
        struct beid_span body = take_aligned(&answer, head.nlmsg_len);
        if (head.nlmsg_type == NLMSG_DONE) {
            return BEID_OK;
        }
        if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY
            || body.len < sizeof head + sizeof(struct unix_diag_msg)) {
            return BEID_ERR_FORMAT;
        }
        size_t skip = sizeof head + sizeof(struct unix_diag_msg);
        take_socket(beid_span_of(body.ptr + skip, body.len - skip), service,
                    out);
    }
    return answer.len == 0 ? BEID_ERR_BUSY : BEID_ERR_FORMAT;
}

static enum beid_err
ask(int fd)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct question question = {
        .head = {.nlmsg_len = sizeof question,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = AF_UNIX,
                 .udiag_states = 1U << ESTABLISHED,
                 .udiag_show = UDIAG_SHOW_VFS | UDIAG_SHOW_PEER}};
    return sendto(fd, &question, sizeof question, MSG_NOSIGNAL,
                  (struct sockaddr *)&kernel, sizeof kernel)
                   == (ssize_t)sizeof question
               ? BEID_OK
               : BEID_ERR_UNSUPPORTED;
}

static enum beid_err
hear(int fd, struct beid_unix_file service, struct beid_unix_clients *out)
{
    static uint8_t answer[ANSWER_MAX];
    struct sockaddr_nl sender = {0};
    socklen_t len = sizeof sender;
    ssize_t got = 0;
    do {
        got = recvfrom(fd, answer, sizeof answer, 0, (struct sockaddr *)&sender,
                       &len);
    } while (got < 0 && errno == EINTR);
    /* Only the kernel has port 0. */
    if (got <= 0 || len != sizeof sender || sender.nl_pid != 0) {
        return BEID_ERR_IO;
    }
    return beid_unix_clients_parse(beid_span_of(answer, (size_t)got), service,
                                   out);
}

/* As the kernel keeps it inside, which is what it tells here. */
static uint32_t
device_of(dev_t device)
{
    return (major(device) << MINOR_BITS) | minor(device);
}

enum beid_err
beid_unix_clients(const char *path, struct beid_unix_clients *out)
{
    const struct timeval wait = {.tv_sec = ANSWER_WAIT_S};
    struct beid_unix_clients clients = {.count = 0};
    struct stat st;
    if (stat(path, &st) != 0) {
        return BEID_ERR_NOT_FOUND;
    }
    const struct beid_unix_file service = {.inode = (uint32_t)st.st_ino,
                                           .device = device_of(st.st_dev)};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) {
        return BEID_ERR_UNSUPPORTED;
    }
    enum beid_err err =
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0
            ? ask(fd)
            : BEID_ERR_UNSUPPORTED;
    if (err == BEID_OK) {
        do {
            err = hear(fd, service, &clients);
        } while (err == BEID_ERR_BUSY);
    }
    (void)close(fd);
    if (err == BEID_OK) {
        *out = clients;
    }
    return err;
}
