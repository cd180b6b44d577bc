/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/pinpad.h"

#include "worker/ask.h"

/* PINs of a wrong length; nobody mistypes so often. */
#define MALFORMED_MAX 5U

/* The entry beside its window. */
struct entry {
    bool begun; /* the card thread is at it */
    enum beid_err err; /* why it could not begin */
};

static void
begin(struct operation *op, void *user)
{
    struct entry *entry = user;
    link_send_event(&op->worker->link, BEID_EVENT_PIN_ENTRY);
    entry->err = worker_card_start(op->worker, work_sign);
    entry->begun = entry->err == BEID_OK;
}

/* The window goes when the card has answered. */
static enum beid_err
watch(struct operation *op, void *user)
{
    const struct entry *entry = user;
    if (!entry->begun) {
        return entry->err == BEID_OK ? BEID_ERR_BUSY : entry->err;
    }
    enum beid_err turn = link_turn(
        &op->worker->link, card_thread_fd(op->worker->thread), link_now_ms());
    return turn == BEID_OK ? BEID_OK : BEID_ERR_BUSY;
}

static enum beid_err
enter_once(struct operation *op, enum beid_text_id complaint)
{
    struct entry entry = {0};
    struct ask notice = {
        .state = WORKER_PINPAD,
        .kind = PINENTRY_CANCEL_ONLY,
        .body = BEID_TEXT_PROMPT_PINPAD,
        .error = complaint,
        .ok = BEID_TEXT_PROMPT_CANCEL,
        .tries = op->worker->work.pin.tries,
        .watch = watch,
        .shown = begin,
        .user = &entry,
    };
    cryptoki_withdraw(op->worker->work.cryptoki, false);
    enum beid_err asked = ask(op, &notice);
    if (!entry.begun) {
        return asked == BEID_OK ? entry.err : asked;
    }
    if (asked != BEID_OK) {
        cryptoki_withdraw(op->worker->work.cryptoki, true);
    }
    enum beid_err err =
        worker_card_end(op->worker, asked == BEID_OK ? op->deadline_ms : 0);
    return asked != BEID_OK ? asked : err;
}

enum beid_err
pinpad_sign(struct operation *op)
{
    enum beid_text_id complaint =
        op->wrong_pins > 0 ? BEID_TEXT_PROMPT_WRONG_PIN : BEID_TEXT_COUNT;
    enum beid_err found = operation_end_key(op);
    if (found != BEID_OK) {
        return found;
    }
    enum beid_err err = BEID_ERR_PIN_LENGTH;
    for (unsigned i = 0; err == BEID_ERR_PIN_LENGTH && i < MALFORMED_MAX; i++) {
        err = enter_once(op, complaint);
        complaint = BEID_TEXT_PROMPT_PIN_FORMAT;
    }
    return err == BEID_ERR_PIN_LENGTH ? BEID_ERR_CANCELLED : err;
}
