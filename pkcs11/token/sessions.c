/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/sessions.h"

#include "rv.h"
#include "token/signing.h"
#include "token/slots.h"

#include <stdlib.h>

static size_t
index_of(const struct module *module, CK_SESSION_HANDLE handle)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        if (module->sessions[i] != NULL
            && module->sessions[i]->handle == handle) {
            return i;
        }
    }
    return STATE_SESSIONS_MAX;
}

CK_RV
sessions_get(const struct module *module, CK_SESSION_HANDLE handle,
             struct session **out)
{
    size_t i = index_of(module, handle);
    if (i == STATE_SESSIONS_MAX) {
        return CKR_SESSION_HANDLE_INVALID;
    }
    if (module->sessions[i]->gone) {
        return CKR_DEVICE_REMOVED;
    }
    *out = module->sessions[i];
    return CKR_OK;
}

static CK_RV
add(struct module *module, struct slot *slot, bool read_write,
    CK_SESSION_HANDLE *out)
{
    size_t i = 0;
    while (i < STATE_SESSIONS_MAX && module->sessions[i] != NULL) {
        i++;
    }
    if (i == STATE_SESSIONS_MAX) {
        return CKR_SESSION_COUNT;
    }
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return CKR_HOST_MEMORY;
    }
    session->handle = ++module->last_handle;
    session->slot = slot;
    session->read_write = read_write;
    module->sessions[i] = session;
    *out = session->handle;
    return CKR_OK;
}

/*
 * For the agent a session stands for the card that the citizen was shown.
 * libp11 quietly opens another one when its own is gone: that would be with
 * the next card, and the PIN would go there.
 */
static bool
waits_for_close(const struct module *module, const struct slot *slot)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        const struct session *session = module->sessions[i];
        if (session != NULL && session->slot == slot && session->gone) {
            return module->options.transaction_sign;
        }
    }
    return false;
}

CK_RV
sessions_open(struct module *module, CK_SLOT_ID id, CK_FLAGS flags,
              CK_SESSION_HANDLE *out)
{
    struct slot *slot = slots_get(module, id);
    if (slot == NULL) {
        return CKR_SLOT_ID_INVALID;
    }
    if ((flags & CKF_SERIAL_SESSION) == 0) {
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    }
    enum beid_err err = slot_connect(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    if (waits_for_close(module, slot)) {
        return CKR_DEVICE_REMOVED;
    }
    return add(module, slot, (flags & CKF_RW_SESSION) != 0, out);
}

size_t
sessions_count(const struct module *module, const struct slot *slot,
               size_t *read_write)
{
    size_t count = 0;
    *read_write = 0;
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        const struct session *session = module->sessions[i];
        if (session != NULL && (slot == NULL || session->slot == slot)) {
            count++;
            *read_write += session->read_write ? 1 : 0;
        }
    }
    return count;
}

/* Frees one session, then what only it kept. */
static enum beid_err
remove_at(struct module *module, size_t i)
{
    struct session *session = module->sessions[i];
    struct slot *slot = session->slot;
    size_t read_write = 0;
    enum beid_err err = signing_end(module, session);
    module->sessions[i] = NULL;
    free(session);
    if (sessions_count(module, slot, &read_write) == 0) {
        enum beid_err logged_off = slot_log_off(module, slot);
        err = err == BEID_OK ? logged_off : err;
    }
    if (sessions_count(module, NULL, &read_write) == 0) {
        slots_disconnect(module);
    }
    return err;
}

CK_RV
sessions_close(struct module *module, CK_SESSION_HANDLE handle)
{
    size_t i = index_of(module, handle);
    if (i == STATE_SESSIONS_MAX) {
        return CKR_SESSION_HANDLE_INVALID;
    }
    /* The session is closed whatever the card said to that. */
    (void)remove_at(module, i);
    return CKR_OK;
}

void
sessions_close_all(struct module *module, const struct slot *slot)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        const struct session *session = module->sessions[i];
        if (session != NULL && (slot == NULL || session->slot == slot)) {
            (void)remove_at(module, i);
        }
    }
}

void
sessions_mark_gone(struct module *module, const struct slot *slot)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        struct session *session = module->sessions[i];
        if (session != NULL && session->slot == slot) {
            session->gone = true;
            session->search.active = false;
            signing_forget(session);
        }
    }
}

CK_RV
sessions_info(struct module *module, const struct session *session,
              CK_SESSION_INFO *out)
{
    struct reader_state state = {0};
    enum beid_err err = slot_look(module, session->slot, &state);
    if (err != BEID_OK || session->gone) {
        return CKR_DEVICE_REMOVED;
    }
    CK_STATE state_now =
        session->read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
    if (session->slot->logged_in) {
        state_now =
            session->read_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    }
    *out = (CK_SESSION_INFO){
        .slotID = (CK_SLOT_ID)(session->slot - module->slots),
        .state = state_now,
        .flags =
            CKF_SERIAL_SESSION | (session->read_write ? CKF_RW_SESSION : 0UL),
    };
    return CKR_OK;
}
