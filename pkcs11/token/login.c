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

/* Did the card get a PIN that it did not accept, as far as we know? Then no
 * right is open for any key (facts §4.4). */
static bool
is_refusal(enum beid_err err)
{
    return err != BEID_OK && err != BEID_ERR_PIN_LENGTH
           && err != BEID_ERR_ARGUMENT;
}

/*
 * C_Login(CKU_USER): VERIFY, and the right stays for the authentication key;
 * the signature key is not to be had with it.
 */
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
    err = verified == BEID_OK ? sign_settle(&slot->card) : verified;
    slot->logged_in = err == BEID_OK;
    err = slot_end(module, slot, err != BEID_OK && may_be_open(verified), err);
    return rv_of_login(err);
}

/*
 * The commands of a context login, in the order of design §5: with check the
 * chip must be the one the session was opened with; then directory, key, and
 * VERIFY last, so that nothing stands between it and the signature.
 */
static enum beid_err
verify_for(struct slot *slot, const struct signing *signing, bool check,
           struct beid_span pin, bool *pin_open)
{
    enum beid_err err = check ? card_check(&slot->card) : BEID_OK;
    if (err == BEID_OK) {
        err = sign_choose(&slot->card, signing->credential->key,
                          signing->method.algorithm);
    }
    if (err == BEID_OK) {
        err = pin_verify(&slot->card, pin);
        *pin_open = may_be_open(err);
        slot->logged_in = slot->logged_in && !is_refusal(err);
    }
    return err;
}

static CK_RV
open_context(struct module *module, struct session *session,
             struct beid_span pin)
{
    struct slot *slot = session->slot;
    bool pin_open = false;
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    err = verify_for(slot, &session->signing, module->options.transaction_sign,
                     pin, &pin_open);
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
    const struct signing *signing = &session->signing;
    if (!signing->active
        || !objects_always_authenticate(module, signing->credential)) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (session->slot->holder == session) {
        return CKR_USER_ALREADY_LOGGED_IN;
    }
    CK_RV rv = pin.ptr == NULL ? CKR_ARGUMENTS_BAD
                               : open_context(module, session, pin);
    /* Else the signature may be tried again with another PIN (§4.9). */
    if (rv != CKR_OK && module->options.transaction_sign) {
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
    struct slot *slot = session->slot;
    if (!slot->logged_in) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    if (slot->holder != NULL) {
        (void)signing_end(module, slot->holder);
    }
    return rv_of(slot_log_off(module, slot));
}
