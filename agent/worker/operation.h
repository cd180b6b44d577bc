/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_WORKER_OPERATION_H
#define BEID_WORKER_OPERATION_H

#include "journal/journal.h"
#include "po/text.h"
#include "worker/certificate.h"
#include "worker/worker.h"

/* What kinds of operation say differently; see operation_words(). */
struct operation_words {
    enum beid_text_id heading;
    enum beid_text_id consent;
    enum beid_text_id ok; /* the button */
};

/* One operation, from the request to its answer. */
struct operation {
    struct worker *worker;
    struct beid_wire_operation asked; /* borrows from link.request */
    struct beid_wire_authenticate request; /* what all of them have */
    struct operation_words words;
    enum beid_lang lang;
    uint64_t deadline_ms;
    bool begun; /* front knows that something may have been shown */
    bool window_opened; /* the event was sent */
    bool have_card; /* slot and certificate are known */
    bool key_begun; /* work_select ran for this slot, or runs */
    bool key_runs;
    uint64_t key_until_ms; /* with key_runs: later than this it is stuck */
    unsigned long slot;
    struct certificate certificate;
    uint32_t clock_behind_s; /* with BEID_ERR_CLOCK */
    unsigned wrong_pins;
    bool with_signature_key; /* certificate is then that key's */
    struct beid_buf document; /* a statement, as it is shown and signed */
    bool text_read; /* the text was confirmed page by page */
    char shown[JOURNAL_HEX_LEN + 1]; /* SHA-256 of what a dialog showed */
    struct beid_buf signature; /* as it goes out */
    const struct chain *chain; /* NULL: not asked for, or none */
};

/*
 * Runs the operation that link.request asks for and sends its reply. Nothing
 * of it is left afterwards but what the module and chain_memory remember.
 */
void operation_run(struct worker *worker);

/*
 * Waits until a card that may be an eID card is in a reader (work.slots),
 * telling the citizen what to do; or says at once why there is none.
 */
enum beid_err operation_wait_for_card(struct operation *op) BEID_NODISCARD;

/*
 * Runs a job of worker.h within the operation's time, but no longer than a
 * card may take; a card that does not answer is BEID_ERR_CARD_MUTE.
 */
enum beid_err operation_card(struct operation *op,
                             card_job *job) BEID_NODISCARD;

/* The end of one that worker_card_start() began; as operation_card(). */
enum beid_err operation_card_end(struct operation *op) BEID_NODISCARD;

/*
 * Finds the key that signs, which libp11 takes its time for: it may begin
 * while a dialog is read. Before any other job the end is waited for, which is
 * the beginning as well when there was none.
 */
void operation_begin_key(struct operation *op);
enum beid_err operation_end_key(struct operation *op) BEID_NODISCARD;

/*
 * For a dialog's watch, which must not wait: BEID_ERR_BUSY while the key is
 * being found, then as operation_end_key().
 */
enum beid_err operation_watch_key(struct operation *op) BEID_NODISCARD;

/*
 * The dialog ended with err, and nobody needs the key any more: a search that
 * still runs gets a moment to end in good order, else stuck is set. Answers
 * err, or BEID_ERR_CARD_MUTE when the time was over because the card hung.
 */
enum beid_err operation_drop_key(struct operation *op,
                                 enum beid_err err) BEID_NODISCARD;

/*
 * For a dialog's watch: BEID_ERR_BUSY while the card that is held is in its
 * reader, BEID_ERR_CARD_REMOVED after that.
 */
enum beid_err operation_watch_card(struct operation *op,
                                   void *user) BEID_NODISCARD;

/*
 * Holds the card in this slot if it is the one that is asked for and may be
 * used now; op->certificate is then its.
 */
enum beid_err operation_open_slot(struct operation *op,
                                  unsigned long slot) BEID_NODISCARD;

/*
 * Holds the one card of work.slots that will do; of several the one that the
 * citizen chooses by its holder's name, for this operation alone. Else what
 * the first lacked.
 */
enum beid_err operation_choose_card(struct operation *op) BEID_NODISCARD;

/* Fills op->chain; a chain that is not there is no failure. */
void operation_read_chain(struct operation *op);

/*
 * What a general error of the module means, seen in what the readers say:
 * pcscd gone, card removed, mute, too old.
 */
enum beid_err operation_diagnose(struct operation *op,
                                 enum beid_err err) BEID_NODISCARD;

#endif
