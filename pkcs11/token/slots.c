/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/slots.h"

#include "card/atr.h"
#include "card/pin.h"
#include "token/objects.h"
#include "token/sessions.h"

#include <string.h>

struct slot *
slots_get(struct module *module, CK_SLOT_ID id)
{
    return id < module->slot_count ? &module->slots[id] : NULL;
}

static enum beid_err
open_service(struct module *module)
{
    return module->service_self != NULL
               ? BEID_OK
               : module->service->open(&module->service_self);
}

static void
close_service(struct module *module)
{
    if (module->service_self != NULL) {
        module->service->close(module->service_self);
        module->service_self = NULL;
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

/* pcscd went away, and with it every connection. */
static void
lose_service(struct module *module)
{
    for (size_t i = 0; i < module->slot_count; i++) {
        struct slot *slot = &module->slots[i];
        /* If pcscd is there after all, no right may stay open. */
        drop(module, slot, slot->logged_in || slot->holder != NULL);
    }
    close_service(module);
}

enum beid_err
slot_failed(struct module *module, struct slot *slot, enum beid_err err)
{
    if (err == BEID_ERR_NO_SERVICE) {
        lose_service(module);
    } else if (err == BEID_ERR_CARD_REMOVED || err == BEID_ERR_NO_CARD
               || err == BEID_ERR_NO_READER || err == BEID_ERR_CARD_MISMATCH
               || err == BEID_ERR_CARD_MUTE) {
        drop(module, slot, false);
    }
    return err;
}

static void
note_reader(struct module *module, const char *name)
{
    for (size_t i = 0; i < module->slot_count; i++) {
        if (strcmp(module->slots[i].name, name) == 0) {
            module->slots[i].attached = true;
            return;
        }
    }
    if (module->slot_count == STATE_SLOTS_MAX) {
        return;
    }
    struct slot *slot = &module->slots[module->slot_count++];
    memcpy(slot->name, name, strnlen(name, sizeof slot->name - 1));
    slot->attached = true;
    objects_init_known(slot);
    files_init(&slot->files);
}

enum beid_err
slots_refresh(struct module *module)
{
    struct reader_list *list = &module->readers;
    enum beid_err err = open_service(module);
    if (err == BEID_OK) {
        err = module->service->readers(module->service_self, list);
    }
    if (err == BEID_ERR_NO_SERVICE && module->service_self != NULL) {
        /* A context of before a restart of pcscd: once more, with a new one. */
        lose_service(module);
        err = open_service(module);
        if (err == BEID_OK) {
            err = module->service->readers(module->service_self, list);
        }
    }
    for (size_t i = 0; i < module->slot_count; i++) {
        module->slots[i].attached = false;
    }
    if (err != BEID_OK) {
        return err;
    }
    for (size_t i = 0; i < list->count; i++) {
        note_reader(module, list->names[i]);
    }
    return BEID_OK;
}

enum beid_err
slot_look(struct module *module, struct slot *slot, struct reader_state *out)
{
    struct reader_state state = {0};
    enum beid_err err = open_service(module);
    if (err == BEID_OK) {
        err = module->service->state(module->service_self, slot->name, &state);
    }
    if (err == BEID_ERR_NO_READER) {
        state = (struct reader_state){0};
        err = BEID_OK;
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
    bool other =
        memcmp(slot->known_serial, slot->card.serial, CARD_SERIAL_LEN) != 0;
    objects_clear_known(slot, other);
    memcpy(slot->known_serial, slot->card.serial, CARD_SERIAL_LEN);
}

enum beid_err
slot_connect(struct module *module, struct slot *slot)
{
    struct reader_state state = {0};
    struct transport transport = {0};
    enum beid_err err = slot_look(module, slot, &state);
    if (err == BEID_OK && slot->connected) {
        return BEID_OK;
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
        err = module->service->connect(module->service_self, slot->name,
                                       &transport);
    }
    if (err == BEID_OK) {
        err = card_open(&slot->card, transport, family);
    }
    if (err == BEID_ERR_CARD_TOO_OLD) {
        slot->too_old = true;
        slot->too_old_events = state.events;
    }
    if (err != BEID_OK) {
        return slot_failed(module, slot, err);
    }
    adopt(slot, &state);
    return BEID_OK;
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
    if (ended != BEID_OK && reset) {
        /* The right may still be open: give the card up, with a reset. */
        drop(module, slot, true);
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
slots_disconnect(struct module *module)
{
    for (size_t i = 0; i < module->slot_count; i++) {
        struct slot *slot = &module->slots[i];
        if (slot->connected) {
            /* A failure to log off has already cost the card a reset. */
            (void)slot_log_off(module, slot);
            drop(module, slot, false);
        }
    }
}

void
slots_settle(struct module *module)
{
    for (size_t i = 0; i < module->slot_count; i++) {
        if (module->slots[i].connected) {
            return;
        }
    }
    close_service(module);
}

void
slots_clear(struct module *module)
{
    slots_disconnect(module);
    for (size_t i = 0; i < module->slot_count; i++) {
        objects_clear_known(&module->slots[i], true);
        files_clear(&module->slots[i].files);
    }
    close_service(module);
}
