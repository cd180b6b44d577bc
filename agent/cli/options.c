/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "place.h"
#include "say.h"

#include <string.h>

enum serve_option {
    OPTION_DEVELOPMENT,
    OPTION_PORTALS,
    OPTION_MODULE,
    OPTION_WORKER,
    OPTION_PINENTRY,
    OPTION_SCRIPTED,
    OPTION_LOG_LEVEL,
#if defined(BEID_SELF_ATTACK)
    OPTION_SELF_ATTACK
#endif
};

const struct cli_option serve_option_list[] = {
    [OPTION_DEVELOPMENT] = {"development", NULL, BEID_TEXT_CLI_DEVELOPMENT},
    [OPTION_PORTALS] = {"portals", "DIR", BEID_TEXT_CLI_SERVE_PORTALS},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    [OPTION_WORKER] = {"card-worker", "FILE", BEID_TEXT_CLI_WORKER},
    [OPTION_PINENTRY] = {"pinentry", "FILE", BEID_TEXT_CLI_PINENTRY},
    [OPTION_SCRIPTED] = {"scripted-prompt", "FILE", BEID_TEXT_CLI_SCRIPTED},
    [OPTION_LOG_LEVEL] = {"log-level", "LEVEL", BEID_TEXT_CLI_LOG_LEVEL},
#if defined(BEID_SELF_ATTACK)
    /* PROCESS:WHAT, see sys/self_attack.h. */
    [OPTION_SELF_ATTACK] = {"self-attack", "WHAT", BEID_TEXT_COUNT},
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
value_or(const char *value, const char *otherwise)
{
    return value != NULL ? value : otherwise;
}

bool
serve_options_check(const struct serve_words *words, const char *usual_level,
                    enum beid_lang lang, struct serve_options *out)
{
    const char *level = value_or(words->level, usual_level);
    struct serve_options options = {
        .development = words->development != NULL,
        .portals = words->portals,
        .module = value_or(words->module, place_module()),
        .worker = value_or(words->worker, place_worker()),
        .pinentry = value_or(words->pinentry, BEID_PINENTRY_PATH)};
    if (!log_level_parse(level, &options.level)) {
        const struct say_word said[] = {{"argument", level}, {NULL, NULL}};
        say_error(lang, BEID_TEXT_CLI_UNEXPECTED, said);
        return false;
    }
    if (options.portals != NULL && !options.development) {
        say_error(lang, BEID_TEXT_CLI_PORTALS_ALONE, NULL);
        return false;
    }
    if (words->scripted != NULL) {
        /* Only where the card worker refuses all but test cards. */
        if (!options.development) {
            say_error(lang, BEID_TEXT_CLI_SCRIPTED_ALONE, NULL);
            return false;
        }
        if (words->pinentry != NULL) {
            say_error(lang, BEID_TEXT_CLI_WRONG_ARGUMENTS, NULL);
            return false;
        }
        options.pinentry = words->scripted;
        options.scripted = true;
    }
    *out = options;
    return true;
}

bool
serve_options_read(const struct cli_call *call, struct serve_options *out)
{
    const struct serve_words words = {.development =
                                          call->values[OPTION_DEVELOPMENT],
                                      .portals = call->values[OPTION_PORTALS],
                                      .module = call->values[OPTION_MODULE],
                                      .worker = call->values[OPTION_WORKER],
                                      .pinentry = call->values[OPTION_PINENTRY],
                                      .scripted = call->values[OPTION_SCRIPTED],
                                      .level = call->values[OPTION_LOG_LEVEL]};
    if (!serve_options_check(&words, "info", call->lang, out)) {
        return false;
    }
#if defined(BEID_SELF_ATTACK)
    out->self_attack = call->values[OPTION_SELF_ATTACK];
#endif
    return true;
}
