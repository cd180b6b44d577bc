/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/call.h"

#include "token/module.h"
#include "token/sessions.h"
#include "token/slots.h"

#include <time.h>

/* How long a context login may keep the calls of other threads waiting, and
 * how often they look. */
#define HOLDER_LOOKS 1000
#define HOLDER_LOOK_NS 5000000L

CK_RV
call_module(struct call *call)
{
    *call = (struct call){.module = module_enter()};
    return call->module == NULL ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_OK;
}

/* Locks a slot for a call that is in; on failure the call is over. */
static CK_RV
lock_slot(struct call *call, struct slot *slot, CK_RV missing)
{
    if (slot == NULL) {
        return call_end(call, missing);
    }
    CK_RV rv = lock_take(&slot->lock);
    if (rv != CKR_OK) {
        return call_end(call, rv);
    }
    call->slot = slot;
    return module_stopping() ? call_end(call, CKR_CRYPTOKI_NOT_INITIALIZED)
                             : CKR_OK;
}

CK_RV
call_slot(struct call *call, CK_SLOT_ID id)
{
    CK_RV rv = call_module(call);
    return rv == CKR_OK ? lock_slot(call, slots_get(call->module, id),
                                    CKR_SLOT_ID_INVALID)
                        : rv;
}

CK_RV
call_slot_of(struct call *call, CK_SESSION_HANDLE handle)
{
    CK_RV rv = call_module(call);
    return rv == CKR_OK ? lock_slot(call, sessions_slot(call->module, handle),
                                    CKR_SESSION_HANDLE_INVALID)
                        : rv;
}

CK_RV
call_session(struct call *call, CK_SESSION_HANDLE handle)
{
    CK_RV rv = call_slot_of(call, handle);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = sessions_get(call->slot, handle, &call->session);
    return rv == CKR_OK ? CKR_OK : call_end(call, rv);
}

/* Is the card held for a signature that another thread is to make? */
static bool
held_by_other(const struct call *call)
{
    const struct slot *slot = call->slot;
    return slot->holder != NULL && slot->holder != call->session
           && pthread_equal(slot->holder_thread, pthread_self()) == 0;
}

CK_RV
call_card(struct call *call, CK_SESSION_HANDLE handle)
{
    const struct timespec pause = {.tv_nsec = HOLDER_LOOK_NS};
    CK_RV rv = call_session(call, handle);
    for (int i = 0; rv == CKR_OK && held_by_other(call) && i < HOLDER_LOOKS;
         i++) {
        (void)call_end(call, CKR_OK);
        (void)nanosleep(&pause, NULL);
        rv = call_session(call, handle);
    }
    return rv;
}

void
call_leave_slot(struct call *call)
{
    if (call->slot != NULL) {
        slot_settle(call->module, call->slot);
        lock_give(&call->slot->lock);
        call->slot = NULL;
        call->session = NULL;
    }
}

CK_RV
call_end(struct call *call, CK_RV rv)
{
    call_leave_slot(call);
    module_leave(call->module);
    return rv;
}

CK_RV
call_close(CK_SESSION_HANDLE handle)
{
    struct call call;
    CK_RV rv = call_slot_of(&call, handle);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = sessions_close(call.module, call.slot, handle);
    call_leave_slot(&call);
    slots_rest(call.module);
    return call_end(&call, rv);
}

CK_RV
call_close_all(CK_SLOT_ID id)
{
    struct call call;
    CK_RV rv = call_slot(&call, id);
    if (rv != CKR_OK) {
        return rv;
    }
    sessions_close_all(call.module, call.slot);
    call_leave_slot(&call);
    slots_rest(call.module);
    return call_end(&call, CKR_OK);
}
