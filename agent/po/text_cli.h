/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PO_TEXT_CLI_H
#define BEID_PO_TEXT_CLI_H

/* The texts of the command line; see text_list.h. */
#define BEID_TEXT_CLI(TEXT)                                                    \
    TEXT(CLI_USAGE, "Usage")                                                   \
    TEXT(CLI_COMMAND, "COMMAND")                                               \
    TEXT(CLI_OPTION, "OPTION")                                                 \
    TEXT(CLI_TITLE, "Login with the Belgian eID card for web portals.")        \
    TEXT(CLI_MORE, "\"beid-agent COMMAND --help\" tells more.")                \
    TEXT(CLI_HELP, "show this text")                                           \
    TEXT(CLI_UNKNOWN_COMMAND, "unknown command: {command}")                    \
    TEXT(CLI_UNKNOWN_OPTION, "unknown option: {option}")                       \
    TEXT(CLI_NEEDS_ARGUMENT, "option without its argument: {option}")          \
    TEXT(CLI_UNEXPECTED, "unexpected argument: {argument}")                    \
    TEXT(CLI_TOO_FEW, "an argument is missing")                                \
    TEXT(CLI_SERVE, "run the agent")                                           \
    TEXT(CLI_VERSION, "print the version")                                     \
    TEXT(CLI_DEVELOPMENT, "accept test cards only, and say so in prompts")     \
    TEXT(CLI_SERVE_PORTALS,                                                    \
         "with --development: portal files of this folder as well, for "       \
         "origins on localhost")                                               \
    TEXT(CLI_MODULE, "the PKCS#11 module")                                     \
    TEXT(CLI_WORKER, "the program that speaks to the card")                    \
    TEXT(CLI_PINENTRY, "the program that asks for the PIN")                    \
    TEXT(CLI_LOG_LEVEL, "error, warn, info (normally) or debug")               \
    TEXT(CLI_PORTALS_ALONE, "--portals needs --development")

#endif
