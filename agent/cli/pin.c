/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "json_say.h"
#include "module.h"
#include "say.h"

#include <string.h>

enum pin_option {
    OPTION_JSON,
    OPTION_MODULE
};

static const struct cli_option pin_options[] = {
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

/* The first Belgian eID card; asking it costs no try. */
static enum beid_err
look(const char *path, unsigned int *tries)
{
    struct cli_module *module = NULL;
    struct cli_slots slots = {.count = 0};
    enum beid_err err = cli_module_open(path, &module);
    if (err == BEID_OK) {
        err = cli_module_slots(module, &slots);
    }
    if (err == BEID_OK) {
        err = slots.count == 0 ? BEID_ERR_NO_READER : BEID_ERR_NO_CARD;
    }
    for (size_t i = 0; i < slots.count; i++) {
        if (err == BEID_ERR_NO_CARD && slots.state[i] == CLI_CARD_READABLE) {
            err = cli_module_use(module, slots.id[i]);
            if (err == BEID_OK) {
                err = cli_module_tries(module, tries);
            }
            break;
        }
    }
    cli_module_close(&module);
    return err;
}

static enum beid_text_id
text_of(enum beid_err err)
{
    if (err == BEID_ERR_NO_READER) {
        return BEID_TEXT_NO_READER;
    }
    if (err == BEID_ERR_NO_CARD) {
        return BEID_TEXT_NO_CARD;
    }
    if (err == BEID_ERR_NO_SERVICE) {
        return BEID_TEXT_PCSCD_UNAVAILABLE;
    }
    return err == BEID_ERR_CARD_TOO_OLD ? BEID_TEXT_CARD_TOO_OLD
                                        : BEID_TEXT_CARD_MUTE;
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

static void
print_text(enum beid_lang lang, unsigned int tries)
{
    const char digit[2] = {(char)('0' + (int)(tries % 10U)), '\0'};
    const struct say_word words[] = {{"tries", digit}, {NULL, NULL}};
    if (tries == 0) {
        say_text(stdout, 0, lang, BEID_TEXT_PIN_BLOCKED, NULL);
    } else if (tries == 1) {
        say_text(stdout, 0, lang, BEID_TEXT_PROMPT_TRIES_ONE, NULL);
    } else {
        say_text(stdout, 0, lang, BEID_TEXT_PROMPT_TRIES_MANY, words);
    }
}

static int
pin_run(const struct cli_call *call)
{
    const char *module = call->values[OPTION_MODULE];
    unsigned int tries = 0;
    if (strcmp(call->operands[0], "status") != 0) {
        return cli_wrong(call);
    }
    enum beid_err err =
        look(module != NULL ? module : BEID_MODULE_PATH, &tries);
    if (err != BEID_OK) {
        say_error(call->lang, text_of(err), NULL);
        return CLI_NO_CARD;
    }
    if (call->values[OPTION_JSON] == NULL) {
        print_text(call->lang, tries);
    } else if (print_json(tries) != CLI_DONE) {
        return CLI_FAILED;
    }
    return tries == 0 ? CLI_PIN : CLI_DONE;
}

const struct cli_command pin_command = {
    .name = "pin",
    .usage = "status",
    .summary = BEID_TEXT_CLI_PIN,
    .options = pin_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = pin_run,
};
