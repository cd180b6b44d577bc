/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_RECORD_H
#define BEID_WORKER_RECORD_H

#include "worker/operation.h"

/*
 * The operation's line in the citizen's journal. No PIN, name, national
 * number or text goes there: of the text that was shown, its SHA-256.
 */

/* Remembers what a dialog shows; the last one before the end counts. */
void record_shown(struct operation *op, struct beid_span text);

/* Writes the line. What fails is logged and holds nothing up. */
void record_end(const struct operation *op, enum beid_err err);

/*
 * On a shared computer what was remembered of a card goes with the process.
 * Before the reply.
 */
void record_forget(const struct operation *op);

/*
 * On a shared computer: asks to take the card out, until it is or a minute
 * has passed. After the reply.
 */
void record_farewell(struct operation *op);

#endif
