/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_VIRTUAL_PCSCD_H
#define BEID_VIRTUAL_PCSCD_H

#include "loop.h"
#include "settings.h"

#include <sys/types.h>

/*
 * The real pcscd as a child of the card daemon, so that its end is noticed
 * and it never outlives the daemon. All calls answer on a control connection
 * (reply.h), at once or later.
 */
struct pcscd {
    struct loop *loop;
    const struct settings *settings;
    bool (*readers_in_use)(void *ctx); /* does it know all our readers? */
    loop_fn *ended; /* it is gone, as was asked; may be NULL */
    void *ctx;
    pid_t pid; /* 0: not running */
    int error_pipe; /* what the child says before it is pcscd */
    int waiter; /* to be told when it is ready or failed; -1 none */
    int stop_waiter; /* to be told when it is gone; -1 none */
    unsigned polls; /* of the start */
    bool made_usual_dir;
    const char *also; /* a line that a start prints as well, or "" */
};

void pcscd_init(struct pcscd *pcscd, struct loop *loop,
                const struct settings *settings);

/*
 * Starts it and answers once its socket takes connections and it uses all
 * readers: "PCSCLITE_CSOCK_NAME=..." to put into the environment of clients.
 */
void pcscd_start(struct pcscd *pcscd, int waiter);

/* Ends it with a signal (after 5 s with SIGKILL) and answers once it is gone. */
void pcscd_stop(struct pcscd *pcscd, int signal, int waiter);

/* To be called after SIGCHLD. */
void pcscd_reap(struct pcscd *pcscd);

/* To be called when a reader came into use: no need to wait for the poll. */
void pcscd_progress(void *ctx);

/* Removes what it left behind. */
void pcscd_tidy(struct pcscd *pcscd);

#endif
