/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

/* In the order in which --help shows them. */
const struct cli_command *const cli_commands[] = {
    &serve_command,
    &status_command,
    &doctor_command,
    &pin_command,
    &card_command,
    &authenticate_command,
    &sign_command,
    &portals_command,
    &journal_command,
    &version_command,
    NULL,
};
