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
    TEXT(CLI_SCRIPTED,                                                         \
         "with --development: this program answers the prompts, for tests")    \
    TEXT(CLI_SCRIPTED_ALONE, "--scripted-prompt needs --development")          \
    TEXT(CLI_LOG_LEVEL, "error, warn, info (normally) or debug")               \
    TEXT(CLI_PORTALS_ALONE, "--portals needs --development")                   \
    TEXT(CLI_WRONG_ARGUMENTS, "these arguments do not fit together")           \
    TEXT(CLI_JSON, "print JSON, for scripts")                                  \
    TEXT(CLI_JOURNAL, "what websites did with your card")                      \
    TEXT(CLI_PIN, "tries left for the PIN; change the PIN")                    \
    TEXT(CLI_PORTALS, "which websites may ask for your card")                  \
    TEXT(CLI_PORTALS_FOLDER, "portal files of this folder as well")            \
    TEXT(CLI_PORTALS_UNREADABLE, "the portal files cannot be read")            \
    TEXT(CLI_PORTAL_LINE, "{name}: {title}")                                   \
    TEXT(CLI_PORTAL_BLOCKED, "{name}: {title} (blocked by you)")               \
    TEXT(CLI_PORTAL_ORIGIN, "address: {value}")                                \
    TEXT(CLI_PORTAL_RESOURCE, "asks for pages of: {value}")                    \
    TEXT(CLI_PORTAL_ENVIRONMENT, "not the real website: {value}")              \
    TEXT(CLI_MAY_LOG_IN, "may ask you to log in")                              \
    TEXT(CLI_MAY_STEP_UP, "may ask you to confirm or sign a statement")        \
    TEXT(CLI_MAY_SEE_CERTIFICATE, "may ask for your signing certificate")      \
    TEXT(CLI_MAY_SIGN, "may ask you to sign a document")                       \
    TEXT(CLI_NO_PORTALS, "No website may ask for your card.")                  \
    TEXT(CLI_NO_SUCH_PORTAL,                                                   \
         "there is no portal named {name}; \"beid-agent portals list\" names " \
         "them")                                                               \
    TEXT(CLI_NOW_BLOCKED, "{name} may no longer ask for your card.")           \
    TEXT(CLI_NOW_ALLOWED, "{name} may ask for your card.")                     \
    TEXT(CLI_CANNOT_WRITE, "the file cannot be written")                       \
    TEXT(CLI_SETTINGS_UNREADABLE,                                              \
         "{file} is there but cannot be read, and it may forbid what is "      \
         "asked. Nothing is done before its administrator lets everybody "     \
         "read it.")                                                           \
    TEXT(CLI_RESTRICTION_UNREADABLE,                                           \
         "your own file portals.conf cannot be read, so that all websites "    \
         "are blocked")                                                        \
    TEXT(CLI_RESTRICTION_INVALID,                                              \
         "line {line} of your own file portals.conf is not valid, so that "    \
         "all websites are blocked")

#endif
