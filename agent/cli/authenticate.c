/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/token.h"
#include "cli.h"
#include "complain.h"
#include "errand.h"
#include "portal_files.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX 65536U

enum authenticate_option {
    OPTION_ORIGIN,
    OPTION_NONCE,
    OPTION_LANG,
    OPTION_CHAIN,
    OPTION_TIMEOUT,
    OPTION_JSON,
    OPTION_DEVELOPMENT,
    OPTION_PORTALS,
    OPTION_MODULE,
    OPTION_WORKER,
    OPTION_PINENTRY,
    OPTION_SCRIPTED,
    OPTION_LOG_LEVEL
};

static const struct cli_option authenticate_options[] = {
    [OPTION_ORIGIN] = {"origin", "ORIGIN", BEID_TEXT_ERRAND_ORIGIN},
    [OPTION_NONCE] = {"nonce", "NONCE", BEID_TEXT_ERRAND_NONCE},
    [OPTION_LANG] = {"lang", "LANG", BEID_TEXT_ERRAND_LANG},
    [OPTION_CHAIN] = {"chain", NULL, BEID_TEXT_ERRAND_CHAIN},
    [OPTION_TIMEOUT] = {"timeout", "SECONDS", BEID_TEXT_ERRAND_TIMEOUT},
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    [OPTION_DEVELOPMENT] = {"development", NULL, BEID_TEXT_CLI_DEVELOPMENT},
    [OPTION_PORTALS] = {"portals", "DIR", BEID_TEXT_CLI_SERVE_PORTALS},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    [OPTION_WORKER] = {"card-worker", "FILE", BEID_TEXT_CLI_WORKER},
    [OPTION_PINENTRY] = {"pinentry", "FILE", BEID_TEXT_CLI_PINENTRY},
    [OPTION_SCRIPTED] = {"scripted-prompt", "FILE", BEID_TEXT_CLI_SCRIPTED},
    [OPTION_LOG_LEVEL] = {"log-level", "LEVEL", BEID_TEXT_CLI_LOG_LEVEL},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

static const struct complaint no_portal = {"portal_unknown",
                                           BEID_TEXT_ERRAND_NO_PORTAL};
static const struct complaint blocked = {"portal_blocked",
                                         BEID_TEXT_PORTAL_BLOCKED};
static const struct complaint not_allowed = {"operation_not_allowed",
                                             BEID_TEXT_OPERATION_NOT_ALLOWED};
static const struct complaint unreadable = {"portals_unreadable",
                                            BEID_TEXT_CLI_PORTALS_UNREADABLE};

/* Standard error, or what a script reads. */
static void
refuse(const struct cli_call *call, const struct complaint *complaint,
       const struct say_word *words)
{
    (void)complain_own(call->values[OPTION_JSON] != NULL, call->lang, complaint,
                       words);
}

static const struct policy_portal *
find_origin(const struct portal_files *files, const char *origin,
            const struct portal_file **file)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct policy_portal *portal = &files->file[i].portal;
        for (size_t j = 0; j < portal->origin_count; j++) {
            if (strcmp(portal->origins[j], origin) == 0) {
                *file = &files->file[i];
                return portal;
            }
        }
    }
    return NULL;
}

/* The rules that the agent has for a page of that origin. */
static const struct policy_portal *
admit(const struct cli_call *call, const struct portal_files *files)
{
    const char *origin = call->values[OPTION_ORIGIN];
    const struct say_word words[] = {{"origin", origin}, {NULL, NULL}};
    const struct portal_file *file = NULL;
    const struct policy_portal *portal = find_origin(files, origin, &file);
    if (portal == NULL) {
        refuse(call, &no_portal, words);
        return NULL;
    }
    if (file->blocked || files->unreadable || files->bad_line != 0) {
        refuse(call, &blocked, NULL);
        return NULL;
    }
    if (!policy_portal_allows(portal, POLICY_AUTHENTICATE)) {
        refuse(call, &not_allowed, NULL);
        return NULL;
    }
    return portal;
}

/* Answers CLI_DONE once the token is printed. */
static int
print_token(const struct beid_wire_auth_reply *reply)
{
    struct beid_buf token;
    beid_buf_init(&token, TOKEN_MAX);
    api_token_write(&token, reply);
    const char *text = beid_buf_cstr(&token);
    int status = text != NULL && puts(text) >= 0 && fflush(stdout) == 0
                     ? CLI_DONE
                     : CLI_FAILED;
    beid_buf_clear(&token);
    return status;
}

static int
run(const struct cli_call *call, const struct serve_options *options,
    enum beid_lang lang, const struct policy_portal *portal)
{
    struct errand_answer answer;
    struct beid_wire_operation asked = {
        .type = BEID_WIRE_AUTHENTICATE,
        .base = {.portal_name = beid_span_str(policy_portal_name(portal, lang)),
                 .origin = beid_span_str(call->values[OPTION_ORIGIN]),
                 .environment = policy_portal_environment(portal),
                 .development = options->development || portal->development,
                 .nonce = beid_span_str(call->values[OPTION_NONCE]),
                 .timeout_ms = errand_timeout_ms(call->values[OPTION_TIMEOUT]),
                 .wait_for_card = true,
                 .chain = call->values[OPTION_CHAIN] != NULL}};
    memcpy(asked.base.lang, beid_lang_code(lang), sizeof asked.base.lang);
    errand_answer_init(&answer);
    enum beid_err err = errand_run(options, false, &asked, &answer);
    int status = CLI_FAILED;
    if (err == BEID_OK) {
        status = print_token(&answer.reply);
    } else if (err == BEID_ERR_ARGUMENT) {
        status = cli_wrong(call);
    } else {
        status =
            complain_as(call->values[OPTION_JSON] != NULL, call->lang, err);
    }
    errand_answer_clear(&answer);
    return status;
}

static int
authenticate_run(const struct cli_call *call)
{
    struct serve_options options;
    enum beid_lang lang = call->lang;
    const char *asked = call->values[OPTION_LANG];
    const struct serve_words words = {.development =
                                          call->values[OPTION_DEVELOPMENT],
                                      .portals = call->values[OPTION_PORTALS],
                                      .module = call->values[OPTION_MODULE],
                                      .worker = call->values[OPTION_WORKER],
                                      .pinentry = call->values[OPTION_PINENTRY],
                                      .scripted = call->values[OPTION_SCRIPTED],
                                      .level = call->values[OPTION_LOG_LEVEL]};
    if (!serve_options_check(&words, "warn", call->lang, &options)) {
        return CLI_USAGE;
    }
    if (call->values[OPTION_ORIGIN] == NULL
        || call->values[OPTION_NONCE] == NULL
        || errand_timeout_ms(call->values[OPTION_TIMEOUT]) == 0
        || (asked != NULL
            && beid_lang_parse(beid_span_str(asked), &lang) != BEID_OK)) {
        return cli_wrong(call);
    }
    struct portal_files *files = calloc(1, sizeof *files);
    if (files == NULL || errand_prepare(&options) != BEID_OK) {
        free(files);
        return CLI_FAILED;
    }
    int status = CLI_FAILED;
    if (portal_files_read(files, options.portals) != BEID_OK) {
        refuse(call, &unreadable, NULL);
    } else {
        const struct policy_portal *portal = admit(call, files);
        status =
            portal != NULL ? run(call, &options, lang, portal) : CLI_FAILED;
    }
    portal_files_clear(files);
    free(files);
    return status;
}

const struct cli_command authenticate_command = {
    .name = "authenticate",
    .usage = "",
    .summary = BEID_TEXT_ERRAND_AUTHENTICATE,
    .options = authenticate_options,
    .run = authenticate_run,
};
