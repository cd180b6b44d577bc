/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "prompt/describe.h"
#include "sys/seat.h"

#include <beid/log.h>

#include <stdlib.h>
#include <unistd.h>

/* A window of X11, where every client may read the keyboard. */
static bool
keys_are_seen(void)
{
    return secure_getenv("DISPLAY") != NULL
           && secure_getenv("WAYLAND_DISPLAY") == NULL;
}

struct beid_span
session_phrase(const struct journal_settings *settings)
{
    struct beid_span phrase = beid_span_str(settings->phrase);
    if (prompt_shows(phrase)) {
        return phrase;
    }
    BEID_LOG_WARN("the phrase in agent.conf holds characters that not every "
                  "window shows");
    return beid_span_of(NULL, 0);
}

struct beid_wire_session
session_look(const struct journal_settings *settings)
{
    struct beid_wire_session session = {
        .err = BEID_OK,
        .keys_seen = keys_are_seen(),
        .phrase = session_phrase(settings),
    };
    if (settings->local_seat && !beid_seat_is_local("", getuid())) {
        BEID_LOG_WARN("refused: nobody sits at this computer in a session of "
                      "this user (require_local_seat)");
        session.err = BEID_ERR_NOT_LOCAL;
    }
    return session;
}
