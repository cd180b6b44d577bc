/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "say.h"

#include <string.h>

enum serve_option {
    OPTION_DEVELOPMENT,
    OPTION_PORTALS,
    OPTION_MODULE,
    OPTION_WORKER,
    OPTION_PINENTRY,
    OPTION_LOG_LEVEL,
    OPTION_SELF_ATTACK
};

const struct cli_option serve_option_list[] = {
    [OPTION_DEVELOPMENT] = {"development", NULL, BEID_TEXT_CLI_DEVELOPMENT},
    [OPTION_PORTALS] = {"portals", "DIR", BEID_TEXT_CLI_SERVE_PORTALS},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    [OPTION_WORKER] = {"card-worker", "FILE", BEID_TEXT_CLI_WORKER},
    [OPTION_PINENTRY] = {"pinentry", "FILE", BEID_TEXT_CLI_PINENTRY},
    [OPTION_LOG_LEVEL] = {"log-level", "LEVEL", BEID_TEXT_CLI_LOG_LEVEL},
#if defined(BEID_SELF_ATTACK)
    [OPTION_SELF_ATTACK] = {"self-attack", "WHAT", BEID_TEXT_CLI_SELF_ATTACK},
#endif
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

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

static const char *
value_or(const struct cli_call *call, enum serve_option option,
         const char *otherwise)
{
    const char *value = call->values[option];
    return value != NULL ? value : otherwise;
}

bool
serve_options_read(const struct cli_call *call, struct serve_options *out)
{
    const char *level = value_or(call, OPTION_LOG_LEVEL, "info");
    struct serve_options options = {
        .development = call->values[OPTION_DEVELOPMENT] != NULL,
        .portals = call->values[OPTION_PORTALS],
        .module = value_or(call, OPTION_MODULE, BEID_MODULE_PATH),
        .worker = value_or(call, OPTION_WORKER, BEID_WORKER_PATH),
        .pinentry = value_or(call, OPTION_PINENTRY, BEID_PINENTRY_PATH),
        .self_attack = call->values[OPTION_SELF_ATTACK]};
    if (!log_level_parse(level, &options.level)) {
        const struct say_word words[] = {{"argument", level}, {NULL, NULL}};
        say_error(call->lang, BEID_TEXT_CLI_UNEXPECTED, words);
        return false;
    }
    if (options.portals != NULL && !options.development) {
        say_error(call->lang, BEID_TEXT_CLI_PORTALS_ALONE, NULL);
        return false;
    }
    *out = options;
    return true;
}
