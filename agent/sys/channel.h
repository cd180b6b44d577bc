/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_CHANNEL_H
#define BEID_SYS_CHANNEL_H

#include <beid/bytes.h>
#include <beid/err.h>

/*
 * Packets between the agent's processes (agent/wire/PROTOCOL.md): AF_UNIX
 * SOCK_SEQPACKET pairs, one packet is one message, with at most one
 * descriptor. Descriptors made or received here are close-on-exec.
 */

/* Makes a pair; BEID_ERR_IO when the system has none left. */
enum beid_err beid_channel_pair(int pair[2]) BEID_NODISCARD;

/*
 * Sends one packet, and a copy of the descriptor pass unless it is -1. Never
 * blocks and raises no SIGPIPE. BEID_ERR_BUSY when the other side does not
 * read, BEID_ERR_NOT_FOUND when it is gone, BEID_ERR_IO otherwise.
 */
enum beid_err beid_channel_send(int fd, struct beid_span packet,
                                int pass) BEID_NODISCARD;

/*
 * Receives one packet into the emptied buffer into, and the descriptor that
 * came with it into *passed (-1 when none; the caller closes it). Waits for a
 * packet unless the socket is non-blocking: then BEID_ERR_BUSY when there is
 * none. BEID_ERR_NOT_FOUND when the other side is gone and all that it sent was
 * received, BEID_ERR_LIMIT for a packet longer than into->max, BEID_ERR_FORMAT
 * for more than one descriptor.
 */
enum beid_err beid_channel_recv(int fd, struct beid_buf *into,
                                int *passed) BEID_NODISCARD;

/* Makes reads answer BEID_ERR_BUSY instead of waiting. */
enum beid_err beid_channel_nonblocking(int fd) BEID_NODISCARD;

#endif
