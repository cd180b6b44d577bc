/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_JOURNAL_SETTINGS_H
#define BEID_JOURNAL_SETTINGS_H

#include <beid/bytes.h>

#include <stdbool.h>

/* The user's file below $XDG_CONFIG_HOME, named as the administrator's. */
#define JOURNAL_SETTINGS_FILE "beid-agent/agent.conf"
#define JOURNAL_SETTINGS_MAX 65536U
#define JOURNAL_PHRASE_MAX 60U

/* What agent.conf says (beid-agent.conf(5)). */
struct journal_settings {
    bool kept; /* journal = on, which is normal, or off */
    bool kiosk; /* a shared computer: nothing kept, "take out your card" */
    bool local_seat; /* only for who sits at this computer */
    bool unreadable; /* what the administrator decided is not known */
    char phrase[JOURNAL_PHRASE_MAX + 1]; /* the citizen's own; "": none */
    unsigned int bad_line; /* of the file read last; 0: none */
};

/*
 * Reads the administrator's text and, unless that says "force = yes", the
 * user's, which then decides key by key; but require_local_seat holds when
 * either asks for it, and the phrase is the user's alone, and is always read.
 * Lines that are not valid are passed over; but a value that is not valid is
 * taken for the stricter: force, kiosk = yes and journal = off when it is the
 * administrator's, require_local_seat = yes whoever wrote it. Pure.
 */
struct journal_settings journal_settings_parse(struct beid_span admin,
                                               struct beid_span user);

/*
 * The same from the files; one that is absent is empty. Without a phrase when
 * others may read the user's file. When the administrator's is there but cannot
 * be read, or others could have written it, unreadable is set: nothing may be
 * done then that it could forbid.
 */
struct journal_settings journal_settings_read(const char *admin);

#endif
