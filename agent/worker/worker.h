/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_WORKER_H
#define BEID_WORKER_WORKER_H

#include "journal/journal.h"
#include "worker/card_thread.h"
#include "worker/chain.h"
#include "worker/cms.h"
#include "worker/cryptoki.h"
#include "worker/known.h"
#include "worker/link.h"
#include "worker/pcscd.h"
#include "worker/state.h"
#include "worker/token.h"

#include <beid/bytes.h>
#include <beid/err.h>
#include <beid/secret.h>

#include <stdbool.h>

/* What work_sign makes. */
enum work_form {
    WORK_MESSAGE, /* a signature over message */
    WORK_HASH, /* a signature over message, which is a hash of md */
    WORK_CMS, /* CMS over message, which is a document */
    WORK_CMS_HASH /* CMS over message, which is a document's hash of md */
};

/*
 * What goes into and comes out of the card thread. It belongs to that thread
 * while a job runs, and lives as long as the process, because a job that does
 * not return is left behind.
 */
struct work {
    struct cryptoki *cryptoki;
    struct token *token;
    enum beid_err err;
    struct cryptoki_slots slots; /* work_look */
    enum beid_err held; /* work_look: cryptoki_check() */
    unsigned long slot; /* in: work_hold */
    struct cryptoki_pin pin; /* work_hold, work_pin */
    enum token_key key; /* in: work_offer, work_select */
    struct beid_buf certificate; /* work_hold: authentication */
    struct beid_buf signature_certificate; /* work_certificate */
    struct beid_buf ca; /* work_chain */
    struct beid_buf root; /* work_chain; empty when it cannot be read */
    const EVP_MD *md; /* in: work_sign */
    enum work_form form; /* in: work_sign */
    struct cms_signer signer; /* in: work_sign for CMS */
    struct beid_buf message; /* in: work_sign */
    struct beid_secret *secret; /* in: work_sign */
    struct beid_buf signature; /* work_sign */
};

struct worker {
    struct link link;
    enum worker_state state;
    struct card_thread *thread;
    struct work work;
    struct chain_memory chains;
    struct known known;
    struct journal journal; /* where operations are recorded */
    bool development;
    bool local; /* signs files of this computer and nothing else */
    bool kiosk; /* a shared computer */
    bool forgets; /* there, a card was read: end, so that nothing is left */
    struct pcscd pcscd; /* which of them this process may reach */
    unsigned looks; /* calls of worker_watch() for a look; 0: none runs */
    bool moved; /* it is another one now: end, to be started afresh */
    const char *attack; /* on itself, see sys/self_attack.h; NULL: none */
    bool stuck; /* a job did not return: answer, then end the process */
};

/* Jobs for worker_card(); arg is the struct work. */
void work_look(void *arg); /* states of all readers, no APDU */
void work_hold(void *arg); /* session, tries, certificate */
void work_offer(void *arg); /* the keys that the module lists */
void work_certificate(void *arg); /* that of the signature key */
void work_select(void *arg); /* the key, by libp11 */
void work_sign(void *arg);
void work_pin(void *arg); /* tries again */
void work_chain(void *arg); /* the CA's certificate and the root's */
void work_release(void *arg);

/* Loads the module, gives up files by path, starts the card thread. */
enum beid_err worker_init(struct worker *worker,
                          const char *module) BEID_NODISCARD;
void worker_clear(struct worker *worker);

/*
 * Runs a job in the card thread and answers its error. When the operation is
 * cancelled or until_ms passes, the job gets a moment more (JOB_GRACE_MS) to
 * end in good order; its result is dropped. If it does not, stuck is set.
 */
enum beid_err worker_card(struct worker *worker, card_job *job,
                          uint64_t until_ms) BEID_NODISCARD;

/* The two halves, for a job that a dialog accompanies. */
enum beid_err worker_card_start(struct worker *worker,
                                card_job *job) BEID_NODISCARD;
enum beid_err worker_card_end(struct worker *worker,
                              uint64_t until_ms) BEID_NODISCARD;

/* Looks at the readers; link.seen and work.slots then hold them. */
enum beid_err worker_look(struct worker *worker) BEID_NODISCARD;

/*
 * The same beside a dialog, which must be listened to: a look that takes long
 * goes on after BEID_ERR_BUSY, until a later call. worker_watch_end() comes
 * before any other job, and waits for a look that still runs: while pcscd may
 * take for it when the dialog was answered, else only a moment, as
 * worker_card(). BEID_ERR_NO_SERVICE: pcscd hangs.
 */
enum beid_err worker_watch(struct worker *worker) BEID_NODISCARD;
enum beid_err worker_watch_end(struct worker *worker,
                               bool answered) BEID_NODISCARD;

#endif
