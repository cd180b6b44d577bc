/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "landlock.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The interface is younger than the headers of the C library (landlock(7),
 * linux/landlock.h of Linux 7.2), so what is needed of it is written here.
 */
#define SYS_CREATE_RULESET 444
#define SYS_ADD_RULE 445
#define SYS_RESTRICT_SELF 446
#define CREATE_VERSION 1U
#define RULE_PATH_BENEATH 1

#define ABI_REFER 2
#define ABI_TRUNCATE 3
#define ABI_NET 4
#define ABI_IOCTL 5
#define ABI_SCOPE 6
#define ABI_UDP 10

/* Bits of handled_access_fs: 0 to 12 are those of ABI 1. */
#define FS_FIRST 0x1FFFULL
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL (1ULL << 15)
#define FS_RESOLVE_UNIX (1ULL << 16)
#define NET_BIND_CONNECT 3ULL
#define NET_UDP (3ULL << 2)
#define SCOPE_ABSTRACT_AND_SIGNALS 3ULL

struct ruleset {
    uint64_t access_fs;
    uint64_t access_net; /* ABI 4 */
    uint64_t scoped; /* ABI 6 */
};

struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

int
beid_landlock_abi(void)
{
    long abi = syscall(SYS_CREATE_RULESET, NULL, 0, CREATE_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

/* An older kernel refuses a structure that is longer than what it knows. */
static size_t
ruleset_len(int abi)
{
    if (abi < ABI_NET) {
        return offsetof(struct ruleset, access_net);
    }
    return abi < ABI_SCOPE ? offsetof(struct ruleset, scoped)
                           : sizeof(struct ruleset);
}

/* The only rule: what the ruleset handles otherwise is refused. */
static enum beid_err
allow_sockets(int ruleset, int below)
{
    const struct path_beneath rule = {.allowed_access = FS_RESOLVE_UNIX,
                                      .parent_fd = below};
    return syscall(SYS_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0
               ? BEID_OK
               : BEID_ERR_IO;
}

enum beid_err
beid_landlock_enter(int abi, int sockets)
{
    const struct ruleset rules = {
        .access_fs = FS_FIRST | (abi >= ABI_REFER ? FS_REFER : 0)
                     | (abi >= ABI_TRUNCATE ? FS_TRUNCATE : 0)
                     | (abi >= ABI_IOCTL ? FS_IOCTL : 0)
                     | (abi >= BEID_LANDLOCK_SOCKETS ? FS_RESOLVE_UNIX : 0),
        .access_net = NET_BIND_CONNECT | (abi >= ABI_UDP ? NET_UDP : 0),
        .scoped = SCOPE_ABSTRACT_AND_SIGNALS,
    };
    long made = syscall(SYS_CREATE_RULESET, &rules, ruleset_len(abi), 0);
    if (made < 0) {
        return BEID_ERR_IO;
    }
    enum beid_err err = BEID_OK;
    if (abi >= BEID_LANDLOCK_SOCKETS && sockets >= 0) {
        err = allow_sockets((int)made, sockets);
    }
    if (err == BEID_OK && syscall(SYS_RESTRICT_SELF, (int)made, 0) != 0) {
        err = BEID_ERR_IO;
    }
    (void)close((int)made);
    return err;
}
