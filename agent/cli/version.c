/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "json_say.h"

#include <stdio.h>

enum version_option {
    OPTION_JSON
};

static const struct cli_option version_options[] = {
    [OPTION_JSON] = {"json", NULL, BEID_TEXT_CLI_JSON},
    {NULL, NULL, BEID_TEXT_CLI_HELP}};

static int
version_run(const struct cli_call *call)
{
    if (call->values[OPTION_JSON] != NULL) {
        struct json_say json;
        json_say_init(&json);
        json_say_open(&json, NULL, '{');
        json_say_text(&json, "version", beid_span_str(BEID_VERSION));
        json_say_close(&json, '}');
        return json_say_print(&json);
    }
    (void)puts("beid-agent " BEID_VERSION);
    return CLI_DONE;
}

const struct cli_command version_command = {
    .name = "version",
    .usage = "",
    .summary = BEID_TEXT_CLI_VERSION,
    .options = version_options,
    .run = version_run,
};
