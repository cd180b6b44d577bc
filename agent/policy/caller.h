/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_POLICY_CALLER_H
#define BEID_POLICY_CALLER_H

#include "sys/peer.h"

#include <stdbool.h>

/* Who we are, in this user name space; read once. */
struct policy_self {
    uint32_t uid;
    uint32_t overflow_uid; /* what strangers are shown as */
};

/* Reads getuid() and /proc/sys/kernel/overflowuid (65534 without it). */
struct policy_self policy_self_get(void);

/*
 * May the owner of this socket ask for anything? Threats §5.3: established,
 * still held by a process, and ours. A socket in TIME_WAIT has uid 0 and an
 * unmapped user shows as the overflow uid, so both are refused even to an
 * agent that runs under that number; root is no exception.
 */
bool policy_caller_allowed(const struct policy_self *self,
                           const struct beid_peer_info *info);

#endif
