/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_PROMPT_CHILD_H
#define BEID_CLI_PROMPT_CHILD_H

#include <beid/err.h>

#include <stdbool.h>
#include <sys/types.h>

/* What a prompt needs of the environment: a screen or terminal, a language. */
/* clang-format off */
#define PROMPT_CHILD_ENVIRONMENT                                               \
    "PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES",   \
    "TERM", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR",     \
    "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS",     \
    "GTK_THEME", "GTK_MODULES", "GTK_IM_MODULE", "QT_IM_MODULE",               \
    "XMODIFIERS", "QT_QPA_PLATFORM", "GDK_BACKEND"
/* clang-format on */

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
