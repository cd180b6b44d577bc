/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_OPTIONS_H
#define BEID_VIRTUAL_OPTIONS_H

#include <beid/err.h>

#include <stdbool.h>

/* Every option of the command; NULL or false when it was not given. */
struct options {
    const char *verb;
    const char *dir;
    const char *applet;
    const char *readers;
    const char *person;
    const char *pin;
    const char *vpcd;
    const char *handler;
    const char *latency;
    const char *reader;
    const char *file;
    const char *set;
    const char *at;
    const char *what; /* --do */
    const char *timeout;
    const char *pinpad;
    const char *name;
    const char *firmware;
    const char *responder;
    bool empty;
    bool no_pcscd;
    bool pcscd_default;
    bool json;
    bool off;
    bool wait;
    bool help;
    char keys[256]; /* the other words, with single spaces */
};

/*
 * Reads the command line. BEID_ERR_ARGUMENT, with a message on standard
 * error, for an unknown verb, an unknown option, or one that the verb has not.
 */
enum beid_err options_parse(int argc, char **argv,
                            struct options *out) BEID_NODISCARD;

#endif
