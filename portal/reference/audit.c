/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"

#include <beid/log.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 512U

void
audit_write(const struct visit *visit, const char *event, const char *detail,
            const char *transaction)
{
    char line[LINE_MAX_BYTES];
    char when[32] = "";
    struct tm parts;
    if (visit->site->audit_fd < 0) {
        return;
    }
    if (gmtime_r(&visit->now, &parts) != NULL) {
        (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    int len =
        snprintf(line, sizeof line,
                 "{\"time\":\"%s\",\"event\":\"%s\",\"detail\":\"%s\","
                 "\"subject\":\"%s\",\"txn\":\"%s\"}\n",
                 when, event, detail,
                 visit->has_session ? visit->session.subject : "", transaction);
    /* One write to a file opened for appending: lines never mix. */
    if (len < 0 || (size_t)len >= sizeof line
        || write(visit->site->audit_fd, line, (size_t)len) != len) {
        BEID_LOG_ERROR("the audit trail cannot be written");
    }
}
