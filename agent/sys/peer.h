/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_PEER_H
#define BEID_SYS_PEER_H

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdint.h>

/* Socket states as both sources number them (linux/tcp_states.h). */
#define BEID_TCP_ESTABLISHED 1U
#define BEID_TCP_LISTEN 10U

/* A pair of IPv4 ends, addresses and ports in host byte order. */
struct beid_peer_ends {
    uint32_t local_address;
    uint16_t local_port;
    uint32_t remote_address;
    uint16_t remote_port;
};

/* What the kernel says of the socket at the local end. */
struct beid_peer_info {
    uint8_t state;
    uint32_t uid;
    uint32_t inode;
};

/* How the kernel is asked; the descriptors stay open for good. */
struct beid_peer;

/*
 * Opens what the kernel offers: NETLINK_SOCK_DIAG, else /proc/net/tcp. Each
 * is tried out on listener, the agent's own listening socket, before it is
 * trusted. BEID_ERR_UNSUPPORTED when neither answers.
 */
enum beid_err beid_peer_open(int listener,
                             struct beid_peer **out) BEID_NODISCARD;
void beid_peer_close(struct beid_peer **peer);

/* "netlink" or "procfs", for the log. */
const char *beid_peer_source(const struct beid_peer *peer);

/*
 * Asks for the socket whose own ends are those given: for a connection that
 * was accepted, local is the client's end. BEID_ERR_NOT_FOUND when there is
 * none in this network name space; any doubt is an error too.
 */
enum beid_err beid_peer_ask(struct beid_peer *peer,
                            const struct beid_peer_ends *ends,
                            struct beid_peer_info *out) BEID_NODISCARD;

/*
 * Reads the netlink answer to the question numbered sequence (linux/inet_diag.h).
 * Pure. BEID_ERR_NOT_FOUND when the kernel
 * knows no such socket, BEID_ERR_FORMAT when the answer is not the one to
 * this question.
 */
enum beid_err beid_peer_parse_diag(struct beid_span answer, uint32_t sequence,
                                   const struct beid_peer_ends *ends,
                                   struct beid_peer_info *out) BEID_NODISCARD;

/* Finds the same in the text of /proc/net/tcp. Pure. */
enum beid_err beid_peer_parse_proc(struct beid_span text,
                                   const struct beid_peer_ends *ends,
                                   struct beid_peer_info *out) BEID_NODISCARD;

#endif
