/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_SESSION_H
#define BEID_CLI_SESSION_H

#include "journal/settings.h"
#include "wire/session.h"

/*
 * The session of the citizen as the settings and the desktop have it now. The
 * phrase borrows from settings.
 */
struct beid_wire_session session_look(const struct journal_settings *settings);

/* The phrase alone; empty when not every window shows its characters. */
struct beid_span session_phrase(const struct journal_settings *settings);

#endif
