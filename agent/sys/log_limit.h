/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_SYS_LOG_LIMIT_H
#define BEID_SYS_LOG_LIMIT_H

#include <beid/err.h>

#include <stdint.h>

#define BEID_LOG_LIMIT_WINDOW_MS 60000

/* How many lines were logged since the window began; begins as zero. */
struct beid_log_limit {
    int64_t since_ms;
    unsigned int count;
};

/*
 * May one more line be logged, of at most max in a minute? NULL when not, else
 * what the line ends in: nothing, or for the last one that no more follow.
 * What others cause must not fill the disk.
 */
const char *beid_log_limit(struct beid_log_limit *limit, unsigned int max,
                           int64_t now_ms) BEID_NODISCARD;

#endif
