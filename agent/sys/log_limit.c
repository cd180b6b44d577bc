/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "log_limit.h"

#include <stddef.h>

const char *
beid_log_limit(struct beid_log_limit *limit, unsigned int max, int64_t now_ms)
{
    if (limit->since_ms == 0
        || now_ms - limit->since_ms >= BEID_LOG_LIMIT_WINDOW_MS) {
        limit->since_ms = now_ms;
        limit->count = 0;
    }
    if (limit->count == max) {
        return NULL;
    }
    limit->count++;
    return limit->count == max ? "; more within a minute are not logged" : "";
}
