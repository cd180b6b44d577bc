/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_STATE_H
#define BEID_WORKER_STATE_H

/*
 * What the worker waits for. state.c has the table of what may follow what;
 * tests/promise/walk tries each state with each event.
 */
enum worker_state {
    WORKER_IDLE, /* for a request */
    WORKER_SESSION, /* for the supervisor to look where the citizen sits */
    WORKER_CARD, /* for the card, before or after a dialog */
    WORKER_OPENING, /* for a dialog's program */
    /* For the answer to a dialog: */
    WORKER_WAITING, /* there is no card yet */
    WORKER_CHOOSING, /* one of several cards */
    WORKER_READING, /* the text of a request */
    WORKER_LAST_TRY, /* one PIN try is left */
    WORKER_SHARING, /* may the certificate go out */
    WORKER_PIN,
    WORKER_PINPAD, /* the PIN goes into the reader, which signs at once */
    WORKER_FAREWELL, /* take the card out */
    WORKER_CLOSING, /* for a dialog's program to end */
    WORKER_SIGNING, /* for the card, with a PIN; the dialog may still close */
    WORKER_STATES
};

struct worker;

/* A step that the table does not have ends the worker before it signs. */
void state_enter(struct worker *worker, enum worker_state next);

#endif
