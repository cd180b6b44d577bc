/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int64_t
clock_ms(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
beid_clock_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t
beid_clock_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t
beid_clock_boot_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

enum beid_err
beid_timer_new(int *fd)
{
    int made = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (made < 0) {
        return BEID_ERR_IO;
    }
    *fd = made;
    return BEID_OK;
}

void
beid_timer_set(int fd, int64_t deadline_ms)
{
    struct itimerspec when = {0};
    if (deadline_ms != BEID_NEVER) {
        /* Zero would disarm; one millisecond late is never early. */
        int64_t at = deadline_ms < 0 ? 1 : deadline_ms + 1;
        when.it_value.tv_sec = (time_t)(at / 1000);
        when.it_value.tv_nsec = (long)(at % 1000) * 1000000L;
    }
    (void)timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void
beid_timer_read(int fd)
{
    uint64_t count = 0;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got;
}
