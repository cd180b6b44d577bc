/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "complain.h"
#include "desktop.h"
#include "prompt/describe.h"
#include "sys/seat.h"

#include <beid/log.h>

#include <unistd.h>

bool
session_settings_good(bool json, enum beid_lang lang)
{
    static const struct complaint unreadable = {
        "settings_unreadable", BEID_TEXT_CLI_SETTINGS_UNREADABLE};
    const struct say_word words[] = {{"file", BEID_CONFIG_ADMIN}, {NULL, NULL}};
    if (!journal_settings_read(BEID_CONFIG_ADMIN).unreadable) {
        return true;
    }
    (void)complain_own(json, lang, &unreadable, words);
    return false;
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
session_look(const struct journal_settings *settings, const char *pinentry)
{
    struct beid_wire_session session = {
        .err = BEID_OK,
        .keys_seen = desktop_keys_seen_by(pinentry),
        .phrase = session_phrase(settings),
    };
    if (settings->unreadable) {
        session.err = BEID_ERR_IO;
    } else if (settings->local_seat && !beid_seat_is_local("", getuid())) {
        BEID_LOG_WARN("refused: nobody sits at this computer in a session of "
                      "this user (require_local_seat)");
        session.err = BEID_ERR_NOT_LOCAL;
    }
    return session;
}
