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
    OPTION_CHAIN,
    OPTION_PORTALS,
    OPTION_ERRAND
};

static const struct cli_option authenticate_options[] = {
    [OPTION_ORIGIN] = {"origin", "ORIGIN", BEID_TEXT_ERRAND_ORIGIN},
    [OPTION_NONCE] = {"nonce", "NONCE", BEID_TEXT_ERRAND_NONCE},
    [OPTION_CHAIN] = {"chain", NULL, BEID_TEXT_ERRAND_CHAIN},
    [OPTION_PORTALS] = {"portals", "DIR", BEID_TEXT_CLI_SERVE_PORTALS},
    ERRAND_OPTIONS(OPTION_ERRAND),
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
    (void)complain_own(call->values[(int)OPTION_ERRAND + ERRAND_JSON] != NULL,
                       call->lang, complaint, words);
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
run(const struct cli_call *call, const struct errand_options *options,
    const struct policy_portal *portal)
{
    enum beid_lang lang = options->lang;
    struct errand_answer answer;
    struct beid_wire_operation asked = {
        .type = BEID_WIRE_AUTHENTICATE,
        .base = {.portal_name = beid_span_str(policy_portal_name(portal, lang)),
                 .origin = beid_span_str(call->values[OPTION_ORIGIN]),
                 .environment = policy_portal_environment(portal),
                 .development =
                     options->serve.development || portal->development,
                 .nonce = beid_span_str(call->values[OPTION_NONCE]),
                 .timeout_ms = options->timeout_ms,
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
        status = complain_as(options->json, call->lang, err);
    }
    errand_answer_clear(&answer);
    return status;
}

static int
authenticate_run(const struct cli_call *call)
{
    struct errand_options options;
    if (call->values[OPTION_ORIGIN] == NULL
        || call->values[OPTION_NONCE] == NULL) {
        return cli_wrong(call);
    }
    int status = errand_options_read(call, OPTION_ERRAND,
                                     call->values[OPTION_PORTALS], &options);
    if (status == CLI_DONE) {
        status = errand_prepare(call, &options);
    }
    if (status != CLI_DONE) {
        return status;
    }
    struct portal_files *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return CLI_FAILED;
    }
    status = CLI_FAILED;
    if (portal_files_read(files, options.serve.portals) != BEID_OK) {
        refuse(call, &unreadable, NULL);
    } else {
        const struct policy_portal *portal = admit(call, files);
        status = portal != NULL ? run(call, &options, portal) : CLI_FAILED;
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
