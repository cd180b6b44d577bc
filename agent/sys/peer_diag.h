/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_PEER_DIAG_H
#define BEID_SYS_PEER_DIAG_H

#include "peer.h"

/* The netlink half of peer.h: a NETLINK_SOCK_DIAG socket. */
enum beid_err peer_diag_open(int *fd) BEID_NODISCARD;

/* One question and its answer; the kernel answers before send returns. */
enum beid_err peer_diag_ask(int fd, uint32_t sequence,
                            const struct beid_peer_ends *ends,
                            struct beid_peer_info *out) BEID_NODISCARD;

#endif
