/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_OPTIONS_H
#define BEID_CLI_OPTIONS_H

#include <beid/log.h>

#include <stdbool.h>

/* What `beid-agent serve` was told; strings are borrowed from argv. */
struct serve_options {
    bool development;
    const char *portals; /* NULL: none */
    const char *module;
    const char *worker;
    const char *pinentry;
    enum beid_log_level level;
    bool help;
};

/*
 * Reads the options behind the word serve; complains on standard error.
 * False: wrong usage.
 */
bool serve_options_read(int argc, char **argv, struct serve_options *out);

/* "error", "warn", "info" or "debug", as --log-level takes it. */
const char *log_level_word(enum beid_log_level level);
bool log_level_parse(const char *word, enum beid_log_level *out);

#endif
