/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
/* Looking at all readers: which slots there are, and what changed in them. */
#include "token/lock.h"
#include "token/objects.h"
#include "token/pad.h"
#include "token/sessions.h"
#include "token/slots.h"

#include <string.h>

static struct slot *
slot_named(struct module *module, const char *name)
{
    for (size_t i = 0; i < module->slot_count; i++) {
        if (strcmp(module->slots[i].name, name) == 0) {
            return &module->slots[i];
        }
    }
    return NULL;
}

static void
put_name(struct slot *slot, const char *name)
{
    memset(slot->name, 0, sizeof slot->name);
    memcpy(slot->name, name, strnlen(name, sizeof slot->name - 1));
}

/* A slot for a new reader; NULL when there is no place. Nobody else knows of it
 * before it is counted. */
static struct slot *
add_slot(struct module *module, const char *name)
{
    if (module->slot_count == STATE_SLOTS_MAX) {
        return NULL;
    }
    struct slot *slot = &module->slots[module->slot_count];
    objects_init_known(slot);
    files_init(&slot->files);
    put_name(slot, name);
    /* What the first look finds is no change. */
    slot->seen = (struct slot_seen){.changed = module->scanned};
    module->slot_count++;
    return slot;
}

static void
note_state(struct slot *slot, const struct reader_state *now, bool first)
{
    struct slot_seen *seen = &slot->seen;
    if (!first
        && (seen->attached != now->attached || seen->present != now->present
            || seen->events != now->events)) {
        seen->changed = true;
    }
    seen->attached = now->attached;
    seen->present = now->present;
    seen->events = now->events;
}

/* With the lock of the tables; false: a new reader found no place. */
static bool
note_scan(struct module *module, const struct reader_scan *scan, bool all)
{
    static const struct reader_state none = {0};
    bool here[STATE_SLOTS_MAX] = {false};
    bool placed = true;
    for (size_t i = 0; i < scan->count; i++) {
        struct slot *slot = slot_named(module, scan->readers[i].name);
        bool first = slot == NULL && all;
        if (first) {
            slot = add_slot(module, scan->readers[i].name);
        }
        if (slot != NULL) {
            here[slot - module->slots] = true;
            slot->told = scan->readers[i].state;
            slot->told_ms = all ? slots_now_ms() : 0;
            note_state(slot, &scan->readers[i].state, first);
        }
        placed = placed && (slot != NULL || !all);
    }
    for (size_t i = 0; i < module->slot_count; i++) {
        if (!here[i]) {
            note_state(&module->slots[i], &none, false);
            module->slots[i].told_ms = 0;
        }
        if (all) {
            module->slots[i].attached = here[i];
        }
    }
    module->scanned = module->scanned || all;
    return placed;
}

static enum beid_err
scan_once(struct module *module, void *service_self, bool all,
          struct reader_scan *out, bool *placed)
{
    (void)pthread_mutex_lock(&module->scan);
    enum beid_err err = module->service->scan(service_self, out);
    *placed = true;
    if (err == BEID_OK) {
        (void)pthread_mutex_lock(&module->tables);
        *placed = note_scan(module, out, all);
        (void)pthread_mutex_unlock(&module->tables);
    }
    (void)pthread_mutex_unlock(&module->scan);
    return err;
}

/* With the lock of the tables: the first reader without a slot, or NULL. */
static const char *
first_unplaced(struct module *module, const struct reader_scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        if (slot_named(module, scan->readers[i].name) == NULL) {
            return scan->readers[i].name;
        }
    }
    return NULL;
}

/* Is the slot one to give to another reader, and is there one without? With
 * now, and the slot's lock, it is given if so. */
static bool
may_give(struct module *module, struct slot *slot,
         const struct reader_scan *scan, bool now)
{
    (void)pthread_mutex_lock(&module->tables);
    const char *name = first_unplaced(module, scan);
    bool may = name != NULL && !slot->attached && !slot->seen.attached;
    if (may && now) {
        put_name(slot, name);
        slot->seen = (struct slot_seen){.changed = true};
    }
    (void)pthread_mutex_unlock(&module->tables);
    return may;
}

/*
 * With the slot's lock: what we know of its reader, and of the card that was in
 * it, is forgotten, and the reader without a place gets the slot. Not if the
 * reader is back by now, and not while a session of the agent waits for its
 * close: a new one, which libp11 opens by itself, would be with a card that
 * nobody was shown. Other sessions there would only tell that the card left.
 */
static void
give_away(struct module *module, struct slot *slot,
          const struct reader_scan *scan)
{
    struct reader_state state = {0};
    if (slot_look(module, slot, &state) != BEID_OK || state.attached) {
        return;
    }
    (void)slot_failed(module, slot, BEID_ERR_NO_READER);
    if (sessions_wait_for_close(module, slot)) {
        return;
    }
    sessions_close_all(module, slot);
    objects_clear_known(slot, true);
    pad_forget(slot);
    memset(slot->known_serial, 0, sizeof slot->known_serial);
    slot->too_old = false;
    /* Unless it came back this moment. */
    (void)may_give(module, slot, scan, true);
}

/* There is no place for readers of other names: slots of those that are away
 * become theirs. */
static void
give_places(struct module *module, const struct reader_scan *scan)
{
    for (size_t i = 0; i < STATE_SLOTS_MAX; i++) {
        struct slot *slot = &module->slots[i];
        if (!may_give(module, slot, scan, false)
            || lock_take(&slot->lock) != CKR_OK) {
            continue;
        }
        if (may_give(module, slot, scan, false)) {
            give_away(module, slot, scan);
            slot_settle(module, slot);
        }
        lock_give(&slot->lock);
    }
}

enum beid_err
slots_scan(struct module *module, void *service_self, bool all,
           struct reader_scan *out)
{
    bool placed = true;
    enum beid_err err = scan_once(module, service_self, all, out, &placed);
    if (!placed) {
        give_places(module, out);
        err = scan_once(module, service_self, all, out, &placed);
    }
    return err;
}

void
slots_lost(struct module *module)
{
    static const struct reader_scan nothing = {.count = 0};
    /* After a look that is under way, which may have seen readers. */
    (void)pthread_mutex_lock(&module->scan);
    (void)pthread_mutex_lock(&module->tables);
    (void)note_scan(module, &nothing, true);
    (void)pthread_mutex_unlock(&module->tables);
    (void)pthread_mutex_unlock(&module->scan);
}
