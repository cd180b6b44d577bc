/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "refusal_log.h"

#include <beid/log.h>

void
http_refusal_log(struct http_refusal_log *log, const char *rule, int64_t now_ms)
{
    if (log->since_ms == 0
        || now_ms - log->since_ms >= HTTP_REFUSALS_WINDOW_MS) {
        log->since_ms = now_ms;
        log->count = 0;
    }
    if (log->count == HTTP_REFUSALS_LOGGED) {
        return;
    }
    log->count++;
    BEID_LOG_INFO("request refused: %s%s", rule,
                  log->count == HTTP_REFUSALS_LOGGED
                      ? "; more within a minute are not logged"
                      : "");
}
