/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_OPTIONS_H
#define BEID_CLI_OPTIONS_H

#include "cli.h"

#include <beid/log.h>

#include <stdbool.h>

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

/* The same as it was typed; NULL: absent. */
struct serve_words {
    const char *development;
    const char *portals;
    const char *module;
    const char *worker;
    const char *pinentry;
    const char *scripted;
    const char *level;
};

/* For the description of the subcommand. */
extern const struct cli_option serve_option_list[];

/*
 * Reads the options of the call; complains on standard error. False: wrong
 * usage.
 */
bool serve_options_read(const struct cli_call *call, struct serve_options *out);

/* For other subcommands that start a card worker. */
bool serve_options_check(const struct serve_words *words,
                         const char *usual_level, enum beid_lang lang,
                         struct serve_options *out);

/* "error", "warn", "info" or "debug", as --log-level takes it. */
const char *log_level_word(enum beid_log_level level);
bool log_level_parse(const char *word, enum beid_log_level *out);

#endif
