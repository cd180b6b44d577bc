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

/* A slot for a new reader; NULL when there is no place. */
static struct slot *
add_slot(struct module *module, const char *name)
{
    struct slot *slot = slot_named(module, ""); /* see forget_absent() */
    if (module->slot_count < STATE_SLOTS_MAX) {
        slot = &module->slots[module->slot_count++];
        objects_init_known(slot);
        files_init(&slot->files);
    }
    if (slot == NULL) {
        return NULL;
    }
    memset(slot->name, 0, sizeof slot->name);
    memcpy(slot->name, name, strnlen(name, sizeof slot->name - 1));
    /* What the first look finds is no change. */
    slot->seen = (struct slot_seen){.changed = module->scanned};
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

static bool
is_absent(struct module *module, const struct slot *slot)
{
    (void)pthread_mutex_lock(&module->tables);
    bool absent = !slot->attached && !slot->seen.attached
                  && slots_id(module, slot) < module->slot_count;
    (void)pthread_mutex_unlock(&module->tables);
    return absent;
}

/* There is no place for a reader of another name: the slots of those that are
 * away become free. Sessions there would only tell that the card left. */
static void
forget_absent(struct module *module)
{
    for (size_t i = 0; i < STATE_SLOTS_MAX; i++) {
        struct slot *slot = &module->slots[i];
        if (!is_absent(module, slot) || lock_take(&slot->lock) != CKR_OK) {
            continue;
        }
        (void)slot_failed(module, slot, BEID_ERR_NO_READER);
        sessions_close_all(module, slot);
        slot_settle(module, slot);
        objects_clear_known(slot, true);
        pad_forget(slot);
        memset(slot->known_serial, 0, sizeof slot->known_serial);
        slot->too_old = false;
        (void)pthread_mutex_lock(&module->tables);
        /* Unless it came back this moment. */
        if (!slot->attached && !slot->seen.attached) {
            slot->name[0] = '\0';
        }
        (void)pthread_mutex_unlock(&module->tables);
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
        forget_absent(module);
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
