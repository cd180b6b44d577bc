/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_OPTIONS_H
#define BEID_CLI_OPTIONS_H

#include "cli.h"

#include <beid/log.h>

#include <stdbool.h>
#include <stdint.h>

/* What `beid-agent serve` was told; strings are borrowed from argv. */
struct serve_options {
    bool development;
    const char *portals; /* NULL: none */
    const char *module;
    const char *worker;
    const char *pinentry;
    bool scripted; /* pinentry is a program that answers by itself */
#if defined(BEID_SELF_ATTACK)
    const char *self_attack; /* PROCESS:WHAT; NULL: none */
#endif
    enum beid_log_level level;
};

/*
 * The options of all subcommands that start a card worker. In a subcommand's
 * list they stand together, behind its own: WORKER_OPTIONS(first) is a part of
 * that list's initialiser.
 */
enum worker_option {
    WORKER_DEVELOPMENT,
    WORKER_MODULE,
    WORKER_PROGRAM,
    WORKER_PINENTRY,
    WORKER_SCRIPTED,
    WORKER_LOG_LEVEL,
    WORKER_OPTION_COUNT
};
/* clang-format off */
#define WORKER_OPTIONS(first)                                                  \
    [(int)(first) + WORKER_DEVELOPMENT] =                                      \
        {"development", NULL, BEID_TEXT_CLI_DEVELOPMENT},                      \
    [(int)(first) + WORKER_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE}, \
    [(int)(first) + WORKER_PROGRAM] =                                          \
        {"card-worker", "FILE", BEID_TEXT_CLI_WORKER},                         \
    [(int)(first) + WORKER_PINENTRY] =                                         \
        {"pinentry", "FILE", BEID_TEXT_CLI_PINENTRY},                          \
    [(int)(first) + WORKER_SCRIPTED] =                                         \
        {"scripted-prompt", "FILE", BEID_TEXT_CLI_SCRIPTED},                   \
    [(int)(first) + WORKER_LOG_LEVEL] =                                        \
        {"log-level", "LEVEL", BEID_TEXT_CLI_LOG_LEVEL}
/* clang-format on */

/* The same with those of an operation for a subcommand (errand.h). */
enum errand_option {
    ERRAND_LANG,
    ERRAND_TIMEOUT,
    ERRAND_JSON,
    ERRAND_WORKER,
    ERRAND_OPTION_COUNT = ERRAND_WORKER + WORKER_OPTION_COUNT
};
/* clang-format off */
#define ERRAND_OPTIONS(first)                                                  \
    [(int)(first) + ERRAND_LANG] = {"lang", "LANG", BEID_TEXT_ERRAND_LANG},    \
    [(int)(first) + ERRAND_TIMEOUT] =                                          \
        {"timeout", "SECONDS", BEID_TEXT_ERRAND_TIMEOUT},                      \
    [(int)(first) + ERRAND_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},         \
    WORKER_OPTIONS((int)(first) + ERRAND_WORKER)
/* clang-format on */

struct errand_options {
    struct serve_options serve;
    enum beid_lang lang; /* of the prompt */
    uint32_t timeout_ms;
    bool json;
};

/* For the description of serve. */
extern const struct cli_option serve_option_list[];

/*
 * Reads the options of a call of serve; complains on standard error. False:
 * wrong usage.
 */
bool serve_options_read(const struct cli_call *call, struct serve_options *out);

/*
 * Reads those of an errand, whose first is at this place; portals as in struct
 * serve_options. CLI_DONE, or the exit status once it has complained.
 */
int errand_options_read(const struct cli_call *call, size_t first,
                        const char *portals, struct errand_options *out);

/* "error", "warn", "info" or "debug", as --log-level takes it. */
const char *log_level_word(enum beid_log_level level);
bool log_level_parse(const char *word, enum beid_log_level *out);

#endif
