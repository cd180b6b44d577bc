/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <stdio.h>

static int
version_run(const struct cli_call *call)
{
    (void)call;
    (void)puts("beid-agent " BEID_VERSION);
    return CLI_DONE;
}

const struct cli_command version_command = {
    .name = "version",
    .usage = "",
    .summary = BEID_TEXT_CLI_VERSION,
    .run = version_run,
};
