/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/login.h"

#include "card/pin.h"
#include "card/sign.h"
#include "rv.h"
#include "token/objects.h"
#include "token/pad.h"
#include "token/signing.h"
#include "token/slots.h"

/* How a VERIFY went. */
struct presented {
    enum beid_err err;
    bool sent; /* the card may have got a PIN */
    bool open; /* and may have given the right for it */
};

/* Is the PIN to be typed on the reader? */
static bool
is_typed(const struct slot *slot, struct beid_span pin)
{
    return (pin.ptr == NULL || pin.len == 0) && pad_can_verify(slot);
}

/* VERIFY, once: with the client's PIN, or with one typed on the reader. */
static struct presented
present(struct module *module, struct slot *slot, struct beid_span pin)
{
    struct presented done = {0};
    if (is_typed(slot, pin)) {
        done.err = pad_verify(module, slot, &done.sent);
    } else {
        done.err = pin_verify(&slot->card, pin);
        done.sent =
            done.err != BEID_ERR_PIN_LENGTH && done.err != BEID_ERR_ARGUMENT;
    }
    slot->tries_ms = slots_now_ms(); /* what VERIFY told of them is fresh */
    done.open = done.sent && done.err != BEID_ERR_PIN_WRONG
                && done.err != BEID_ERR_PIN_BLOCKED;
    if (done.sent && done.err != BEID_OK) {
        /* The card forgot what it allowed before (facts §4.4). */
        slot->logged_in = false;
    }
    return done;
}

static CK_RV
rv_of_login(enum beid_err err)
{
    return err == BEID_ERR_ARGUMENT ? CKR_PIN_INVALID : rv_of(err);
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
    struct presented pin_result = present(module, slot, pin);
    err = pin_result.err;
    if (err == BEID_OK) {
        err = objects_settle(module, slot);
    }
    slot->logged_in = err == BEID_OK;
    err = slot_end(module, slot, err != BEID_OK && pin_result.open, err);
    return rv_of_login(err);
}

/*
 * The commands of a context login, in the order of design §5: with check the
 * chip must be the one the session was opened with; then directory, key, and
 * VERIFY last, so that nothing stands between it and the signature.
 */
static enum beid_err
verify_for(struct module *module, struct session *session, struct beid_span pin,
           bool *pin_open)
{
    struct slot *slot = session->slot;
    enum beid_err err =
        module->options.transaction_sign ? card_check(&slot->card) : BEID_OK;
    if (err == BEID_OK) {
        err = sign_choose(&slot->card, session->signing.credential->key,
                          session->signing.method.algorithm);
    }
    if (err == BEID_OK) {
        struct presented pin_result = present(module, slot, pin);
        err = pin_result.err;
        *pin_open = pin_result.open;
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
    err = verify_for(module, session, pin, &pin_open);
    if (err != BEID_OK) {
        return rv_of_login(slot_end(module, slot, pin_open, err));
    }
    slot->holder = session;
    slot->holder_thread = pthread_self();
    return CKR_OK;
}

/* Is there a PIN, or somewhere to type it? The reader may not have answered
 * when it was asked for its keys. */
static CK_RV
check_given(struct module *module, struct slot *slot, struct beid_span pin)
{
    if (pin.ptr != NULL) {
        return CKR_OK;
    }
    enum beid_err err = pad_look(module, slot);
    if (err != BEID_OK && err != BEID_ERR_BUSY) {
        return rv_of(err);
    }
    return is_typed(slot, pin) ? CKR_OK : CKR_ARGUMENTS_BAD;
}

/*
 * In general a failure leaves the operation as if C_Login had not been called
 * (PKCS#11 2.40, CKA_ALWAYS_AUTHENTICATE): another PIN may be tried. With
 * transaction=sign it ends it, whatever failed.
 */
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
    CK_RV rv = check_given(module, session->slot, pin);
    if (rv == CKR_OK) {
        rv = open_context(module, session, pin);
    }
    if (rv != CKR_OK && module->options.transaction_sign) {
        (void)signing_end(module, session);
    }
    return rv;
}

CK_RV
login_for_signature(struct module *module, struct session *session)
{
    const struct slot *slot = session->slot;
    if (slot->holder == session) {
        return CKR_OK;
    }
    /* The agent's own ceremony has a login for each signature. */
    if (module->options.transaction_sign || !slot->logged_in
        || !pad_can_verify(slot)) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    return open_context(module, session, beid_span_of(NULL, 0));
}

CK_RV
login_user(struct module *module, struct session *session, CK_USER_TYPE user,
           struct beid_span pin)
{
    if (user == CKU_CONTEXT_SPECIFIC) {
        return login_context(module, session, pin);
    }
    if (user != CKU_USER || module->options.transaction_sign) {
        return CKR_USER_TYPE_INVALID;
    }
    CK_RV rv = check_given(module, session->slot, pin);
    return rv == CKR_OK ? open_login(module, session, pin) : rv;
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
