/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_HTTP_REFUSAL_LOG_H
#define BEID_HTTP_REFUSAL_LOG_H

#include "sys/log_limit.h"

#define HTTP_REFUSALS_LOGGED 20U

struct http_refusal_log {
    struct beid_log_limit limit;
};

/*
 * Logs which rule refused a request, at most HTTP_REFUSALS_LOGGED times a
 * minute: a page or another user must not fill the disk.
 */
void http_refusal_log(struct http_refusal_log *log, const char *rule,
                      int64_t now_ms);

#endif
