/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "caller.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define OVERFLOW_UID_FILE "/proc/sys/kernel/overflowuid"
#define OVERFLOW_UID_DEFAULT 65534U

static uint32_t
overflow_uid(void)
{
    char text[16] = {0};
    int fd = open(OVERFLOW_UID_FILE, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return OVERFLOW_UID_DEFAULT;
    }
    ssize_t got = read(fd, text, sizeof text - 1);
    (void)close(fd);
    char *end = NULL;
    unsigned long value = got > 0 ? strtoul(text, &end, 10) : 0;
    if (got <= 0 || end == text || value > UINT32_MAX) {
        return OVERFLOW_UID_DEFAULT;
    }
    return (uint32_t)value;
}

struct policy_self
policy_self_get(void)
{
    struct policy_self self = {.uid = getuid(), .overflow_uid = overflow_uid()};
    return self;
}

bool
policy_caller_allowed(const struct policy_self *self,
                      const struct beid_peer_info *info)
{
    return info->state == BEID_TCP_ESTABLISHED && info->inode != 0
           && info->uid == self->uid && info->uid != self->overflow_uid;
}
