/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/slots.h"

#include "card/atr.h"
#include "card/pin.h"
#include "token/objects.h"
#include "token/pad.h"
#include "token/sessions.h"

#include <string.h>
#include <time.h>

struct slot *
slots_get(struct module *module, CK_SLOT_ID id)
{
    (void)pthread_mutex_lock(&module->tables);
    bool known = id < module->slot_count;
    (void)pthread_mutex_unlock(&module->tables);
    return known ? &module->slots[id] : NULL;
}

uint64_t
slots_now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

CK_SLOT_ID
slots_id(const struct module *module, const struct slot *slot)
{
    return (CK_SLOT_ID)(slot - module->slots);
}

static enum beid_err
open_service(const struct module *module, struct slot *slot)
{
    return slot->service_self != NULL
               ? BEID_OK
               : module->service->open(&slot->service_self);
}

static void
close_service(const struct module *module, struct slot *slot)
{
    if (slot->service_self != NULL) {
        module->service->close(slot->service_self);
        slot->service_self = NULL;
    }
}

/* The card is no longer ours; sessions opened with it only close. */
static void
drop(struct module *module, struct slot *slot, bool reset)
{
    if (slot->connected) {
        slot->connected = false;
        card_close(&slot->card, reset);
    }
    files_clear(&slot->files);
    slot->logged_in = false;
    slot->holder = NULL;
    sessions_mark_gone(module, slot);
}

/* May the card sign without being asked for a PIN first? */
static bool
may_sign(const struct slot *slot)
{
    return slot->logged_in || slot->holder != NULL;
}

/* pcscd went away, and with it the connection. */
static void
lose_service(struct module *module, struct slot *slot)
{
    /* If pcscd is there after all, no right may stay open. */
    drop(module, slot, may_sign(slot));
    close_service(module, slot);
}

enum beid_err
slot_failed(struct module *module, struct slot *slot, enum beid_err err)
{
    if (err == BEID_ERR_NO_SERVICE) {
        lose_service(module, slot);
    } else if (err == BEID_ERR_CARD_REMOVED || err == BEID_ERR_NO_CARD
               || err == BEID_ERR_NO_READER) {
        drop(module, slot, false);
    } else if (err == BEID_ERR_CARD_MISMATCH || err == BEID_ERR_CARD_MUTE) {
        /* There is a card still, and it may be the one that gave the right. */
        drop(module, slot, may_sign(slot));
    }
    return err;
}

/* As the service's own; once more with a new one if ours is from before
 * a restart of pcscd. */
static enum beid_err
ask_state(struct module *module, struct slot *slot, struct reader_state *out)
{
    bool fresh = slot->service_self == NULL;
    enum beid_err err = open_service(module, slot);
    if (err == BEID_OK) {
        err = module->service->state(slot->service_self, slot->name, out);
    }
    if (err != BEID_ERR_NO_SERVICE || fresh) {
        return err;
    }
    lose_service(module, slot);
    err = open_service(module, slot);
    return err == BEID_OK
               ? module->service->state(slot->service_self, slot->name, out)
               : err;
}

enum beid_err
slot_look(struct module *module, struct slot *slot, struct reader_state *out)
{
    struct reader_state state = {0};
    enum beid_err err = ask_state(module, slot, &state);
    if (err == BEID_ERR_NO_READER) {
        state = (struct reader_state){0};
        err = BEID_OK;
        pad_forget(slot);
    }
    if (err != BEID_OK) {
        return slot_failed(module, slot, err);
    }
    if (slot->connected && (!state.present || state.events != slot->events)) {
        drop(module, slot, false);
    }
    if (slot->too_old
        && (!state.present || state.events != slot->too_old_events)) {
        slot->too_old = false;
    }
    *out = state;
    return BEID_OK;
}

static enum beid_err
check_state(const struct reader_state *state)
{
    if (!state->attached) {
        return BEID_ERR_NO_READER;
    }
    if (!state->present) {
        return BEID_ERR_NO_CARD;
    }
    if (state->mute) {
        return BEID_ERR_CARD_MUTE;
    }
    return BEID_OK;
}

/* A newly recognised chip: what is known of another one is forgotten. */
static void
adopt(struct slot *slot, const struct reader_state *state)
{
    slot->connected = true;
    slot->logged_in = false;
    slot->events = state->events;
    slot->tries_ms = slots_now_ms();
    bool other =
        memcmp(slot->known_serial, slot->card.serial, CARD_SERIAL_LEN) != 0;
    objects_clear_known(slot, other);
    memcpy(slot->known_serial, slot->card.serial, CARD_SERIAL_LEN);
}

/* A card that came between look and connection would be taken for another one
 * at the next look, and given up with its login open. */
static enum beid_err
confirm(const struct module *module, struct slot *slot,
        const struct reader_state *seen)
{
    struct reader_state now = {0};
    enum beid_err err =
        module->service->state(slot->service_self, slot->name, &now);
    if (err == BEID_OK && (!now.present || now.events != seen->events)) {
        err = BEID_ERR_CARD_REMOVED;
    }
    if (err != BEID_OK) {
        card_close(&slot->card, false);
    }
    return err;
}

enum beid_err
slot_connect(struct module *module, struct slot *slot)
{
    struct reader_state state = {0};
    struct transport transport = {0};
    enum beid_err err = slot_look(module, slot, &state);
    if (err == BEID_OK && slot->connected) {
        err = pad_look(module, slot);
        return slot->connected ? BEID_OK : err;
    }
    if (err == BEID_OK) {
        err = check_state(&state);
    }
    enum atr_family family =
        atr_family_of(beid_span_of(state.atr, state.atr_len));
    if (err == BEID_OK && family == ATR_FOREIGN) {
        err = BEID_ERR_CARD_UNKNOWN;
    }
    if (err == BEID_OK) {
        err = module->service->connect(slot->service_self, slot->name,
                                       &transport);
    }
    if (err == BEID_OK) {
        err = card_open(&slot->card, transport, family);
    }
    if (err == BEID_OK) {
        err = confirm(module, slot, &state);
    }
    if (err == BEID_ERR_CARD_TOO_OLD) {
        slot->too_old = true;
        slot->too_old_events = state.events;
    }
    if (err != BEID_OK) {
        return slot_failed(module, slot, err);
    }
    adopt(slot, &state);
    /* The card may leave while the reader is asked. */
    err = pad_look(module, slot);
    return slot->connected ? BEID_OK : err;
}

enum beid_err
slot_begin(struct module *module, struct slot *slot)
{
    bool was_reset = false;
    if (!slot->connected) {
        return BEID_ERR_CARD_REMOVED;
    }
    if (slot->holder != NULL) {
        return BEID_ERR_BUSY;
    }
    enum beid_err err = card_begin(&slot->card, &was_reset);
    if (was_reset) {
        slot->logged_in = false;
    }
    return err == BEID_OK ? err : slot_failed(module, slot, err);
}

enum beid_err
slot_end(struct module *module, struct slot *slot, bool pin_open,
         enum beid_err err)
{
    bool reset = pin_open && pin_log_off(&slot->card) != BEID_OK;
    enum beid_err ended = card_end(&slot->card, reset);
    if (reset) {
        slot->logged_in = false;
        slot->card.tries = CARD_TRIES_UNKNOWN;
    }
    if (ended != BEID_OK) {
        /* The transaction may still be there, which keeps every other program
         * from the card, and with it a right: only giving the card up ends
         * both for certain. */
        drop(module, slot, reset || may_sign(slot));
    }
    return slot_failed(module, slot, err != BEID_OK ? err : ended);
}

enum beid_err
slot_log_off(struct module *module, struct slot *slot)
{
    if (!slot->logged_in) {
        return BEID_OK;
    }
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        if (slot->logged_in) {
            /* No LOG OFF without the card: a reset ends the right as well. */
            drop(module, slot, true);
        }
        return err;
    }
    /* Also after a reset by another program: there is a transaction to end. */
    bool open = slot->logged_in;
    slot->logged_in = false;
    return slot_end(module, slot, open, BEID_OK);
}

void
slot_rest(struct module *module, struct slot *slot)
{
    if (slot->connected) {
        /* A failure to log off has already cost the card a reset. */
        (void)slot_log_off(module, slot);
        drop(module, slot, false);
    }
}

void
slot_settle(struct module *module, struct slot *slot)
{
    if (!slot->connected) {
        close_service(module, slot);
    }
}

/* With the lock of the tables taken for it: how many slots are to rest, none
 * while a session lives. */
static size_t
count_resting(struct module *module)
{
    (void)pthread_mutex_lock(&module->tables);
    size_t count = module->live == 0 ? module->slot_count : 0;
    (void)pthread_mutex_unlock(&module->tables);
    return count;
}

void
slots_rest(struct module *module)
{
    for (size_t i = 0; i < count_resting(module); i++) {
        struct slot *slot = &module->slots[i];
        size_t read_write = 0;
        if (!lock_try(&slot->lock)) {
            continue;
        }
        /* One may have been opened meanwhile. */
        if (sessions_count(slot, &read_write) == 0) {
            slot_rest(module, slot);
            slot_settle(module, slot);
        }
        lock_give(&slot->lock);
    }
}

void
slots_clear(struct module *module)
{
    for (size_t i = 0; i < module->slot_count; i++) {
        struct slot *slot = &module->slots[i];
        sessions_close_all(module, slot);
        slot_rest(module, slot);
        objects_clear_known(slot, true);
        files_clear(&slot->files);
        close_service(module, slot);
    }
}
