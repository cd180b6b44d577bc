/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_SUPERVISOR_H
#define BEID_CLI_SUPERVISOR_H

#include "options.h"

/*
 * Starts front and the card worker, replaces what ends, runs the prompt for
 * the worker, until SIGTERM or SIGINT. Owns the listening socket. The exit
 * status.
 */
int supervisor_run(const struct serve_options *options, int listener);

#endif
