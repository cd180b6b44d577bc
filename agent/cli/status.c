/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "doctor.h"
#include "json_say.h"
#include "module.h"
#include "place.h"
#include "sys/running.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Not over HTTP, where only listed websites are answered and no command can
 * prove to be one: the ports and processes are the kernel's to tell, and the
 * readers the module's, by their state and without a command to a card.
 */
enum status_option {
    OPTION_JSON,
    OPTION_MODULE
};

static const struct cli_option status_options[] = {
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

static const struct {
    const char *word; /* as GET /v1/status has it */
    enum beid_text_id text;
} cards[] = {
    [CLI_CARD_NONE] = {"none", BEID_TEXT_STATUS_EMPTY},
    [CLI_CARD_READABLE] = {"supported", BEID_TEXT_STATUS_CARD},
    [CLI_CARD_FOREIGN] = {"unsupported", BEID_TEXT_STATUS_FOREIGN},
    [CLI_CARD_MUTE] = {"mute", BEID_TEXT_STATUS_MUTE},
    [CLI_CARD_BUSY] = {"busy", BEID_TEXT_STATUS_BUSY},
};

struct status_seen {
    const struct doctor_facts *facts; /* ports */
    enum beid_err err; /* of the readers */
    struct cli_slots slots;
};

static enum beid_err
look_readers(const char *path, struct cli_slots *out)
{
    struct cli_module *module = NULL;
    enum beid_err err = cli_module_open(path, &module);
    if (err == BEID_OK) {
        err = cli_module_slots(module, out);
    }
    cli_module_close(&module);
    return err;
}

static int
print_json(const struct status_seen *seen)
{
    struct json_say json;
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    json_say_flag(&json, "running", seen->facts->agents > 0);
    json_say_open(&json, "ports", '[');
    for (size_t i = 0; i < BEID_PORT_COUNT; i++) {
        if (seen->facts->port[i].ours) {
            json_say_number(&json, NULL, BEID_PORT_FIRST + i);
        }
    }
    json_say_close(&json, ']');
    json_say_flag(&json, "service", seen->err == BEID_OK);
    json_say_open(&json, "readers", '[');
    for (size_t i = 0; seen->err == BEID_OK && i < seen->slots.count; i++) {
        json_say_open(&json, NULL, '{');
        json_say_text(&json, "card",
                      beid_span_str(cards[seen->slots.state[i]].word));
        json_say_close(&json, '}');
    }
    json_say_close(&json, ']');
    json_say_close(&json, '}');
    return json_say_print(&json);
}

static void
print_number(enum beid_lang lang, enum beid_text_id text, const char *word,
             size_t number)
{
    char value[24];
    (void)snprintf(value, sizeof value, "%zu", number);
    const struct say_word words[] = {{word, value}, {NULL, NULL}};
    say_text(stdout, 0, lang, text, words);
}

static void
print_text(const struct status_seen *seen, enum beid_lang lang)
{
    if (seen->facts->agents == 0) {
        say_text(stdout, 0, lang, BEID_TEXT_STATUS_NOT_RUNNING, NULL);
    }
    for (size_t i = 0; i < BEID_PORT_COUNT; i++) {
        if (seen->facts->port[i].ours) {
            print_number(lang, BEID_TEXT_STATUS_RUNNING, "port",
                         BEID_PORT_FIRST + i);
        }
    }
    if (seen->err != BEID_OK) {
        say_text(stdout, 0, lang, BEID_TEXT_STATUS_NO_SERVICE, NULL);
        return;
    }
    for (size_t i = 0; i < seen->slots.count; i++) {
        print_number(lang, cards[seen->slots.state[i]].text, "number", i + 1);
    }
    if (seen->slots.count == 0) {
        say_text(stdout, 0, lang, BEID_TEXT_STATUS_NO_READERS, NULL);
    }
}

static int
status_run(const struct cli_call *call)
{
    const char *module = call->values[OPTION_MODULE];
    struct doctor_facts *facts = calloc(1, sizeof *facts);
    struct status_seen *seen = calloc(1, sizeof *seen);
    int status = CLI_FAILED;
    if (facts != NULL && seen != NULL) {
        doctor_look_ports(facts);
        seen->facts = facts;
        seen->err = look_readers(module != NULL ? module : place_module(),
                                 &seen->slots);
        status = seen->err == BEID_OK ? CLI_DONE : CLI_NO_CARD;
        if (call->values[OPTION_JSON] == NULL) {
            print_text(seen, call->lang);
        } else if (print_json(seen) != CLI_DONE) {
            status = CLI_FAILED;
        }
    }
    free(seen);
    free(facts);
    return status;
}

const struct cli_command status_command = {
    .name = "status",
    .usage = "",
    .summary = BEID_TEXT_CLI_STATUS,
    .options = status_options,
    .run = status_run,
};
