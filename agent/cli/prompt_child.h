/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_PROMPT_CHILD_H
#define BEID_CLI_PROMPT_CHILD_H

#include <beid/err.h>

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts a pinentry with what it needs of the environment; *end is the other
 * end of its standard input and output. A program that answers by itself is
 * told --development, without which the one of the virtual card refuses.
 * BEID_ERR_PROMPT.
 */
enum beid_err prompt_child_start(const char *program, bool scripted, int *end,
                                 pid_t *pid) BEID_NODISCARD;

/* Ends it, unless it has, and reaps it. */
void prompt_child_end(pid_t pid);

#endif
