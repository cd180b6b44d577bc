/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sys/log_sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static int
priority(enum beid_log_level level)
{
    switch (level) {
    case BEID_LEVEL_ERROR:
        return LOG_ERR;
    case BEID_LEVEL_WARN:
        return LOG_WARNING;
    case BEID_LEVEL_INFO:
        return LOG_INFO;
    case BEID_LEVEL_DEBUG:
        break;
    }
    return LOG_DEBUG;
}

static void
to_journal(enum beid_log_level level, const char *text, void *user)
{
    (void)user;
    (void)fprintf(stderr, "<%d>%s\n", priority(level), text);
}

beid_log_sink *
beid_log_sink_find(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): still one thread */
    const char *stream = getenv(BEID_LOG_JOURNAL);
    struct stat facts;
    char own[64];
    if (stream == NULL || fstat(STDERR_FILENO, &facts) != 0) {
        return beid_log_stderr;
    }
    (void)snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)facts.st_dev,
                   (uintmax_t)facts.st_ino);
    return strcmp(stream, own) == 0 ? to_journal : beid_log_stderr;
}
