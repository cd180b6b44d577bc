/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CLI_SESSION_H
#define BEID_CLI_SESSION_H

#include "journal/settings.h"
#include "po/text.h"
#include "wire/session.h"

/*
 * The session of the citizen as the settings and the desktop have it now, for
 * the dialogs of this program. The phrase borrows from settings.
 */
struct beid_wire_session session_look(const struct journal_settings *settings,
                                      const char *pinentry);

/*
 * Is the administrator's agent.conf absent, or one that can be read? Else that
 * is said, as complain.h has it: it may forbid what is about to be done.
 */
bool session_settings_good(bool json, enum beid_lang lang);

/* The phrase alone; empty when not every window shows its characters. */
struct beid_span session_phrase(const struct journal_settings *settings);

#endif
