/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/info.h"

#include "card/atr.h"
#include "card/pin.h"
#include "rv.h"
#include "token/pad.h"
#include "token/sessions.h"
#include "token/slots.h"

#include <beid/slot_state.h>

#include <stdlib.h>
#include <string.h>

#define MANUFACTURER "beid-agent"
#define SERIAL_HEX_FROM 8U /* the last half of the chip's serial number */

/* PKCS#11 text fields: filled up with blanks, without terminator. */
static void
put_text(unsigned char *field, size_t size, const char *text)
{
    memset(field, ' ', size);
    size_t len = strnlen(text, size);
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        field[i] = byte < 0x20 || byte == 0x7F ? '?' : byte;
    }
}

#define PUT_TEXT(field, text) put_text((field), sizeof(field), (text))

static CK_VERSION
own_version(void)
{
    const char *text = BEID_VERSION;
    CK_VERSION version = {0, 0};
    for (; *text >= '0' && *text <= '9'; text++) {
        version.major = (CK_BYTE)(version.major * 10 + (*text - '0'));
    }
    if (*text == '.') {
        text++;
    }
    for (; *text >= '0' && *text <= '9'; text++) {
        version.minor = (CK_BYTE)(version.minor * 10 + (*text - '0'));
    }
    return version;
}

void
info_library(CK_INFO *out)
{
    *out = (CK_INFO){
        .cryptokiVersion = {INFO_CRYPTOKI_MAJOR, INFO_CRYPTOKI_MINOR},
        .libraryVersion = own_version(),
    };
    PUT_TEXT(out->manufacturerID, MANUFACTURER);
    PUT_TEXT(out->libraryDescription, "Belgian eID card");
}

/* The identifiers of the attached slots; with token_present of full ones. */
static CK_ULONG
collect(struct module *module, bool token_present,
        CK_SLOT_ID found[STATE_SLOTS_MAX])
{
    CK_ULONG count = 0;
    (void)pthread_mutex_lock(&module->tables);
    for (size_t i = 0; i < module->slot_count; i++) {
        const struct slot *slot = &module->slots[i];
        if (slot->attached && (slot->seen.present || !token_present)) {
            found[count++] = i;
        }
    }
    (void)pthread_mutex_unlock(&module->tables);
    return count;
}

/* Looks at the readers with a service of our own, whatever the slots do. */
static enum beid_err
look_at_all(struct module *module, bool all)
{
    void *service_self = NULL;
    struct reader_scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL) {
        return BEID_ERR_MEMORY;
    }
    enum beid_err err = module->service->open(&service_self);
    if (err == BEID_OK) {
        err = slots_scan(module, service_self, all, scan);
        module->service->close(service_self);
    }
    free(scan);
    if (err == BEID_ERR_NO_SERVICE) {
        slots_lost(module);
    }
    return err;
}

CK_RV
info_slot_list(struct module *module, bool token_present, CK_SLOT_ID *out,
               CK_ULONG *count)
{
    CK_SLOT_ID found[STATE_SLOTS_MAX];
    bool all = out == NULL || slots_get(module, 0) == NULL;
    enum beid_err err =
        all || token_present ? look_at_all(module, all) : BEID_OK;
    if (err == BEID_ERR_NO_SERVICE && module->options.slot_state) {
        return BEID_RV_NO_SERVICE;
    }
    /* A browser would give the module up: no pcscd, no readers. */
    if (err != BEID_OK && err != BEID_ERR_NO_SERVICE) {
        return rv_of(err);
    }
    CK_ULONG total = collect(module, token_present, found);
    bool small = out != NULL && *count < total;
    if (out != NULL && !small && total > 0) {
        memcpy(out, found, total * sizeof *found);
    }
    *count = total;
    return small ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static CK_FLAGS
state_flags(const struct slot *slot, const struct reader_state *state)
{
    CK_FLAGS flags = 0;
    if (state->exclusive) {
        flags |= BEID_SLOT_BUSY;
    }
    if (state->present && state->mute) {
        flags |= BEID_SLOT_MUTE;
    } else if (state->present
               && atr_family_of(beid_span_of(state->atr, state->atr_len))
                      == ATR_FOREIGN) {
        flags |= BEID_SLOT_UNSUPPORTED;
    }
    if (slot->too_old) {
        flags |= BEID_SLOT_TOO_OLD;
    }
    return flags;
}

/*
 * Who lists the readers and asks for each one right after it, as the agent
 * does, need not have every reader looked at twice, each time in a PC/SC
 * context of its own: for the first question what the list saw is still true.
 */
static bool
just_seen(struct module *module, struct slot *slot, struct reader_state *out)
{
    (void)pthread_mutex_lock(&module->tables);
    bool seen = slot->told_ms != 0
                && slots_now_ms() - slot->told_ms <= INFO_SEEN_KEPT_MS;
    const struct reader_state told = slot->told;
    slot->told_ms = 0;
    (void)pthread_mutex_unlock(&module->tables);
    if (!seen || !module->options.slot_state || slot->service_self != NULL
        || slot->too_old || !(slot->pad_known || slot->pad_seen)) {
        return false; /* or there is more to find out */
    }
    *out = told;
    return true;
}

CK_RV
info_slot(struct module *module, struct slot *slot, CK_SLOT_INFO *out)
{
    struct reader_state state = {0};
    enum beid_err err = just_seen(module, slot, &state)
                            ? BEID_OK
                            : slot_look(module, slot, &state);
    if (err != BEID_OK && err != BEID_ERR_NO_SERVICE) {
        return rv_of(err);
    }
    *out = (CK_SLOT_INFO){
        .flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT
                 | (state.present ? CKF_TOKEN_PRESENT : 0UL),
    };
    if (module->options.slot_state) {
        out->flags |= state_flags(slot, &state);
        out->flags |=
            state.attached && pad_seen(module, slot) ? BEID_SLOT_PINPAD : 0UL;
    }
    PUT_TEXT(out->slotDescription, slot->name);
    PUT_TEXT(out->manufacturerID, MANUFACTURER);
    return CKR_OK;
}

/*
 * A card that cannot be used must not keep clients from the other slots:
 * libp11 gives up on all of them for any code but these two.
 */
static CK_RV
connect_rv(enum beid_err err)
{
    if (err == BEID_ERR_CARD_REMOVED || err == BEID_ERR_NO_SERVICE) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    if (err == BEID_ERR_CARD_MUTE || err == BEID_ERR_READER_BUSY
        || err == BEID_ERR_READER || err == BEID_ERR_IO
        || err == BEID_ERR_CARD_RESET) {
        return CKR_TOKEN_NOT_RECOGNIZED;
    }
    return rv_of(err);
}

/*
 * Asks the card for the tries unless they are known: since our own last VERIFY,
 * or from the card a moment ago, since another program may have used up one.
 * A card that does not tell them is no failure.
 */
static enum beid_err
refresh_tries(struct module *module, struct slot *slot)
{
    uint64_t now = slots_now_ms();
    bool known = slot->card.tries != CARD_TRIES_UNKNOWN;
    if (slot->holder != NULL
        || (known && now - slot->tries_ms <= INFO_TRIES_KEPT_MS)) {
        return BEID_OK;
    }
    slot->tries_ms = now;
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return err;
    }
    err = slot_end(module, slot, false, pin_ask_tries(&slot->card));
    return slot->connected ? BEID_OK : err;
}

static CK_FLAGS
tries_flags(int tries)
{
    switch (tries) {
    case 0:
        return CKF_USER_PIN_LOCKED;
    case 1:
        return CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY;
    case 2:
        return CKF_USER_PIN_COUNT_LOW;
    default:
        return 0;
    }
}

static void
put_serial(unsigned char field[16], const struct card *card)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < 8; i++) {
        uint8_t byte = card->serial[SERIAL_HEX_FROM + i];
        field[2 * i] = (unsigned char)digits[byte >> 4];
        field[2 * i + 1] = (unsigned char)digits[byte & 0x0FU];
    }
}

CK_RV
info_token(struct module *module, struct slot *slot, CK_TOKEN_INFO *out)
{
    enum beid_err err = slot_connect(module, slot);
    if (err == BEID_OK) {
        err = refresh_tries(module, slot);
    }
    if (err != BEID_OK) {
        return connect_rv(err);
    }
    bool old = slot->card.applet == CARD_APPLET_17;
    size_t read_write = 0;
    size_t sessions = sessions_count(slot, &read_write);
    *out = (CK_TOKEN_INFO){
        .flags =
            CKF_RNG | CKF_WRITE_PROTECTED | CKF_LOGIN_REQUIRED
            | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED
            | tries_flags(slot->card.tries)
            | (pad_can_verify(slot) ? CKF_PROTECTED_AUTHENTICATION_PATH : 0UL),
        .ulMaxSessionCount = STATE_SESSIONS_MAX,
        .ulSessionCount = sessions,
        .ulMaxRwSessionCount = STATE_SESSIONS_MAX,
        .ulRwSessionCount = read_write,
        .ulMaxPinLen = PIN_DIGITS_MAX,
        .ulMinPinLen = PIN_DIGITS_MIN,
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .hardwareVersion = {1, old ? 7 : 8},
        .firmwareVersion = {1, old ? 7 : 8},
    };
    PUT_TEXT(out->label, "Belgian eID");
    PUT_TEXT(out->manufacturerID, "Belgian Government");
    PUT_TEXT(out->model, old ? "Applet 1.7" : "Applet 1.8");
    PUT_TEXT(out->utcTime, "");
    put_serial(out->serialNumber, &slot->card);
    return CKR_OK;
}

CK_RV
info_applet(struct module *module, struct slot *slot, enum card_applet *out)
{
    enum beid_err err = slot_connect(module, slot);
    if (err != BEID_OK) {
        return connect_rv(err);
    }
    *out = slot->card.applet;
    return CKR_OK;
}
