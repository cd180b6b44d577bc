/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_CLI_H
#define BEID_CLI_CLI_H

#include "po/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, for all subcommands (beid-agent(1)). */
#define CLI_DONE 0
#define CLI_FAILED 1 /* not done, or something is wrong; stderr says what */
#define CLI_USAGE 2 /* wrong arguments */
#define CLI_NO_CARD 3 /* no service, reader or usable card */
#define CLI_CANCELLED 4 /* by the citizen, or the time was up */
#define CLI_PIN 5 /* PIN wrong or blocked */

#define CLI_OPTIONS_MAX 16U
#define CLI_OPERANDS_MANY 64U

/* An option of a subcommand; a list of them ends with a name of NULL. */
struct cli_option {
    const char *name; /* without the dashes */
    const char *argument; /* its name in the help; NULL: takes none */
    enum beid_text_id help; /* BEID_TEXT_COUNT: left out of the help */
};

struct cli_call;

/*
 * A subcommand: one file each, listed in commands.c. --help is given to every
 * one of them; run is only called with arguments that fit the description.
 */
struct cli_command {
    const char *name;
    const char *usage; /* what follows the options: "FILE" */
    enum beid_text_id summary; /* one line */
    const struct cli_option *options; /* NULL: none */
    size_t operands_min;
    size_t operands_max;
    int (*run)(const struct cli_call *call);
};

/* What one run of the program asks for; everything borrowed. */
struct cli_call {
    const struct cli_command *command;
    enum beid_lang lang; /* of the terminal */
    const char *values[CLI_OPTIONS_MAX]; /* by place in options; NULL: absent,
                                            "": given, takes no argument */
    size_t operand_count;
    char *const *operands;
};

extern const struct cli_command *const cli_commands[]; /* ends with NULL */

extern const struct cli_command authenticate_command;
extern const struct cli_command card_command;
extern const struct cli_command doctor_command;
extern const struct cli_command journal_command;
extern const struct cli_command pin_command;
extern const struct cli_command portals_command;
extern const struct cli_command serve_command;
extern const struct cli_command sign_command;
extern const struct cli_command status_command;
extern const struct cli_command version_command;

/* For operands that do not fit after all: says so, shows the help. */
int cli_wrong(const struct cli_call *call);

/* Finds the subcommand, reads its options, runs it. The exit status. */
int cli_main(int argc, char **argv);

#endif
