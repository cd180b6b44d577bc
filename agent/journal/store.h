/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_JOURNAL_STORE_H
#define BEID_JOURNAL_STORE_H

#include "journal.h"

#include <beid/bytes.h>
#include <beid/err.h>

#include <stdbool.h>
#include <stdint.h>

/* Below $XDG_STATE_HOME; older files end in ".1" (the youngest) and so on. */
#define JOURNAL_FILE "beid-agent/journal"
#define JOURNAL_FILE_MAX 1048576U /* then a new one is begun */
#define JOURNAL_FILES_MAX 8U /* with the current one */

/*
 * Opens the journal for appending, made when it is not there, for this user
 * alone. A full file is put aside first, unless an agent of another session
 * still writes it. lock is held until it is closed; all are -1 on failure.
 * BEID_ERR_NOT_FOUND: no state directory; BEID_ERR_IO.
 */
enum beid_err journal_open(struct journal *out, int *lock) BEID_NODISCARD;
void journal_close(struct journal *journal, int *lock);

/*
 * Could an agent that starts now open the journal? Makes nothing that is not
 * there yet.
 */
bool journal_usable(void);

/*
 * Removes all lines, for running agents too. The numbers go on, so that what
 * was there is gone but not that it was. BEID_ERR_IO.
 */
enum beid_err journal_erase(void) BEID_NODISCARD;

enum journal_damage {
    JOURNAL_WHOLE,
    JOURNAL_LINE_CHANGED, /* a line is not one, or has another hash */
    JOURNAL_LINES_GONE, /* a number does not follow the one before it */
    JOURNAL_FILE_WRONG, /* a file does not go on where the former ended */
    JOURNAL_HEAD_GONE, /* there are lines, but no head */
    JOURNAL_END_WRONG, /* the last line is not the one that the head names */
    JOURNAL_START_WRONG /* the first line is not the one that the head names */
};

struct journal_report {
    uint64_t lines; /* that could be read */
    uint64_t missed; /* that could not be written */
    enum journal_damage damage; /* the first that was found */
    unsigned int file; /* where: 0 is the current one, 1 ".1" ... */
    unsigned int line; /* of that file, from 1; 0: as a whole */
};

/* Receives what can be read; spans live for the call. */
typedef void journal_entry_fn(const struct journal_entry *entry, void *user);
/* Receives the text of each file, the oldest first. */
typedef void journal_text_fn(struct beid_span text, void *user);

/*
 * Reads all files and checks the chain; each and text may be NULL.
 * BEID_ERR_NOT_FOUND: there is no journal; BEID_ERR_IO, BEID_ERR_DENIED.
 */
enum beid_err journal_read(journal_entry_fn *each, journal_text_fn *text,
                           void *user,
                           struct journal_report *out) BEID_NODISCARD;

#endif
