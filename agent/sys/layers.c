/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "layers.h"

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool
beid_layer_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION)
           > 0;
}

bool
beid_layer_seccomp(void)
{
    /* Without a filter to set: EFAULT where filters are known. */
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0
           && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0
           && errno == EFAULT;
}
