/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PROMPT_H
#define BEID_VIRTUAL_PROMPT_H

#include <stdbool.h>

/*
 * The scripted prompt: DIR/prompt is a link to this program, which then
 * speaks pinentry's protocol on its standard input and output and answers
 * what "answer" said. It knows the PIN of its own virtual cards only, and
 * refuses to work unless the agent starts it with --development: then the
 * agent has checked that the card is one of a test PKI.
 */

/* Is this the program's name as the scripted prompt? */
bool prompt_named(const char *self);

/* Serves one dialog. Returns an exit code. */
int prompt_run(int argc, char **argv);

#endif
