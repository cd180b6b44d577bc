/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_CARD_THREAD_H
#define BEID_WORKER_CARD_THREAD_H

#include <beid/err.h>

#include <stdbool.h>

/*
 * The one thread in which the module, libp11 and PC/SC are called, one job
 * after the other. The main thread owns both sockets, the prompt and the
 * clock, and never waits for a card: it polls card_thread_fd() together with
 * the rest. So it hears within its poll that the page went away, whatever the
 * card does. A Cryptoki call cannot be broken off; when one does not return,
 * the process ends, and pcscd resets the card that was in a transaction.
 */
struct card_thread;

/* Work on *arg, which stays where it is until the job is done. */
typedef void card_job(void *arg);

/* BEID_ERR_IO when the system gives no thread. */
enum beid_err card_thread_new(struct card_thread **out) BEID_NODISCARD;

/* Ends the thread after its job, and waits for that. Accepts NULL. */
void card_thread_free(struct card_thread **thread);

/* Readable when the job is done. */
int card_thread_fd(const struct card_thread *thread);

/* Hands a job over; BEID_ERR_BUSY while the last one was not taken. */
enum beid_err card_thread_start(struct card_thread *thread, card_job *job,
                                void *arg) BEID_NODISCARD;

/* Takes the finished job; false while it runs. */
bool card_thread_take(struct card_thread *thread);

#endif
