/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "refusal_log.h"

#include <beid/log.h>

void
http_refusal_log(struct http_refusal_log *log, const char *rule, int64_t now_ms)
{
    const char *end = beid_log_limit(&log->limit, HTTP_REFUSALS_LOGGED, now_ms);
    if (end != NULL) {
        BEID_LOG_INFO("request refused: %s%s", rule, end);
    }
}
