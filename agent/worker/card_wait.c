/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/ask.h"
#include "worker/operation.h"

/* What keeps the operation from a card, and what to tell the citizen. */
struct obstacle {
    enum beid_err err; /* BEID_OK: nothing */
    enum beid_text_id advice;
};

static bool
any(const struct cryptoki_slots *slots, enum beid_wire_card card)
{
    for (size_t i = 0; i < slots->count; i++) {
        if (slots->slot[i].card == card) {
            return true;
        }
    }
    return false;
}

static bool
any_too_old(const struct cryptoki_slots *slots)
{
    for (size_t i = 0; i < slots->count; i++) {
        if (slots->slot[i].too_old) {
            return true;
        }
    }
    return false;
}

/*
 * The most helpful of what the readers say: a mute card is most likely the
 * one just inserted the wrong way; an empty reader counts more than a foreign
 * card, which may be a security key that is always there.
 */
static struct obstacle
obstacle_of(const struct cryptoki_slots *slots)
{
    if (slots->count == 0) {
        return (struct obstacle){BEID_ERR_NO_READER,
                                 BEID_TEXT_PROMPT_CONNECT_READER};
    }
    if (any(slots, BEID_CARD_SUPPORTED)) {
        return (struct obstacle){BEID_OK, BEID_TEXT_PROMPT_INSERT_CARD};
    }
    if (any(slots, BEID_CARD_MUTE)) {
        return (struct obstacle){BEID_ERR_CARD_MUTE,
                                 BEID_TEXT_PROMPT_MUTE_CARD};
    }
    if (any(slots, BEID_CARD_BUSY)) {
        return (struct obstacle){BEID_ERR_READER_BUSY,
                                 BEID_TEXT_PROMPT_READER_BUSY};
    }
    if (any(slots, BEID_CARD_NONE)) {
        return (struct obstacle){BEID_ERR_NO_CARD,
                                 BEID_TEXT_PROMPT_INSERT_CARD};
    }
    return (struct obstacle){any_too_old(slots) ? BEID_ERR_CARD_TOO_OLD
                                                : BEID_ERR_CARD_UNKNOWN,
                             BEID_TEXT_PROMPT_FOREIGN_CARD};
}

/* The dialog goes when what it says is no longer so. */
static enum beid_err
watch_for_card(struct operation *op, void *user)
{
    const struct obstacle *told = user;
    enum beid_err err = worker_watch(op->worker);
    if (err != BEID_OK) {
        return err;
    }
    struct obstacle now = obstacle_of(&op->worker->work.slots);
    return now.err == told->err ? BEID_ERR_BUSY : BEID_OK;
}

/* BEID_OK: look again. */
static enum beid_err
tell(struct operation *op, struct obstacle *obstacle)
{
    struct ask notice = {
        .state = WORKER_WAITING,
        .kind = PINENTRY_CANCEL_ONLY,
        .body = obstacle->advice,
        .error = BEID_TEXT_COUNT,
        .ok = BEID_TEXT_PROMPT_CANCEL,
        .tries = BEID_WIRE_TRIES_UNKNOWN,
        .watch = watch_for_card,
        .user = obstacle,
    };
    enum beid_err err = ask(op, &notice);
    /* At the end of the time the reason counts, not the time. */
    return err == BEID_ERR_TIMEOUT ? obstacle->err : err;
}

enum beid_err
operation_wait_for_card(struct operation *op)
{
    bool announced = false;
    for (;;) {
        enum beid_err err = worker_look(op->worker);
        if (err != BEID_OK) {
            return err;
        }
        struct obstacle obstacle = obstacle_of(&op->worker->work.slots);
        if (obstacle.err == BEID_OK) {
            return BEID_OK;
        }
        if (!op->request.wait_for_card
            || obstacle.err == BEID_ERR_CARD_TOO_OLD) {
            return obstacle.err;
        }
        if (!announced) {
            announced = true;
            link_send_event(&op->worker->link, BEID_EVENT_WAITING_FOR_CARD);
        }
        err = tell(op, &obstacle);
        if (err != BEID_OK) {
            return err;
        }
    }
}
