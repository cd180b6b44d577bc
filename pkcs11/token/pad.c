/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/pad.h"

#include "card/pinpad.h"
#include "card/sign.h"
#include "rv.h"
#include "token/module.h"
#include "token/slots.h"

#include <stdlib.h>

#define LISTENERS_MAX 16U

/* Who may break an entry off. */
struct listener {
    CK_NOTIFY notify;
    void *application;
    CK_SESSION_HANDLE session;
};

struct listeners {
    size_t count;
    struct listener all[LISTENERS_MAX];
};

uint16_t
pad_language(void)
{
    static const char *const order[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const char *value = secure_getenv(order[i]);
        if (value != NULL && value[0] != '\0') {
            return pinpad_language(value);
        }
    }
    return pinpad_language(NULL);
}

enum beid_err
pad_look(struct module *module, struct slot *slot)
{
    if (slot->pad_known || slot->card.transport.ops->control == NULL) {
        return BEID_OK;
    }
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return err;
    }
    err = pinpad_discover(&slot->card.transport, slot->name, &slot->pad);
    slot->pad_known = err == BEID_OK;
    return slot_end(module, slot, false, err);
}

void
pad_forget(struct slot *slot)
{
    slot->pad_known = false;
    slot->pad_seen = false;
    slot->pad = (struct pinpad){0};
}

bool
pad_seen(struct module *module, struct slot *slot)
{
    uint8_t answer[TRANSPORT_ANSWER_MAX] = {0};
    size_t len = sizeof answer;
    if (!slot->pad_known && !slot->pad_seen && slot->service_self != NULL
        && module->service->features != NULL
        && module->service->features(slot->service_self, slot->name, answer,
                                     &len)
               == BEID_OK) {
        pinpad_read_features(beid_span_of(answer, len), slot->name, &slot->pad);
        slot->pad_seen = true;
    }
    /* A reader of pseudo-APDUs tells more once there is a card. */
    return pad_can_verify(slot)
           || (!slot->pad_known && pinpad_is_pseudo(slot->name));
}

bool
pad_can_verify(const struct slot *slot)
{
    return pinpad_can_verify(&slot->pad);
}

static void
find_listeners(const struct slot *slot, struct listeners *out)
{
    out->count = 0;
    for (size_t i = 0; i < STATE_SESSIONS_MAX && out->count < LISTENERS_MAX;
         i++) {
        const struct session *session = slot->sessions[i];
        if (session != NULL && session->notify != NULL) {
            out->all[out->count++] = (struct listener){
                session->notify, session->application, session->handle};
        }
    }
}

/* Does anybody, or C_Finalize, want the entry to end? */
static bool
surrender(void *ctx)
{
    const struct listeners *listeners = ctx;
    if (module_stopping()) {
        return true;
    }
    for (size_t i = 0; i < listeners->count; i++) {
        const struct listener *one = &listeners->all[i];
        if (one->notify(one->session, CKN_SURRENDER, one->application)
            == CKR_CANCEL) {
            return true;
        }
    }
    return false;
}

typedef enum beid_err entry_fn(struct card *card, const struct pinpad *pinpad,
                               const struct pinpad_person *person,
                               struct pinpad_outcome *out);

static enum beid_err
enter(struct module *module, struct slot *slot, entry_fn *entry, bool *sent)
{
    struct listeners listeners;
    struct pinpad_outcome outcome = {0};
    find_listeners(slot, &listeners);
    const struct pinpad_person person = {
        .language = module->language,
        .withdrawn = surrender,
        .ctx = &listeners,
    };
    slot->device_error = 0;
    enum beid_err err = entry(&slot->card, &slot->pad, &person, &outcome);
    *sent = outcome.sent;
    if (!outcome.sent) {
        slot->device_error = outcome.sw;
        err = err == BEID_ERR_TIMEOUT ? BEID_ERR_CANCELLED : err;
    }
    return err;
}

enum beid_err
pad_verify(struct module *module, struct slot *slot, bool *sent)
{
    struct listeners listeners;
    enum beid_err err = enter(module, slot, pinpad_verify, sent);
    find_listeners(slot, &listeners);
    /* Too late for the reader is not too late for us. */
    return err == BEID_OK && surrender(&listeners) ? BEID_ERR_CANCELLED : err;
}

CK_RV
pad_set_pin(struct module *module, struct session *session)
{
    struct slot *slot = session->slot;
    bool sent = false;
    enum beid_err err = pad_look(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    if (!pinpad_can_modify(&slot->pad)) {
        return CKR_ARGUMENTS_BAD;
    }
    if (!session->read_write) {
        return CKR_SESSION_READ_ONLY;
    }
    err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    err = enter(module, slot, pinpad_change, &sent);
    if (sent
        && (err != BEID_OK
            || (slot->logged_in && sign_settle(&slot->card) != BEID_OK))) {
        slot->logged_in = false; /* the card forgets every right, or must */
    }
    /* A new PIN leaves a right open that nobody asked for. */
    err = slot_end(module, slot, sent && !slot->logged_in, err);
    return err == BEID_ERR_ARGUMENT ? CKR_PIN_INVALID : rv_of(err);
}
