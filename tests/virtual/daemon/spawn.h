/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_SPAWN_H
#define BEID_VIRTUAL_SPAWN_H

#include "settings.h"

/*
 * In a fresh child: becomes pcscd and never returns. What goes wrong before
 * that is said on error_fd: one letter, n when the kernel does not allow it
 * and f for other failures, then a text.
 */
void spawn_pcscd(const struct settings *settings, int error_fd)
    __attribute__((noreturn));

#endif
