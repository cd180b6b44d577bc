/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "landlock.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The interface is younger than the headers of the C library (landlock(7),
 * linux/landlock.h of Linux 6.12), so what is needed of it is written here.
 */
#define SYS_CREATE_RULESET 444
#define SYS_RESTRICT_SELF 446
#define CREATE_VERSION 1U

#define ABI_REFER 2
#define ABI_TRUNCATE 3
#define ABI_NET 4
#define ABI_IOCTL 5
#define ABI_SCOPE 6

/* Bits of handled_access_fs: 0 to 12 are those of ABI 1. */
#define FS_FIRST 0x1FFFULL
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL (1ULL << 15)
#define NET_BIND_CONNECT 3ULL
#define SCOPE_ABSTRACT_AND_SIGNALS 3ULL

struct ruleset {
    uint64_t access_fs;
    uint64_t access_net; /* ABI 4 */
    uint64_t scoped; /* ABI 6 */
};

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

enum beid_err
beid_landlock_enter(int abi)
{
    const struct ruleset rules = {
        .access_fs = FS_FIRST | (abi >= ABI_REFER ? FS_REFER : 0)
                     | (abi >= ABI_TRUNCATE ? FS_TRUNCATE : 0)
                     | (abi >= ABI_IOCTL ? FS_IOCTL : 0),
        .access_net = NET_BIND_CONNECT,
        .scoped = SCOPE_ABSTRACT_AND_SIGNALS,
    };
    long made = syscall(SYS_CREATE_RULESET, &rules, ruleset_len(abi), 0);
    if (made < 0) {
        return BEID_ERR_IO;
    }
    /* Without a rule, nothing of what is handled is allowed. */
    long entered = syscall(SYS_RESTRICT_SELF, (int)made, 0);
    (void)close((int)made);
    return entered == 0 ? BEID_OK : BEID_ERR_IO;
}
