/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_CARD_PCSC_FORK_H
#define BEID_CARD_PCSC_FORK_H

/*
 * libpcsclite has a lock for its table of contexts (two, with one more for the
 * states of readers, in 2.x): every call takes it at its beginning,
 * SCardEstablishContext keeps it while it speaks to pcscd. It knows nothing of
 * fork(): a child made while another thread holds the lock has it held for
 * ever, and hangs in its first call. So each call goes through a gate, and a
 * fork waits until no thread is at a place where the lock is held for longer
 * than it takes to look something up.
 *
 * In 1.x the end of SCardDisconnect and of SCardConnect changes that table
 * without the lock: what another thread looks up there meanwhile may be freed
 * under its eyes, and the program crashes. So these two go through the gate
 * alone: when nobody is at such a place, and with nobody entering before they
 * are through, or half a second has passed, for they may wait for another
 * program.
 *
 * What remains: a lasting call takes it again, for a few instructions, when it
 * asks pcscd once more after a tenth of a second because another program has
 * the card, when a wait wakes, and in 2.x when SCardDisconnect ends; and a
 * thread that the system keeps from running may be at the beginning for longer
 * than we think. What an application calls by itself, or another module of it,
 * is out of reach. And nobody waits for ever: a fork goes on without a pcscd
 * that does not answer, a call without a fork that another library holds up.
 */
enum pcsc_call {
    PCSC_CALL_BRIEF, /* pcscd answers it at once */
    PCSC_CALL_LASTING, /* may wait for a card, its reader, a person or another
                          program; past its beginning it holds up no fork */
    PCSC_CALL_ALONE /* the same, and changes the table at its end */
};

/* Makes the gate known to fork(); before the first call, any number of times.
 * No handler of ours holds a lock while others run. */
void pcsc_fork_prepare(void);

/* Around a call; leave gives the call's result through. */
void pcsc_enter(enum pcsc_call kind);
long pcsc_leave(enum pcsc_call kind, long rv);

#define PCSC_BRIEF(call)                                                       \
    pcsc_leave(PCSC_CALL_BRIEF, (pcsc_enter(PCSC_CALL_BRIEF), (call)))
#define PCSC_LASTING(call)                                                     \
    pcsc_leave(PCSC_CALL_LASTING, (pcsc_enter(PCSC_CALL_LASTING), (call)))
#define PCSC_ALONE(call)                                                       \
    pcsc_leave(PCSC_CALL_ALONE, (pcsc_enter(PCSC_CALL_ALONE), (call)))

#endif
