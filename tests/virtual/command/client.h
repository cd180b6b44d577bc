/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_CLIENT_H
#define BEID_VIRTUAL_CLIENT_H

#include "options.h"

#include <stddef.h>

/* Is a daemon running for this directory? */
bool client_running(const char *dir);

/*
 * Asks the daemon and prints what it says; the exit code of the command
 * (daemon/reply.h).
 */
int client_ask(const struct options *options);

/* Reads an answer (reply.h) from fd to its end, prints it, gives its code. */
int client_print(int fd);

/* A value of a request. */
struct client_word {
    const char *name; /* NULL ends a list */
    const char *value; /* NULL: left out */
};

/*
 * One question to the daemon of a directory. Returns the exit code that it
 * answered; what it says goes to out, with a terminator.
 */
int client_exchange(const char *dir, const char *verb,
                    const struct client_word *words, char *out, size_t size);

#endif
