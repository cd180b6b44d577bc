/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_CLIENT_H
#define BEID_VIRTUAL_CLIENT_H

#include "options.h"

/* Is a daemon running for this directory? */
bool client_running(const char *dir);

/*
 * Asks the daemon and prints what it says; the exit code of the command
 * (daemon/reply.h).
 */
int client_ask(const struct options *options);

/* Reads an answer (reply.h) from fd to its end, prints it, gives its code. */
int client_print(int fd);

#endif
