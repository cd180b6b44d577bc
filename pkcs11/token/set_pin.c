/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/set_pin.h"

#include "card/pin.h"
#include "card/sign.h"
#include "rv.h"
#include "token/pad.h"
#include "token/slots.h"

/* Inside a transaction; *open: a right may be open that nobody asked for. */
static enum beid_err
change(struct slot *slot, struct beid_span old_pin, struct beid_span new_pin,
       bool *open)
{
    bool sent = false;
    enum beid_err err = pin_change(&slot->card, old_pin, new_pin, &sent);
    *open = false;
    if (!sent) {
        return err;
    }
    if (err == BEID_OK && slot->logged_in
        && sign_settle(&slot->card) == BEID_OK) {
        return BEID_OK;
    }
    slot->logged_in = false;
    *open = err != BEID_ERR_PIN_WRONG && err != BEID_ERR_PIN_BLOCKED;
    return err;
}

CK_RV
set_pin(struct module *module, struct session *session,
        struct beid_span old_pin, struct beid_span new_pin)
{
    struct slot *slot = session->slot;
    bool open = false;
    if (old_pin.ptr == NULL && new_pin.ptr == NULL) {
        return pad_set_pin(module, session);
    }
    if (old_pin.ptr == NULL || new_pin.ptr == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (!session->read_write) {
        return CKR_SESSION_READ_ONLY;
    }
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    err = change(slot, old_pin, new_pin, &open);
    err = slot_end(module, slot, open, err);
    return err == BEID_ERR_ARGUMENT ? CKR_PIN_INVALID : rv_of(err);
}
