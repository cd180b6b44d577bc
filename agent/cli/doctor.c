/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"

#include "cli.h"
#include "json_say.h"
#include "place.h"

#include <beid/log.h>

#include <stdlib.h>

enum doctor_option {
    OPTION_JSON,
    OPTION_MODULE,
    OPTION_WORKER,
    OPTION_PINENTRY,
    OPTION_PORTALS,
    OPTION_ROOT
};

static const struct cli_option doctor_options[] = {
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    [OPTION_MODULE] = {"module", "FILE", BEID_TEXT_CLI_MODULE},
    [OPTION_WORKER] = {"card-worker", "FILE", BEID_TEXT_CLI_WORKER},
    [OPTION_PINENTRY] = {"pinentry", "FILE", BEID_TEXT_CLI_PINENTRY},
    [OPTION_PORTALS] = {"portals", "DIR", BEID_TEXT_CLI_PORTALS_FOLDER},
    [OPTION_ROOT] = {"root", "DIR", BEID_TEXT_CLI_ROOT},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

static int
print_json(const struct doctor_report *report, const char *code,
           enum beid_lang lang)
{
    struct json_say json;
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    json_say_open(&json, "findings", '[');
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_line *line = &report->line[i];
        struct beid_buf text;
        beid_buf_init(&text, 4096);
        say_fill(&text, lang, line->text, line->words);
        json_say_open(&json, NULL, '{');
        json_say_text(&json, "finding",
                      beid_span_str(doctor_word(line->finding)));
        json_say_flag(&json, "warning", line->warning);
        json_say_text(&json, "text", beid_buf_span(&text));
        json_say_close(&json, '}');
        beid_buf_clear(&text);
    }
    json_say_close(&json, ']');
    json_say_text(&json, "code", beid_span_str(code));
    json_say_close(&json, '}');
    return json_say_print(&json);
}

static void
print_text(const struct doctor_report *report, const char *code,
           enum beid_lang lang)
{
    const struct say_word words[] = {{"code", code}, {NULL, NULL}};
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_line *line = &report->line[i];
        say_text(stdout, 0, lang, line->text, line->words);
        (void)fputc('\n', stdout);
    }
    if (report->count == 0) {
        say_text(stdout, 0, lang, BEID_TEXT_DOCTOR_FINE, NULL);
    }
    say_text(stdout, 0, lang, BEID_TEXT_DOCTOR_CODE, words);
}

static const char *
value_or(const struct cli_call *call, enum doctor_option option,
         const char *otherwise)
{
    const char *value = call->values[option];
    return value != NULL ? value : otherwise;
}

static int
doctor_run(const struct cli_call *call)
{
    const struct doctor_places places = {
        .root = value_or(call, OPTION_ROOT, ""),
        .module = value_or(call, OPTION_MODULE, place_module()),
        .worker = value_or(call, OPTION_WORKER, place_worker()),
        .pinentry = value_or(call, OPTION_PINENTRY, BEID_PINENTRY_PATH),
        .portals = call->values[OPTION_PORTALS]};
    char code[DOCTOR_CODE_LEN];
    struct doctor_facts *facts = calloc(1, sizeof *facts);
    struct doctor_report *report = calloc(1, sizeof *report);
    int status = CLI_FAILED;
    if (facts != NULL && report != NULL) {
        doctor_look(&places, facts);
        doctor_judge(facts, report);
        doctor_code(report, code);
        status = report->count == 0 ? CLI_DONE : CLI_FAILED;
        if (call->values[OPTION_JSON] == NULL) {
            print_text(report, code, call->lang);
        } else if (print_json(report, code, call->lang) != CLI_DONE) {
            status = CLI_FAILED;
        }
    }
    free(report);
    free(facts);
    return status;
}

const struct cli_command doctor_command = {
    .name = "doctor",
    .usage = "",
    .summary = BEID_TEXT_CLI_DOCTOR,
    .options = doctor_options,
    .run = doctor_run,
};
