/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/signing.h"

#include "card/sign.h"
#include "rv.h"
#include "token/login.h"
#include "token/mechanisms.h"
#include "token/objects.h"
#include "token/slots.h"

#include <string.h>

void
signing_forget(struct session *session)
{
    struct signing *signing = &session->signing;
    message_clear(&signing->message);
    *signing = (struct signing){0};
}

/*
 * Ends a context login and its transaction; err is how the signature went, and
 * used whether there was one. Nothing stays open but what a login of the user
 * opened before: a VERIFY that no signature used would sign for whoever comes
 * next, and LOG OFF would end that login too (facts §4.4).
 */
static enum beid_err
let_go(struct module *module, struct slot *slot, bool used, enum beid_err err)
{
    bool open = !slot->logged_in;
    slot->holder = NULL;
    if (slot->logged_in && !used && sign_settle(&slot->card) != BEID_OK) {
        slot->logged_in = false;
        open = true;
    }
    return slot_end(module, slot, open, err);
}

enum beid_err
signing_end(struct module *module, struct session *session)
{
    struct slot *slot = session->slot;
    enum beid_err err = BEID_OK;
    if (slot->holder == session) {
        err = let_go(module, slot, false, BEID_OK);
    }
    signing_forget(session);
    return err;
}

/* Ends the operation because of rv, which is given through. */
static CK_RV
end_with(struct module *module, struct session *session, CK_RV rv)
{
    (void)signing_end(module, session);
    return rv;
}

CK_RV
signing_begin(struct module *module, struct session *session,
              const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    struct slot *slot = session->slot;
    struct object object = {0};
    struct method method = {0};
    if (session->signing.active) {
        return CKR_OPERATION_ACTIVE;
    }
    CK_RV rv = mechanisms_method(slot->card.applet, mechanism, &method);
    if (rv != CKR_OK) {
        return rv;
    }
    if (objects_get(module, slot, key, &object) != CKR_OK
        || (object.class != CKO_PRIVATE_KEY
            && object.class != CKO_PUBLIC_KEY)) {
        return CKR_KEY_HANDLE_INVALID;
    }
    if (object.class == CKO_PUBLIC_KEY) {
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    }
    session->signing = (struct signing){
        .active = true, .method = method, .credential = object.credential};
    rv = message_begin(&session->signing.message, method.hash,
                       mechanisms_input_max(&method));
    return rv == CKR_OK ? rv : end_with(module, session, rv);
}

CK_RV
signing_update(struct module *module, struct session *session,
               struct beid_span part)
{
    struct signing *signing = &session->signing;
    if (!signing->active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    signing->parts = true;
    CK_RV rv = part.ptr == NULL && part.len > 0
                   ? CKR_ARGUMENTS_BAD
                   : message_add(&signing->message, part);
    return rv == CKR_OK ? rv : end_with(module, session, rv);
}

/* What the card is to sign. */
static CK_RV
frame(struct signing *signing, struct beid_buf *out)
{
    struct beid_span input;
    CK_RV rv = message_end(&signing->message, &input);
    return rv == CKR_OK ? mechanisms_frame(&signing->method, input, out) : rv;
}

/* Inside the transaction that the context login began; ends it. */
static enum beid_err
sign_in_transaction(struct module *module, struct session *session,
                    struct beid_span input, struct beid_buf *out)
{
    struct slot *slot = session->slot;
    if (slot->holder != session) {
        return BEID_ERR_PIN_REQUIRED;
    }
    enum beid_err err = sign_compute(&slot->card, input, out);
    enum beid_err ended = let_go(module, slot, err == BEID_OK, err);
    /* The signature is good even if letting go of the card was not. */
    return err == BEID_OK ? BEID_OK : ended;
}

/* With the right that C_Login(CKU_USER) opened. */
static enum beid_err
sign_logged_in(struct module *module, struct session *session,
               struct beid_span input, struct beid_buf *out)
{
    struct slot *slot = session->slot;
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return err;
    }
    if (!slot->logged_in) {
        return slot_end(module, slot, false, BEID_ERR_PIN_REQUIRED);
    }
    err = sign_choose(&slot->card, session->signing.credential->key,
                      session->signing.method.algorithm);
    if (err == BEID_OK) {
        err = sign_compute(&slot->card, input, out);
    }
    if (err == BEID_ERR_PIN_REQUIRED) {
        slot->logged_in = false;
    }
    return slot_end(module, slot, false, err);
}

/* A card that was reset has forgotten the login. */
static CK_RV
rv_of_signature(enum beid_err err)
{
    return rv_of(err == BEID_ERR_CARD_RESET ? BEID_ERR_PIN_REQUIRED : err);
}

static CK_RV
make_signature(struct module *module, struct session *session,
               CK_BYTE *signature)
{
    struct beid_buf input;
    struct beid_buf out;
    beid_buf_init(&input, SIGN_MAX);
    beid_buf_init(&out, SIGN_MAX);
    bool always =
        objects_always_authenticate(module, session->signing.credential);
    CK_RV rv = frame(&session->signing, &input);
    if (rv == CKR_OK && always) {
        rv = login_for_signature(module, session);
    }
    if (rv == CKR_OK) {
        rv = rv_of_signature(
            always
                ? sign_in_transaction(module, session, beid_buf_span(&input),
                                      &out)
                : sign_logged_in(module, session, beid_buf_span(&input), &out));
    }
    if (rv == CKR_OK) {
        memcpy(signature, out.ptr, out.len);
    }
    beid_buf_clear(&input);
    beid_buf_clear(&out);
    return rv;
}

CK_RV
signing_finish(struct module *module, struct session *session,
               struct beid_span last, bool one_part, CK_BYTE *signature,
               CK_ULONG *len)
{
    struct signing *signing = &session->signing;
    if (!signing->active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (len == NULL || (last.ptr == NULL && last.len > 0)) {
        return end_with(module, session, CKR_ARGUMENTS_BAD);
    }
    if (one_part && signing->parts) {
        return end_with(module, session, CKR_OPERATION_ACTIVE);
    }
    size_t size = mechanisms_signature_len(&signing->method);
    if (signature == NULL || *len < size) {
        *len = size;
        return signature == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    }
    CK_RV rv = one_part ? message_add(&signing->message, last) : CKR_OK;
    if (rv == CKR_OK) {
        rv = make_signature(module, session, signature);
    }
    if (rv == CKR_OK) {
        *len = size;
    }
    return end_with(module, session, rv);
}
