/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_PCSC_FORK_H
#define BEID_CARD_PCSC_FORK_H

/*
 * libpcsclite (1.9 and 2.x) has one lock for all its tables: every call takes
 * it, SCardEstablishContext keeps it while it speaks to pcscd. It knows nothing
 * of fork(): a child made while another thread holds the lock has it held for
 * ever, and hangs in its first call. So each call goes through a gate, and a
 * fork waits until no thread can be where the lock is held.
 *
 * That covers our own calls; what an application makes by itself, or another
 * module of it, is out of reach.
 */
enum pcsc_call {
    PCSC_CALL_BRIEF, /* pcscd answers it at once */
    PCSC_CALL_LASTING /* may wait for a card, a person or another program; the
                         lock is taken at its beginning only */
};

/* Makes the gate known to fork(); before the first call, any number of times. */
void pcsc_fork_prepare(void);

/* Around a call; leave gives the call's result through. */
void pcsc_enter(enum pcsc_call kind);
long pcsc_leave(enum pcsc_call kind, long rv);

#define PCSC_BRIEF(call)                                                       \
    pcsc_leave(PCSC_CALL_BRIEF, (pcsc_enter(PCSC_CALL_BRIEF), (call)))
#define PCSC_LASTING(call)                                                     \
    pcsc_leave(PCSC_CALL_LASTING, (pcsc_enter(PCSC_CALL_LASTING), (call)))

#endif
