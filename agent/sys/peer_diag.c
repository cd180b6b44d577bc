/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "peer_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MAX 2048U
#define ANSWER_WAIT_US 200000

struct question {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

enum beid_err
peer_diag_open(int *fd)
{
    const struct timeval wait = {.tv_usec = ANSWER_WAIT_US};
    int made = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (made < 0) {
        return BEID_ERR_UNSUPPORTED;
    }
    if (setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0) {
        (void)close(made);
        return BEID_ERR_UNSUPPORTED;
    }
    *fd = made;
    return BEID_OK;
}

static void
ask_for(struct question *question, uint32_t sequence,
        const struct beid_peer_ends *ends)
{
    memset(question, 0, sizeof *question);
    question->head.nlmsg_len = sizeof *question;
    question->head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question->head.nlmsg_flags = NLM_F_REQUEST;
    question->head.nlmsg_seq = sequence;
    question->body.sdiag_family = AF_INET;
    question->body.sdiag_protocol = IPPROTO_TCP;
    question->body.idiag_states = UINT32_MAX;
    question->body.id.idiag_sport = htons(ends->local_port);
    question->body.id.idiag_dport = htons(ends->remote_port);
    question->body.id.idiag_src[0] = htonl(ends->local_address);
    question->body.id.idiag_dst[0] = htonl(ends->remote_address);
    question->body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    question->body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
}

/* Is the answer about the socket that was asked for? */
static bool
same_ends(const struct inet_diag_msg *message,
          const struct beid_peer_ends *ends)
{
    return message->idiag_family == AF_INET
           && message->id.idiag_sport == htons(ends->local_port)
           && message->id.idiag_dport == htons(ends->remote_port)
           && message->id.idiag_src[0] == htonl(ends->local_address)
           && message->id.idiag_dst[0] == htonl(ends->remote_address);
}

static enum beid_err
parse_error(struct beid_span body)
{
    struct nlmsgerr error;
    struct beid_span bytes;
    enum beid_err err = beid_span_take(&body, sizeof error, &bytes);
    if (err != BEID_OK) {
        return err;
    }
    memcpy(&error, bytes.ptr, sizeof error);
    return error.error == -ENOENT ? BEID_ERR_NOT_FOUND : BEID_ERR_IO;
}

enum beid_err
beid_peer_parse_diag(struct beid_span answer, uint32_t sequence,
                     const struct beid_peer_ends *ends,
                     struct beid_peer_info *out)
{
    struct nlmsghdr head;
    struct inet_diag_msg message;
    struct beid_span bytes;
    enum beid_err err = beid_span_take(&answer, sizeof head, &bytes);
    if (err != BEID_OK) {
        return err;
    }
    memcpy(&head, bytes.ptr, sizeof head);
    if (head.nlmsg_seq != sequence || head.nlmsg_len < sizeof head
        || head.nlmsg_len - sizeof head > answer.len) {
        return BEID_ERR_FORMAT;
    }
    answer.len = head.nlmsg_len - sizeof head;
    if (head.nlmsg_type == NLMSG_ERROR) {
        return parse_error(answer);
    }
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY
        || beid_span_take(&answer, sizeof message, &bytes) != BEID_OK) {
        return BEID_ERR_FORMAT;
    }
    memcpy(&message, bytes.ptr, sizeof message);
    if (!same_ends(&message, ends)) {
        return BEID_ERR_FORMAT;
    }
    out->state = message.idiag_state;
    out->uid = message.idiag_uid;
    out->inode = message.idiag_inode;
    return BEID_OK;
}

/* Answers left over from a question that timed out are not ours. */
static void
drain(int fd)
{
    uint8_t rest[64];
    while (recv(fd, rest, sizeof rest, MSG_DONTWAIT) > 0) {
    }
}

enum beid_err
peer_diag_ask(int fd, uint32_t sequence, const struct beid_peer_ends *ends,
              struct beid_peer_info *out)
{
    struct question question;
    uint8_t answer[ANSWER_MAX];
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct sockaddr_nl sender = {0};
    socklen_t sender_len = sizeof sender;
    drain(fd);
    ask_for(&question, sequence, ends);
    if (sendto(fd, &question, sizeof question, MSG_NOSIGNAL,
               (struct sockaddr *)&kernel, sizeof kernel)
        != (ssize_t)sizeof question) {
        return BEID_ERR_IO;
    }
    ssize_t got = 0;
    do {
        got = recvfrom(fd, answer, sizeof answer, 0, (struct sockaddr *)&sender,
                       &sender_len);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        return BEID_ERR_IO;
    }
    /* Only the kernel has port 0: threats §5.3. */
    if (sender_len != sizeof sender || sender.nl_pid != 0) {
        return BEID_ERR_DENIED;
    }
    return beid_peer_parse_diag(beid_span_of(answer, (size_t)got), sequence,
                                ends, out);
}
