/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/login.h"

#include "card/pin.h"
#include "card/sign.h"
#include "rv.h"
#include "token/objects.h"
#include "token/signing.h"
#include "token/slots.h"

/* May VERIFY have opened the right, although it came to err? */
static bool
may_be_open(enum beid_err err)
{
    return err != BEID_ERR_PIN_WRONG && err != BEID_ERR_PIN_BLOCKED
           && err != BEID_ERR_PIN_LENGTH && err != BEID_ERR_ARGUMENT;
}

static CK_RV
rv_of_login(enum beid_err err)
{
    return err == BEID_ERR_ARGUMENT ? CKR_PIN_INVALID : rv_of(err);
}

/* C_Login(CKU_USER): VERIFY, and the right stays. */
static CK_RV
open_login(struct module *module, struct session *session, struct beid_span pin)
{
    struct slot *slot = session->slot;
    if (slot->logged_in) {
        return CKR_USER_ALREADY_LOGGED_IN;
    }
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    enum beid_err verified = pin_verify(&slot->card, pin);
    slot->logged_in = verified == BEID_OK;
    err = slot_end(module, slot, verified != BEID_OK && may_be_open(verified),
                   verified);
    return rv_of_login(err);
}

/*
 * The commands of a context login, in the order of design §5: the chip is the
 * one the session was opened with; then directory, key, and VERIFY last, so
 * that nothing stands between it and the signature.
 */
static enum beid_err
verify_for(struct slot *slot, const struct credential *credential,
           struct beid_span pin, bool *pin_open)
{
    enum beid_err err = card_check(&slot->card);
    if (err == BEID_OK) {
        err = sign_choose(&slot->card, credential->key);
    }
    if (err == BEID_OK) {
        err = pin_verify(&slot->card, pin);
        *pin_open = may_be_open(err);
    }
    return err;
}

static CK_RV
open_context(struct module *module, struct session *session,
             struct beid_span pin)
{
    struct slot *slot = session->slot;
    const struct credential *credential = session->signing.credential;
    bool pin_open = false;
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    err = verify_for(slot, credential, pin, &pin_open);
    if (err != BEID_OK) {
        return rv_of_login(slot_end(module, slot, pin_open, err));
    }
    slot->holder = session;
    return CKR_OK;
}

static CK_RV
login_context(struct module *module, struct session *session,
              struct beid_span pin)
{
    if (!session->signing.active || !module->options.transaction_sign) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (session->slot->holder == session) {
        return CKR_USER_ALREADY_LOGGED_IN;
    }
    CK_RV rv = pin.ptr == NULL ? CKR_ARGUMENTS_BAD
                               : open_context(module, session, pin);
    if (rv != CKR_OK) {
        (void)signing_end(module, session);
    }
    return rv;
}

CK_RV
login_user(struct module *module, struct session *session, CK_USER_TYPE user,
           struct beid_span pin)
{
    switch (user) {
    case CKU_CONTEXT_SPECIFIC:
        return login_context(module, session, pin);
    case CKU_USER:
        if (module->options.transaction_sign) {
            return CKR_USER_TYPE_INVALID;
        }
        return pin.ptr == NULL ? CKR_ARGUMENTS_BAD
                               : open_login(module, session, pin);
    default:
        return CKR_USER_TYPE_INVALID;
    }
}

CK_RV
login_end(struct module *module, struct session *session)
{
    if (!session->slot->logged_in) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    return rv_of(slot_log_off(module, session->slot));
}
