/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_READING_H
#define BEID_WORKER_READING_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Can the citizen have read the dialog before it was answered? What was typed
 * or clicked sooner was meant for another window; pinentry knows no such delay
 * itself. A PIN takes longer: whoever types digits blindly, a one-time code
 * and Enter, needs more than a second for them. The time runs from when pinentry
 * was told to ask: when its window came up it does not tell, and on a slow
 * desktop that may take a part of this time.
 */
#define READING_PIN_MS 1500U
#define READING_QUESTION_MS 500U

/*
 * Nothing tells when an answer arrived, only when it was looked for. So the
 * dialog has to be seen unanswered once the time is over, and an answer counts
 * from then on: a process that gets no turn takes no early answer for a late
 * one, and at worst asks again.
 */
struct reading {
    bool begun; /* it is on the screen */
    bool done;
    uint64_t until_ms;
};

/* The dialog is on the screen from now_ms on. */
void reading_begin(struct reading *reading, uint64_t now_ms, uint64_t takes_ms);

/* When to look for an answer, if nothing else needs it before next_ms. */
uint64_t reading_look(const struct reading *reading, uint64_t next_ms);

/* At this time there was no answer yet. */
void reading_unanswered(struct reading *reading, uint64_t at_ms);

#endif
