/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/events.h"

#include "token/module.h"
#include "token/slots.h"

#include <stdlib.h>

/* Takes one change out of the table. */
static bool
take_change(struct module *module, CK_SLOT_ID *out)
{
    bool found = false;
    (void)pthread_mutex_lock(&module->tables);
    for (size_t i = 0; i < module->slot_count && !found; i++) {
        if (module->slots[i].seen.changed) {
            module->slots[i].seen.changed = false;
            *out = i;
            found = true;
        }
    }
    (void)pthread_mutex_unlock(&module->tables);
    return found;
}

/*
 * Waits with a context of our own, known to events_wake() meanwhile. Whoever
 * takes a waiter off the list may no longer be cancelling its context: that is
 * done with the lock of the list held.
 */
static enum beid_err
wait_for_other(struct module *module, void *service_self,
               const struct reader_scan *seen)
{
    struct waiter self = {.service_self = service_self};
    (void)pthread_mutex_lock(&module->waiting);
    self.next = module->waiters;
    module->waiters = &self;
    (void)pthread_mutex_unlock(&module->waiting);
    enum beid_err err = module_stopping()
                            ? BEID_ERR_CANCELLED
                            : module->service->wait(service_self, seen);
    (void)pthread_mutex_lock(&module->waiting);
    struct waiter **at = &module->waiters;
    while (*at != &self) {
        at = &(*at)->next;
    }
    *at = self.next;
    (void)pthread_mutex_unlock(&module->waiting);
    return err;
}

/* Looks, and with wait set waits and looks again, until there is a change. */
static enum beid_err
find_change(struct module *module, void *service_self, bool wait,
            struct reader_scan *scan, CK_SLOT_ID *out, bool *found)
{
    for (;;) {
        enum beid_err err = slots_scan(module, service_self, true, scan);
        *found = take_change(module, out);
        if (*found || !wait) {
            return BEID_OK;
        }
        if (err == BEID_OK) {
            err = wait_for_other(module, service_self, scan);
        }
        if (module_stopping()) {
            return BEID_ERR_CANCELLED;
        }
        if (err == BEID_ERR_NO_SERVICE) {
            /* Its readers left with pcscd, which may be a change. */
            slots_lost(module);
            *found = take_change(module, out);
        }
        if (err != BEID_OK && err != BEID_ERR_NO_READER) {
            return err;
        }
    }
}

CK_RV
events_wait(struct module *module, CK_FLAGS flags, CK_SLOT_ID *out)
{
    void *service_self = NULL;
    bool found = false;
    bool wait = (flags & CKF_DONT_BLOCK) == 0;
    struct reader_scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return CKR_HOST_MEMORY;
    }
    enum beid_err err = module->service->open(&service_self);
    if (err == BEID_OK) {
        err = find_change(module, service_self, wait, scan, out, &found);
        module->service->close(service_self);
    } else if (err == BEID_ERR_NO_SERVICE) {
        slots_lost(module);
        found = take_change(module, out);
    }
    free(scan);
    if (found) {
        return CKR_OK;
    }
    if (!wait) {
        return CKR_NO_EVENT;
    }
    if (module_stopping()) {
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    return err == BEID_ERR_MEMORY ? CKR_HOST_MEMORY : CKR_FUNCTION_FAILED;
}

void
events_wake(struct module *module)
{
    (void)pthread_mutex_lock(&module->waiting);
    for (const struct waiter *at = module->waiters; at != NULL; at = at->next) {
        module->service->cancel(at->service_self);
    }
    (void)pthread_mutex_unlock(&module->waiting);
}
