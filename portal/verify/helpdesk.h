/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VERIFY_HELPDESK_H
#define BEID_VERIFY_HELPDESK_H

#include <beid/bytes.h>

#include <stdbool.h>
#include <stddef.h>

/* What a helpdesk may look up: helpdesk.txt, which is built in. */
enum helpdesk_kind {
    HELPDESK_ERROR = 'E', /* of the agent; number as in its reference */
    HELPDESK_FINDING = 'D', /* of beid-agent doctor; number is its bit */
    HELPDESK_REASON = 'S', /* of the SDK's own */
    HELPDESK_SITUATION = 'T'
};

struct helpdesk_subject {
    enum helpdesk_kind kind;
    unsigned number; /* of an error or a finding, else 0 */
    struct beid_span name;
    struct beid_span entry;
};

/* The subject after *at, which is 0 at first; false past the last. */
bool helpdesk_next(size_t *at, struct helpdesk_subject *out);

/*
 * A text of an entry: part is "title", "cause", "say" or "action"; the entry
 * "labels" names the last three. Empty when there is none.
 */
struct beid_span helpdesk_text(struct beid_span entry, const char *lang,
                               const char *part);

#define HELPDESK_LANGUAGES 4U

/* "nl", "fr", "de", "en". */
extern const char *const helpdesk_languages[HELPDESK_LANGUAGES];

/* What a code stands for. */
#define HELPDESK_FOUND_MAX 64U
struct helpdesk_answer {
    const char *kind; /* "agent", "doctor" or "name" */
    char reference[32]; /* as the agent writes it, or the name */
    bool newer; /* holds findings that this version does not know */
    size_t count;
    struct helpdesk_subject found[HELPDESK_FOUND_MAX];
};

/*
 * Reads a reference, a code of the doctor or a name as people write them: in
 * any case, with blanks, O for 0, I and L for 1. false when it is none.
 */
bool helpdesk_decode(const char *text, struct helpdesk_answer *out);

#endif
