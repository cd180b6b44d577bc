/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "place.h"
#include "say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MIN 30L
#define SECONDS_MAX 900L
#define TIMEOUT_MS 300000U
#define DECIMAL 10

enum serve_option {
    OPTION_PORTALS,
    OPTION_WORKER,
#if defined(BEID_SELF_ATTACK)
    OPTION_SELF_ATTACK = OPTION_WORKER + WORKER_OPTION_COUNT
#endif
};

const struct cli_option serve_option_list[] = {
    [OPTION_PORTALS] = {"portals", "DIR", BEID_TEXT_CLI_SERVE_PORTALS},
    WORKER_OPTIONS(OPTION_WORKER),
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

/* Those of a card worker, whose values begin here. False: complained. */
static bool
read_worker(const char *const values[WORKER_OPTION_COUNT], const char *portals,
            const char *usual_level, enum beid_lang lang,
            struct serve_options *out)
{
    const char *level = value_or(values[WORKER_LOG_LEVEL], usual_level);
    struct serve_options options = {
        .development = values[WORKER_DEVELOPMENT] != NULL,
        .portals = portals,
        .module = value_or(values[WORKER_MODULE], place_module()),
        .worker = value_or(values[WORKER_PROGRAM], place_worker()),
        .pinentry = value_or(values[WORKER_PINENTRY], BEID_PINENTRY_PATH)};
    if (!log_level_parse(level, &options.level)) {
        const struct say_word said[] = {{"argument", level}, {NULL, NULL}};
        say_error(lang, BEID_TEXT_CLI_UNEXPECTED, said);
        return false;
    }
    if (options.portals != NULL && !options.development) {
        say_error(lang, BEID_TEXT_CLI_PORTALS_ALONE, NULL);
        return false;
    }
    if (values[WORKER_SCRIPTED] != NULL) {
        /* Only where the card worker refuses all but test cards. */
        if (!options.development) {
            say_error(lang, BEID_TEXT_CLI_SCRIPTED_ALONE, NULL);
            return false;
        }
        if (values[WORKER_PINENTRY] != NULL) {
            say_error(lang, BEID_TEXT_CLI_WRONG_ARGUMENTS, NULL);
            return false;
        }
        options.pinentry = values[WORKER_SCRIPTED];
        options.scripted = true;
    }
    *out = options;
    return true;
}

bool
serve_options_read(const struct cli_call *call, struct serve_options *out)
{
    if (!read_worker(&call->values[OPTION_WORKER], call->values[OPTION_PORTALS],
                     "info", call->lang, out)) {
        return false;
    }
#if defined(BEID_SELF_ATTACK)
    out->self_attack = call->values[OPTION_SELF_ATTACK];
#endif
    return true;
}

/* 0: not a number of seconds that an operation may take. */
static uint32_t
timeout_of(const char *seconds)
{
    char *end = NULL;
    if (seconds == NULL) {
        return TIMEOUT_MS;
    }
    errno = 0;
    long value = strtol(seconds, &end, DECIMAL);
    if (errno != 0 || end == seconds || *end != '\0' || value < SECONDS_MIN
        || value > SECONDS_MAX) {
        return 0;
    }
    return (uint32_t)value * 1000U;
}

int
errand_options_read(const struct cli_call *call, size_t first,
                    const char *portals, struct errand_options *out)
{
    const char *const *values = &call->values[first];
    const char *lang = values[ERRAND_LANG];
    struct errand_options options = {.lang = call->lang,
                                     .timeout_ms =
                                         timeout_of(values[ERRAND_TIMEOUT]),
                                     .json = values[ERRAND_JSON] != NULL};
    if (!read_worker(&values[ERRAND_WORKER], portals, "warn", call->lang,
                     &options.serve)) {
        return CLI_USAGE;
    }
    if (options.timeout_ms == 0
        || (lang != NULL
            && beid_lang_parse(beid_span_str(lang), &options.lang)
                   != BEID_OK)) {
        return cli_wrong(call);
    }
    *out = options;
    return CLI_DONE;
}
