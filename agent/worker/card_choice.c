/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/ask.h"
#include "worker/operation.h"

/* Cards that will do. */
struct candidates {
    size_t count;
    unsigned long slot[CRYPTOKI_SLOTS_MAX];
    enum beid_err lacked; /* what the first of the others lacked */
};

static void
let_go(struct operation *op)
{
    certificate_clear(&op->certificate);
    op->have_card = false;
    /* Letting go of a card cannot fail worse. */
    (void)!operation_card(op, work_release);
}

/* BEID_OK, or why the operation cannot go on. */
static enum beid_err
look_through(struct operation *op, const struct cryptoki_slots *slots,
             struct candidates *found)
{
    for (size_t i = 0; i < slots->count; i++) {
        if (slots->slot[i].card != BEID_CARD_SUPPORTED) {
            continue;
        }
        enum beid_err err = operation_open_slot(op, slots->slot[i].id);
        if (op->worker->stuck || err == BEID_ERR_CANCELLED) {
            return err;
        }
        if (err == BEID_OK) {
            found->slot[found->count] = slots->slot[i].id;
            found->count++;
            let_go(op);
        } else if (found->lacked == BEID_ERR_NO_CARD) {
            found->lacked = err;
        }
    }
    return BEID_OK;
}

/* One card after the other, until one is taken or none is wanted. */
static enum beid_err
offer(struct operation *op, const struct candidates *found)
{
    const struct ask question = {
        .state = WORKER_CHOOSING,
        .kind = PINENTRY_CHOOSE,
        .body = BEID_TEXT_PROMPT_OTHER_CARD,
        .error = BEID_TEXT_COUNT,
        .ok = BEID_TEXT_PROMPT_CHOOSE,
        .tries = BEID_WIRE_TRIES_UNKNOWN,
        .watch = operation_watch_card,
    };
    for (size_t i = 0;; i = (i + 1) % found->count) {
        enum beid_err err = operation_open_slot(op, found->slot[i]);
        if (err == BEID_OK) {
            err = ask(op, &question);
        }
        if (err != BEID_ERR_NOT_FOUND) {
            return err;
        }
        let_go(op);
    }
}

enum beid_err
operation_choose_card(struct operation *op)
{
    const struct cryptoki_slots slots = op->worker->work.slots;
    struct candidates found = {.lacked = BEID_ERR_NO_CARD};
    size_t cards = 0;
    unsigned long last = 0;
    for (size_t i = 0; i < slots.count; i++) {
        if (slots.slot[i].card == BEID_CARD_SUPPORTED) {
            cards++;
            last = slots.slot[i].id;
        }
    }
    if (cards == 1) {
        return operation_open_slot(op, last);
    }
    enum beid_err err = look_through(op, &slots, &found);
    if (err != BEID_OK) {
        return err;
    }
    if (found.count == 0) {
        return found.lacked;
    }
    return found.count == 1 ? operation_open_slot(op, found.slot[0])
                            : offer(op, &found);
}
