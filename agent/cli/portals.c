/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "json_say.h"
#include "policy/restriction.h"
#include "portal_files.h"
#include "say.h"
#include "sys/running.h"
#include "sys/user_file.h"

#include <beid/log.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 2U

enum portals_option {
    OPTION_JSON,
    OPTION_PORTALS
};

static const struct cli_option portals_options[] = {
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    [OPTION_PORTALS] = {"portals", "DIR", BEID_TEXT_CLI_PORTALS_FOLDER},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

/* What a portal may ask for, in the order in which it is shown. */
static const struct {
    enum policy_operation operation;
    enum beid_text_id text;
} operations[] = {
    {POLICY_AUTHENTICATE, BEID_TEXT_CLI_MAY_LOG_IN},
    {POLICY_STEP_UP, BEID_TEXT_CLI_MAY_STEP_UP},
    {POLICY_SIGNING_CERTIFICATE, BEID_TEXT_CLI_MAY_SEE_CERTIFICATE},
    {POLICY_SIGN, BEID_TEXT_CLI_MAY_SIGN},
};

#define OPERATIONS (sizeof operations / sizeof operations[0])

static void
json_origins(struct json_say *json, const char *key, char *const *list,
             size_t count)
{
    json_say_open(json, key, '[');
    for (size_t i = 0; i < count; i++) {
        json_say_text(json, NULL, beid_span_str(list[i]));
    }
    json_say_close(json, ']');
}

static void
json_portal(struct json_say *json, const char *key,
            const struct portal_file *file, enum beid_lang lang)
{
    const struct policy_portal *portal = &file->portal;
    json_say_open(json, key, '{');
    json_say_text(json, "name", beid_span_str(file->name));
    json_say_text(json, "title",
                  beid_span_str(policy_portal_name(portal, lang)));
    json_origins(json, "origins", portal->origins, portal->origin_count);
    json_origins(json, "resourceOrigins", portal->resource_origins,
                 portal->resource_origin_count);
    json_say_open(json, "allow", '[');
    for (size_t i = 0; i < OPERATIONS; i++) {
        if (policy_portal_allows(portal, operations[i].operation)) {
            json_say_text(
                json, NULL,
                beid_span_str(policy_operation_word(operations[i].operation)));
        }
    }
    json_say_close(json, ']');
    json_say_text(json, "environment",
                  beid_span_str(policy_environment_word(
                      policy_portal_environment(portal))));
    json_say_flag(json, "development", portal->development);
    json_say_flag(json, "blocked", file->blocked);
    json_say_close(json, '}');
}

static void
say_value(enum beid_lang lang, enum beid_text_id id, const char *value)
{
    const struct say_word words[] = {{"value", value}, {NULL, NULL}};
    say_text(stdout, INDENT, lang, id, words);
}

static void
show_line(const struct portal_file *file, enum beid_lang lang)
{
    const struct say_word words[] = {
        {"name", file->name},
        {"title", policy_portal_name(&file->portal, lang)},
        {NULL, NULL}};
    say_text(stdout, 0, lang,
             file->blocked ? BEID_TEXT_CLI_PORTAL_BLOCKED
                           : BEID_TEXT_CLI_PORTAL_LINE,
             words);
}

static void
show(const struct portal_file *file, enum beid_lang lang)
{
    const struct policy_portal *portal = &file->portal;
    show_line(file, lang);
    for (size_t i = 0; i < portal->origin_count; i++) {
        say_value(lang, BEID_TEXT_CLI_PORTAL_ORIGIN, portal->origins[i]);
    }
    for (size_t i = 0; i < portal->resource_origin_count; i++) {
        say_value(lang, BEID_TEXT_CLI_PORTAL_RESOURCE,
                  portal->resource_origins[i]);
    }
    for (size_t i = 0; i < OPERATIONS; i++) {
        if (policy_portal_allows(portal, operations[i].operation)) {
            say_text(stdout, INDENT, lang, operations[i].text, NULL);
        }
    }
    if (policy_portal_environment(portal) != BEID_ENVIRONMENT_PRODUCTION) {
        say_value(lang, BEID_TEXT_CLI_PORTAL_ENVIRONMENT,
                  policy_environment_word(policy_portal_environment(portal)));
    }
}

/* The citizen should know why everything is blocked. */
static void
warn_restriction(const struct portal_files *files, enum beid_lang lang)
{
    char line[16];
    (void)snprintf(line, sizeof line, "%u", files->bad_line);
    const struct say_word words[] = {{"line", line}, {NULL, NULL}};
    if (files->unreadable) {
        say_error(lang, BEID_TEXT_CLI_RESTRICTION_UNREADABLE, NULL);
    } else if (files->bad_line != 0) {
        say_error(lang, BEID_TEXT_CLI_RESTRICTION_INVALID, words);
    }
}

static int
list_all(const struct cli_call *call, const struct portal_files *files)
{
    struct json_say json;
    if (call->values[OPTION_JSON] == NULL) {
        for (size_t i = 0; i < files->count; i++) {
            show_line(&files->file[i], call->lang);
        }
        if (files->count == 0) {
            say_text(stdout, 0, call->lang, BEID_TEXT_CLI_NO_PORTALS, NULL);
        }
        return CLI_DONE;
    }
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    json_say_open(&json, "portals", '[');
    for (size_t i = 0; i < files->count; i++) {
        json_portal(&json, NULL, &files->file[i], call->lang);
    }
    json_say_close(&json, ']');
    json_say_flag(&json, "restrictionsValid",
                  files->bad_line == 0 && !files->unreadable);
    json_say_close(&json, '}');
    return json_say_print(&json);
}

static int
show_one(const struct cli_call *call, const struct portal_file *file)
{
    struct json_say json;
    if (call->values[OPTION_JSON] == NULL) {
        show(file, call->lang);
        return CLI_DONE;
    }
    json_say_init(&json);
    json_portal(&json, NULL, file, call->lang);
    return json_say_print(&json);
}

/* So that a running agent follows at once. */
static void
tell_agents(void)
{
    struct beid_running running;
    beid_running_find(&running);
    for (size_t i = 0; i < running.count; i++) {
        (void)kill(running.pid[i], SIGHUP);
    }
}

static enum beid_err
write_restriction(const struct portal_files *files, const char *name,
                  bool block)
{
    struct beid_buf path;
    struct beid_buf text;
    beid_buf_init(&path, BEID_USER_PATH_MAX);
    beid_buf_init(&text, POLICY_RESTRICTION_MAX);
    enum beid_err err = portal_files_restriction(&path);
    if (err == BEID_OK) {
        err = policy_restriction_edit(beid_buf_span(&files->restriction),
                                      beid_span_str(name), block, &text);
    }
    if (err == BEID_OK) {
        err = beid_user_write(beid_buf_cstr(&path), beid_buf_span(&text));
    }
    beid_buf_clear(&path);
    beid_buf_clear(&text);
    return err;
}

static int
change(const struct cli_call *call, const struct portal_files *files,
       const struct portal_file *file, bool block)
{
    const struct say_word words[] = {{"name", file->name}, {NULL, NULL}};
    if (files->bad_line != 0 || files->unreadable) {
        return CLI_FAILED; /* said already; not to be written over */
    }
    if (write_restriction(files, file->name, block) != BEID_OK) {
        say_error(call->lang, BEID_TEXT_CLI_CANNOT_WRITE, NULL);
        return CLI_FAILED;
    }
    tell_agents();
    say_text(stdout, 0, call->lang,
             block ? BEID_TEXT_CLI_NOW_BLOCKED : BEID_TEXT_CLI_NOW_ALLOWED,
             words);
    return CLI_DONE;
}

static int
run_on_one(const struct cli_call *call, const struct portal_files *files)
{
    const char *action = call->operands[0];
    const struct portal_file *file =
        portal_files_find(files, call->operands[1]);
    if (file == NULL) {
        const struct say_word words[] = {{"name", call->operands[1]},
                                         {NULL, NULL}};
        say_error(call->lang, BEID_TEXT_CLI_NO_SUCH_PORTAL, words);
        return CLI_FAILED;
    }
    if (strcmp(action, "show") == 0) {
        return show_one(call, file);
    }
    return change(call, files, file, strcmp(action, "block") == 0);
}

static bool
is_action(const struct cli_call *call)
{
    static const char *const with_name[] = {"show", "block", "unblock"};
    const char *action = call->operands[0];
    if (strcmp(action, "list") == 0) {
        return call->operand_count == 1;
    }
    for (size_t i = 0; i < sizeof with_name / sizeof with_name[0]; i++) {
        if (strcmp(action, with_name[i]) == 0) {
            return call->operand_count == 2;
        }
    }
    return false;
}

static int
portals_run(const struct cli_call *call)
{
    if (!is_action(call)) {
        return cli_wrong(call);
    }
    struct portal_files *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return CLI_FAILED;
    }
    beid_log_set(beid_log_stderr, NULL, BEID_LEVEL_WARN);
    int status = CLI_FAILED;
    if (portal_files_read(files, call->values[OPTION_PORTALS]) != BEID_OK) {
        say_error(call->lang, BEID_TEXT_CLI_PORTALS_UNREADABLE, NULL);
    } else {
        warn_restriction(files, call->lang);
        status = call->operand_count == 1 ? list_all(call, files)
                                          : run_on_one(call, files);
    }
    portal_files_clear(files);
    free(files);
    return status;
}

const struct cli_command portals_command = {
    .name = "portals",
    .usage = "list | show NAME | block NAME | unblock NAME",
    .summary = BEID_TEXT_CLI_PORTALS,
    .options = portals_options,
    .operands_min = 1,
    .operands_max = 2,
    .run = portals_run,
};
