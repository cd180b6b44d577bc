/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include "say.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define HELP_INDENT 8U
/* getopt_long() answers these; an option's own is its place in the list. */
#define SEEN_HELP 0x100
#define SEEN_FIRST 0x101

enum reading {
    READ,
    READ_HELP,
    READ_WRONG
};

static void
print_overview(FILE *to, enum beid_lang lang)
{
    (void)fprintf(to, "%s: beid-agent %s [%s]...\n",
                  beid_text(lang, BEID_TEXT_CLI_USAGE),
                  beid_text(lang, BEID_TEXT_CLI_COMMAND),
                  beid_text(lang, BEID_TEXT_CLI_OPTION));
    say_text(to, 0, lang, BEID_TEXT_CLI_TITLE, NULL);
    (void)fputc('\n', to);
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        (void)fprintf(to, "  %-13s %s\n", cli_commands[i]->name,
                      beid_text(lang, cli_commands[i]->summary));
    }
    (void)fputc('\n', to);
    say_text(to, 0, lang, BEID_TEXT_CLI_MORE, NULL);
}

static void
print_help(FILE *to, const struct cli_command *command, enum beid_lang lang)
{
    (void)fprintf(to, "%s: beid-agent %s [%s]...%s%s\n",
                  beid_text(lang, BEID_TEXT_CLI_USAGE), command->name,
                  beid_text(lang, BEID_TEXT_CLI_OPTION),
                  command->usage[0] != '\0' ? " " : "", command->usage);
    say_text(to, 0, lang, command->summary, NULL);
    (void)fputc('\n', to);
    const struct cli_option *option = command->options;
    for (; option != NULL && option->name != NULL; option++) {
        if (option->help == BEID_TEXT_COUNT) {
            continue; /* a test build's, and nobody's to know */
        }
        (void)fprintf(to, "  --%s%s%s\n", option->name,
                      option->argument != NULL ? " " : "",
                      option->argument != NULL ? option->argument : "");
        say_text(to, HELP_INDENT, lang, option->help, NULL);
    }
    (void)fputs("  --help\n", to);
    say_text(to, HELP_INDENT, lang, BEID_TEXT_CLI_HELP, NULL);
}

/* What getopt_long() shall know; false: more than there is room for. */
static bool
fill_known(const struct cli_command *command, struct option *known)
{
    size_t count = 0;
    const struct cli_option *option = command->options;
    for (; option != NULL && option->name != NULL; option++) {
        if (count == CLI_OPTIONS_MAX) {
            return false;
        }
        known[count] = (struct option){
            option->name,
            option->argument != NULL ? required_argument : no_argument, NULL,
            SEEN_FIRST + (int)count};
        count++;
    }
    known[count] = (struct option){"help", no_argument, NULL, SEEN_HELP};
    return true;
}

static enum reading
read_options(const struct cli_command *command, int argc, char **argv,
             struct cli_call *call)
{
    struct option known[CLI_OPTIONS_MAX + 2] = {{NULL, 0, NULL, 0}};
    if (!fill_known(command, known)) {
        return READ_WRONG;
    }
    opterr = 0; /* said below, in the language of the terminal */
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
        int seen = getopt_long(argc, argv, ":", known, NULL);
        if (seen == -1) {
            break;
        }
        if (seen == SEEN_HELP) {
            return READ_HELP;
        }
        if (seen < SEEN_FIRST) {
            const struct say_word words[] = {{"option", argv[optind - 1]},
                                             {NULL, NULL}};
            say_error(call->lang,
                      seen == ':' ? BEID_TEXT_CLI_NEEDS_ARGUMENT
                                  : BEID_TEXT_CLI_UNKNOWN_OPTION,
                      words);
            return READ_WRONG;
        }
        call->values[seen - SEEN_FIRST] = optarg != NULL ? optarg : "";
    }
    call->operands = argv + optind;
    call->operand_count = (size_t)(argc - optind);
    return READ;
}

static bool
operands_fit(const struct cli_call *call)
{
    const struct cli_command *command = call->command;
    if (call->operand_count < command->operands_min) {
        say_error(call->lang, BEID_TEXT_CLI_TOO_FEW, NULL);
        return false;
    }
    if (call->operand_count > command->operands_max) {
        const struct say_word words[] = {
            {"argument", call->operands[command->operands_max]}, {NULL, NULL}};
        say_error(call->lang, BEID_TEXT_CLI_UNEXPECTED, words);
        return false;
    }
    return true;
}

int
cli_wrong(const struct cli_call *call)
{
    say_error(call->lang, BEID_TEXT_CLI_WRONG_ARGUMENTS, NULL);
    print_help(stderr, call->command, call->lang);
    return CLI_USAGE;
}

static int
run_command(const struct cli_command *command, enum beid_lang lang, int argc,
            char **argv)
{
    struct cli_call call = {.command = command, .lang = lang};
    enum reading reading = read_options(command, argc, argv, &call);
    if (reading == READ_HELP) {
        print_help(stdout, command, lang);
        return CLI_DONE;
    }
    if (reading == READ_WRONG || !operands_fit(&call)) {
        print_help(stderr, command, lang);
        return CLI_USAGE;
    }
    return command->run(&call);
}

int
cli_main(int argc, char **argv)
{
    enum beid_lang lang = say_lang();
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0) {
        print_overview(stdout, lang);
        return CLI_DONE;
    }
    if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    for (size_t i = 0; cli_commands[i] != NULL; i++) {
        if (strcmp(name, cli_commands[i]->name) == 0) {
            return run_command(cli_commands[i], lang, argc - 1, argv + 1);
        }
    }
    if (argc > 1) {
        const struct say_word words[] = {{"command", name}, {NULL, NULL}};
        say_error(lang, BEID_TEXT_CLI_UNKNOWN_COMMAND, words);
    }
    print_overview(stderr, lang);
    return CLI_USAGE;
}
