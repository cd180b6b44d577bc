/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "json_say.h"
#include "module.h"
#include "pin_change.h"
#include "place.h"

#include <string.h>

enum pin_option {
    OPTION_JSON,
    OPTION_MODULE,
    OPTION_KEYBOARD,
    OPTION_PINENTRY
};

static const struct cli_option pin_options[] = {
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    [OPTION_KEYBOARD] = {"keyboard", NULL, BEID_TEXT_PIN_KEYBOARD},
    [OPTION_PINENTRY] = {"pinentry", "FILE", BEID_TEXT_CLI_PINENTRY},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

/* The first Belgian eID card; asking it costs no try. */
static enum beid_err
look(const char *path, unsigned int *tries)
{
    struct cli_module *module = NULL;
    enum beid_err err = cli_module_open(path, &module);
    if (err == BEID_OK) {
        err = pin_card(module, false);
    }
    if (err == BEID_OK) {
        err = cli_module_tries(module, tries);
    }
    cli_module_close(&module);
    return err;
}

static int
print_json(unsigned int tries)
{
    struct json_say json;
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    json_say_number(&json, "triesLeft", tries);
    json_say_flag(&json, "blocked", tries == 0);
    json_say_close(&json, '}');
    return json_say_print(&json);
}

static const char *
value_or(const struct cli_call *call, enum pin_option option,
         const char *otherwise)
{
    const char *value = call->values[option];
    return value != NULL ? value : otherwise;
}

static int
change(const struct cli_call *call)
{
    const struct pin_change how = {
        .lang = call->lang,
        .module = value_or(call, OPTION_MODULE, place_module()),
        .pinentry = value_or(call, OPTION_PINENTRY, BEID_PINENTRY_PATH),
        .keyboard = call->values[OPTION_KEYBOARD] != NULL};
    return pin_change(&how);
}

static int
pin_run(const struct cli_call *call)
{
    unsigned int tries = 0;
    if (strcmp(call->operands[0], "change") == 0
        && call->values[OPTION_JSON] == NULL) {
        return change(call);
    }
    if (strcmp(call->operands[0], "status") != 0
        || call->values[OPTION_KEYBOARD] != NULL
        || call->values[OPTION_PINENTRY] != NULL) {
        return cli_wrong(call);
    }
    enum beid_err err =
        look(value_or(call, OPTION_MODULE, place_module()), &tries);
    if (err != BEID_OK) {
        (void)pin_complain(call->lang, err);
        return CLI_NO_CARD;
    }
    if (call->values[OPTION_JSON] == NULL) {
        pin_say_tries(call->lang, tries);
    } else if (print_json(tries) != CLI_DONE) {
        return CLI_FAILED;
    }
    return tries == 0 ? CLI_PIN : CLI_DONE;
}

const struct cli_command pin_command = {
    .name = "pin",
    .usage = "status | change",
    .summary = BEID_TEXT_CLI_PIN,
    .options = pin_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = pin_run,
};
