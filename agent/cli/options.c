/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum serve_option {
    OPTION_DEVELOPMENT = 1,
    OPTION_PORTALS,
    OPTION_MODULE,
    OPTION_WORKER,
    OPTION_PINENTRY,
    OPTION_LOG_LEVEL,
    OPTION_HELP
};

static const struct option known_options[] = {
    {"development", no_argument, NULL, OPTION_DEVELOPMENT},
    {"portals", required_argument, NULL, OPTION_PORTALS},
    {"module", required_argument, NULL, OPTION_MODULE},
    {"card-worker", required_argument, NULL, OPTION_WORKER},
    {"pinentry", required_argument, NULL, OPTION_PINENTRY},
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0}};

static const char *const level_words[] = {"error", "warn", "info", "debug"};

const char *
log_level_word(enum beid_log_level level)
{
    return level_words[level];
}

bool
log_level_parse(const char *word, enum beid_log_level *out)
{
    for (size_t i = 0; i < sizeof level_words / sizeof level_words[0]; i++) {
        if (strcmp(word, level_words[i]) == 0) {
            *out = (enum beid_log_level)i;
            return true;
        }
    }
    return false;
}

static bool
take(int option, const char *value, struct serve_options *out)
{
    switch (option) {
    case OPTION_DEVELOPMENT:
        out->development = true;
        return true;
    case OPTION_PORTALS:
        out->portals = value;
        return true;
    case OPTION_MODULE:
        out->module = value;
        return true;
    case OPTION_WORKER:
        out->worker = value;
        return true;
    case OPTION_PINENTRY:
        out->pinentry = value;
        return true;
    case OPTION_LOG_LEVEL:
        return log_level_parse(value, &out->level);
    case OPTION_HELP:
        out->help = true;
        return true;
    default:
        return false; /* getopt_long has said why */
    }
}

bool
serve_options_read(int argc, char **argv, struct serve_options *out)
{
    struct serve_options options = {.module = BEID_MODULE_PATH,
                                    .worker = BEID_WORKER_PATH,
                                    .pinentry = BEID_PINENTRY_PATH,
                                    .level = BEID_LEVEL_INFO};
    int option = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        option = getopt_long(argc, argv, "", known_options, NULL);
        if (option == -1) {
            break;
        }
        if (!take(option, optarg, &options)) {
            return false;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "beid-agent: unexpected argument: %s\n",
                      argv[optind]);
        return false;
    }
    if (options.portals != NULL && !options.development) {
        (void)fprintf(stderr, "beid-agent: --portals needs --development\n");
        return false;
    }
    *out = options;
    return true;
}
