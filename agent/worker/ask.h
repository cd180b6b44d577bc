/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_ASK_H
#define BEID_WORKER_ASK_H

#include "prompt/pinentry.h"
#include "worker/operation.h"

/* How often the readers are looked at while a dialog is open. */
#define ASK_TICK_MS 250U

/* One dialog, shown by a pinentry process of its own. */
struct ask {
    enum worker_state state; /* while it is on the screen */
    enum pinentry_kind kind;
    enum beid_text_id body;
    struct {
        struct beid_span document; /* empty: body is shown */
        unsigned number; /* from 0 */
        unsigned *count; /* receives how many there are */
    } page; /* instead of body, one page of a document */
    enum beid_text_id error; /* BEID_TEXT_COUNT: none */
    enum beid_text_id ok;
    unsigned tries; /* shown with the body; BEID_WIRE_TRIES_UNKNOWN: not */
    struct beid_secret *pin; /* for PINENTRY_PIN */
    /*
     * Called at every tick. BEID_ERR_BUSY: the dialog stays; anything else
     * takes it down and is the answer.
     */
    enum beid_err (*watch)(struct operation *op, void *user);
    /* Called once, when the dialog is on the screen; may be NULL. */
    void (*shown)(struct operation *op, void *user);
    /*
     * Called once, when the answer is BEID_OK: what need not wait until the
     * dialog's program has ended can begin. May be NULL.
     */
    void (*answered)(struct operation *op, void *user);
    void *user;
};

/*
 * Shows the dialog until it is answered, the watch or the page ends it, or
 * the operation's time is over. The process has ended when this returns. An
 * answer that comes before anybody can have read the dialog (worker/reading.h)
 * does not count, unless it cancels: the dialog is shown again.
 * Answers of pinentry_step(), of the watch, BEID_ERR_CANCELLED,
 * BEID_ERR_TIMEOUT, BEID_ERR_PROMPT.
 */
enum beid_err ask(struct operation *op, const struct ask *ask) BEID_NODISCARD;

/*
 * Does the portal's text fit into the dialog that asks for the PIN? Else it
 * has to be read before.
 */
bool ask_fits(const struct operation *op);

/*
 * Shows the document page by page, each to be confirmed; op->text_read is then
 * set. Answers as ask().
 */
enum beid_err ask_read(struct operation *op, struct beid_span document,
                       enum beid_err (*watch)(struct operation *op,
                                              void *user)) BEID_NODISCARD;

#endif
