/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/sessions.h"

#include "rv.h"
#include "token/digesting.h"
#include "token/signing.h"
#include "token/slots.h"
#include "token/verifying.h"

#include <beid/slot_state.h>

#include <stdlib.h>

/*
 * A handle is a number that the slot never used before and the slot itself, so
 * that it tells which lock to take before anything is looked up.
 */
#define SLOT_BITS 5U
#define HANDLE_SLOT(handle) ((handle) & ((1UL << SLOT_BITS) - 1))
#define NUMBER_MAX (CK_UNAVAILABLE_INFORMATION >> SLOT_BITS)

_Static_assert(STATE_SLOTS_MAX <= 1U << SLOT_BITS, "a slot fits in a handle");

struct slot *
sessions_slot(struct module *module, CK_SESSION_HANDLE handle)
{
    return slots_get(module, HANDLE_SLOT(handle));
}

static size_t
index_of(const struct slot *slot, CK_SESSION_HANDLE handle)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        if (slot->sessions[i] != NULL && slot->sessions[i]->handle == handle) {
            return i;
        }
    }
    return STATE_SESSIONS_MAX;
}

CK_RV
sessions_get(const struct slot *slot, CK_SESSION_HANDLE handle,
             struct session **out)
{
    size_t i = index_of(slot, handle);
    if (i == STATE_SESSIONS_MAX) {
        return CKR_SESSION_HANDLE_INVALID;
    }
    if (slot->sessions[i]->gone) {
        return CKR_DEVICE_REMOVED;
    }
    *out = slot->sessions[i];
    return CKR_OK;
}

static void
count_live(struct module *module, bool one_more)
{
    (void)pthread_mutex_lock(&module->tables);
    if (one_more) {
        module->live++;
    } else {
        module->live--;
    }
    (void)pthread_mutex_unlock(&module->tables);
}

/* A free place. For it, a session whose card left goes at last: the standard
 * closes them at once, and a client that knows that never does. */
static size_t
find_place(struct slot *slot)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        if (slot->sessions[i] == NULL) {
            return i;
        }
    }
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        if (slot->sessions[i]->gone) {
            free(slot->sessions[i]);
            slot->sessions[i] = NULL;
            return i;
        }
    }
    return STATE_SESSIONS_MAX;
}

static CK_RV
add(struct module *module, struct slot *slot, bool read_write,
    CK_SESSION_HANDLE *out)
{
    size_t i = find_place(slot);
    if (i == STATE_SESSIONS_MAX || slot->last_number >= NUMBER_MAX) {
        return CKR_SESSION_COUNT;
    }
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return CKR_HOST_MEMORY;
    }
    session->handle =
        (++slot->last_number << SLOT_BITS) | slots_id(module, slot);
    session->slot = slot;
    session->read_write = read_write;
    slot->sessions[i] = session;
    count_live(module, true);
    *out = session->handle;
    return CKR_OK;
}

bool
sessions_wait_for_close(const struct module *module, const struct slot *slot)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        const struct session *session = slot->sessions[i];
        if (session != NULL && session->gone) {
            return module->options.transaction_sign;
        }
    }
    return false;
}

/*
 * The card that a new session is to be with. A connection from before may be
 * with a card that left together with its reader: the count of insertions
 * begins anew for a reader that comes back, so that only the connection itself
 * tells. A held card cannot be asked, and need not.
 */
static enum beid_err
connect_anew(struct module *module, struct slot *slot)
{
    bool kept = slot->connected;
    enum beid_err err = slot_connect(module, slot);
    if (err != BEID_OK || !kept || slot->holder != NULL) {
        return err;
    }
    err = slot_begin(module, slot);
    if (err == BEID_OK) {
        err = slot_end(module, slot, false, BEID_OK);
    }
    return slot->connected ? err : slot_connect(module, slot);
}

CK_RV
sessions_open(struct module *module, struct slot *slot, CK_FLAGS flags,
              CK_SESSION_HANDLE *out)
{
    if ((flags & CKF_SERIAL_SESSION) == 0) {
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    }
    enum beid_err err = connect_anew(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    if (sessions_wait_for_close(module, slot)) {
        return CKR_DEVICE_REMOVED;
    }
    return add(module, slot, (flags & CKF_RW_SESSION) != 0, out);
}

size_t
sessions_count(const struct slot *slot, size_t *read_write)
{
    size_t count = 0;
    *read_write = 0;
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        const struct session *session = slot->sessions[i];
        if (session != NULL && !session->gone) {
            count++;
            *read_write += session->read_write ? 1 : 0;
        }
    }
    return count;
}

/* Frees one session, then what only it kept; whatever the card says. */
static void
remove_at(struct module *module, struct slot *slot, size_t i)
{
    struct session *session = slot->sessions[i];
    size_t read_write = 0;
    /* A failure to log off has already cost the card a reset. */
    (void)signing_end(module, session);
    digesting_forget(session);
    verifying_forget(session);
    if (!session->gone) {
        count_live(module, false);
    }
    slot->sessions[i] = NULL;
    free(session);
    if (sessions_count(slot, &read_write) == 0) {
        slot_rest(module, slot);
    }
}

CK_RV
sessions_close(struct module *module, struct slot *slot,
               CK_SESSION_HANDLE handle)
{
    size_t i = index_of(slot, handle);
    if (i == STATE_SESSIONS_MAX) {
        return CKR_SESSION_HANDLE_INVALID;
    }
    remove_at(module, slot, i);
    return CKR_OK;
}

void
sessions_close_all(struct module *module, struct slot *slot)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        if (slot->sessions[i] != NULL) {
            remove_at(module, slot, i);
        }
    }
}

void
sessions_mark_gone(struct module *module, struct slot *slot)
{
    for (size_t i = 0; i < STATE_SESSIONS_MAX; i++) {
        struct session *session = slot->sessions[i];
        if (session != NULL && !session->gone) {
            session->gone = true;
            session->search.active = false;
            signing_forget(session);
            digesting_forget(session);
            verifying_forget(session);
            count_live(module, false);
        }
    }
}

static CK_STATE
state_of(const struct session *session)
{
    if (session->slot->logged_in && !session->gone) {
        return session->read_write ? CKS_RW_USER_FUNCTIONS
                                   : CKS_RO_USER_FUNCTIONS;
    }
    return session->read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

/*
 * libp11 asks before it uses a session. When it is told that the card left,
 * 0.4.13 frees the keys that it is just about to use and then waits without
 * end for a session; so the agent's is told in a flag, and the next call fails.
 */
CK_RV
sessions_info(struct module *module, struct slot *slot,
              CK_SESSION_HANDLE handle, CK_SESSION_INFO *out)
{
    struct reader_state state = {0};
    size_t i = index_of(slot, handle);
    if (i == STATE_SESSIONS_MAX) {
        return CKR_SESSION_HANDLE_INVALID;
    }
    const struct session *session = slot->sessions[i];
    CK_RV rv = CKR_DEVICE_REMOVED;
    if (!session->gone) {
        enum beid_err err = slot_look(module, slot, &state);
        rv = session->gone ? CKR_DEVICE_REMOVED : rv_of(err);
    }
    if (rv != CKR_OK && !module->options.transaction_sign) {
        return rv;
    }
    if (out == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    *out = (CK_SESSION_INFO){
        .slotID = slots_id(module, slot),
        .state = state_of(session),
        .flags = CKF_SERIAL_SESSION
                 | (session->read_write ? CKF_RW_SESSION : 0UL)
                 | (rv != CKR_OK ? BEID_SESSION_FAILED : 0UL),
        .ulDeviceError = rv != CKR_OK ? rv : slot->device_error,
    };
    return CKR_OK;
}
