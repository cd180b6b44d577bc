/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_PROMPT_TERMINAL_H
#define BEID_PROMPT_TERMINAL_H

/*
 * What a pinentry on a terminal needs to know, as static storage; NULL where
 * it is not known. A pinentry with windows does not care.
 */
struct prompt_terminal {
    const char *name; /* /dev/pts/3, for example */
    const char *type; /* TERM */
    const char *character_set; /* LC_CTYPE */
};

/*
 * Looks once, at start: GPG_TTY as for gpg-agent, else the terminal that
 * standard error is on.
 */
void prompt_terminal_find(void);

/* What was found. */
struct prompt_terminal prompt_terminal_get(void);

#endif
