/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_PINPAD_H
#define BEID_WORKER_PINPAD_H

#include "worker/operation.h"

/*
 * One attempt on a reader with keys: a window says who asks, for what, and
 * where to type, and the entry begins once it is on the screen. It goes when
 * the reader is done. Its button, the page's end and the operation's time end
 * the entry too, at once where the reader can be told to; else it stays open on
 * the reader until its own time is over, in a process that is gone, and pcscd
 * resets the card when something is typed. A PIN of a wrong length costs no
 * try and is asked again. Errors as from the card, BEID_ERR_CANCELLED,
 * BEID_ERR_TIMEOUT, BEID_ERR_PROMPT.
 */
enum beid_err pinpad_sign(struct operation *op) BEID_NODISCARD;

#endif
