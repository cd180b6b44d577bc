/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "worker/cryptoki.h"

#include "worker/cryptoki_error.h"

#include <beid/log.h>
#include <beid/slot_state.h>

#include <p11-kit/pkcs11.h>

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct cryptoki {
    void *library;
    CK_FUNCTION_LIST_PTR call;
    bool held;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    atomic_bool withdrawn;
};

/* Of a PIN that was never entered wrongly (facts §4.4). */
#define TRIES_ALL 3U

/* What a reader says when nobody typed (PC/SC part 10 §2.5.2). */
#define READER_TIMEOUT 0x6400U

/* PKCS#15 identifiers of the objects on a Belgian card. */
/* CKA_ID of the certificates, in the order of enum cryptoki_certificate. */
static const CK_BYTE certificate_id[] = {0x02, 0x03, 0x04, 0x06};

enum beid_err
cryptoki_open(const char *path, struct cryptoki **out)
{
    struct cryptoki *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return BEID_ERR_MEMORY;
    }
    made->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = made->library != NULL
                       ? dlsym(made->library, "C_GetFunctionList")
                       : NULL;
    CK_C_GetFunctionList get = NULL;
    memcpy(&get, &symbol, sizeof get); /* POSIX dlsym(): object to function */
    if (get == NULL || get(&made->call) != CKR_OK || made->call == NULL) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): still one thread */
        const char *reason = dlerror();
        BEID_LOG_ERROR("cannot use the module %s: %s", path,
                       reason != NULL ? reason : "no function list");
        cryptoki_close(&made);
        return BEID_ERR_NOT_FOUND;
    }
    *out = made;
    return BEID_OK;
}

void
cryptoki_close(struct cryptoki **cryptoki)
{
    struct cryptoki *old = *cryptoki;
    if (old == NULL) {
        return;
    }
    if (old->library != NULL) {
        (void)dlclose(old->library);
    }
    free(old);
    *cryptoki = NULL;
}

static enum beid_wire_card
card_of(CK_FLAGS flags)
{
    if ((flags & BEID_SLOT_BUSY) != 0) {
        return BEID_CARD_BUSY;
    }
    if ((flags & BEID_SLOT_MUTE) != 0) {
        return BEID_CARD_MUTE;
    }
    if ((flags & (BEID_SLOT_UNSUPPORTED | BEID_SLOT_TOO_OLD)) != 0) {
        return BEID_CARD_UNSUPPORTED;
    }
    return (flags & CKF_TOKEN_PRESENT) != 0 ? BEID_CARD_SUPPORTED
                                            : BEID_CARD_NONE;
}

enum beid_err
cryptoki_slots(const struct cryptoki *cryptoki, struct cryptoki_slots *out)
{
    CK_SLOT_ID ids[CRYPTOKI_SLOTS_MAX];
    CK_ULONG count = 0;
    struct cryptoki_slots slots = {0};
    /* Asked for the number, the module looks for new readers. */
    CK_RV rv = cryptoki->call->C_GetSlotList(CK_FALSE, NULL, &count);
    if (rv == CKR_OK) {
        count = CRYPTOKI_SLOTS_MAX;
        rv = cryptoki->call->C_GetSlotList(CK_FALSE, ids, &count);
    }
    for (CK_ULONG i = 0; i < count && rv == CKR_OK; i++) {
        CK_SLOT_INFO info = {0};
        rv = cryptoki->call->C_GetSlotInfo(ids[i], &info);
        if (rv == CKR_OK) {
            slots.slot[slots.count++] = (struct cryptoki_slot){
                .id = ids[i],
                .pinpad = (info.flags & BEID_SLOT_PINPAD) != 0,
                .too_old = (info.flags & BEID_SLOT_TOO_OLD) != 0,
                .card = card_of(info.flags),
            };
        }
    }
    if (rv != CKR_OK) {
        return cryptoki_err(rv);
    }
    *out = slots;
    return BEID_OK;
}

/* The module asks, while the PIN is typed on the reader: go on? */
static CK_RV
surrender(CK_SESSION_HANDLE session, CK_NOTIFICATION event, void *application)
{
    const struct cryptoki *cryptoki = application;
    (void)session;
    return event == CKN_SURRENDER && atomic_load(&cryptoki->withdrawn)
               ? CKR_CANCEL
               : CKR_OK;
}

void
cryptoki_withdraw(struct cryptoki *cryptoki, bool withdrawn)
{
    atomic_store(&cryptoki->withdrawn, withdrawn);
}

enum beid_err
cryptoki_entry_err(const struct cryptoki *cryptoki, enum beid_err err)
{
    CK_SESSION_INFO info = {0};
    if (err != BEID_ERR_CANCELLED || !cryptoki->held
        || cryptoki->call->C_GetSessionInfo(cryptoki->session, &info)
               != CKR_OK) {
        return err;
    }
    return info.ulDeviceError == READER_TIMEOUT ? BEID_ERR_TIMEOUT : err;
}

enum beid_err
cryptoki_hold(struct cryptoki *cryptoki, unsigned long slot)
{
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CK_RV rv = cryptoki->call->C_OpenSession(slot, CKF_SERIAL_SESSION, cryptoki,
                                             surrender, &session);
    if (rv != CKR_OK) {
        return cryptoki_err(rv);
    }
    cryptoki->held = true;
    cryptoki->slot = slot;
    cryptoki->session = session;
    return BEID_OK;
}

void
cryptoki_release(struct cryptoki *cryptoki)
{
    if (cryptoki->held) {
        /* libp11 was released first. From 0.4.13 on it leaves a session open
         * where an RSA signature failed, and one of a card that left keeps the
         * next card away (CKR_DEVICE_REMOVED). */
        (void)cryptoki->call->C_CloseAllSessions(cryptoki->slot);
        cryptoki->held = false;
    }
}

enum beid_err
cryptoki_check(const struct cryptoki *cryptoki)
{
    CK_SESSION_INFO info = {0};
    if (!cryptoki->held) {
        return BEID_OK;
    }
    CK_RV rv = cryptoki->call->C_GetSessionInfo(cryptoki->session, &info);
    if (rv == CKR_OK && (info.flags & BEID_SESSION_FAILED) != 0) {
        rv = info.ulDeviceError;
    }
    return cryptoki_err(rv);
}

static unsigned
tries_of(CK_FLAGS flags)
{
    if ((flags & CKF_USER_PIN_LOCKED) != 0) {
        return 0;
    }
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        return 1;
    }
    return (flags & CKF_USER_PIN_COUNT_LOW) != 0 ? 2 : TRIES_ALL;
}

enum beid_err
cryptoki_pin(const struct cryptoki *cryptoki, struct cryptoki_pin *out)
{
    CK_TOKEN_INFO info = {0};
    CK_RV rv = cryptoki->call->C_GetTokenInfo(cryptoki->slot, &info);
    if (rv != CKR_OK) {
        return cryptoki_err(rv);
    }
    *out = (struct cryptoki_pin){
        .pinpad = (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
        .tries = tries_of(info.flags),
    };
    return BEID_OK;
}

static CK_RV
find(const struct cryptoki *cryptoki, enum cryptoki_certificate which,
     CK_OBJECT_HANDLE *object, CK_ULONG *count)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_BYTE id = certificate_id[which];
    CK_ATTRIBUTE wanted[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_ID, &id, sizeof id},
    };
    CK_RV rv = cryptoki->call->C_FindObjectsInit(cryptoki->session, wanted, 2);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = cryptoki->call->C_FindObjects(cryptoki->session, object, 1, count);
    CK_RV ended = cryptoki->call->C_FindObjectsFinal(cryptoki->session);
    return rv != CKR_OK ? rv : ended;
}

static CK_RV
read_value(const struct cryptoki *cryptoki, CK_OBJECT_HANDLE object,
           struct beid_buf *out)
{
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    CK_RV rv = cryptoki->call->C_GetAttributeValue(cryptoki->session, object,
                                                   &value, 1);
    if (rv != CKR_OK) {
        return rv;
    }
    if (value.ulValueLen == 0 || value.ulValueLen > BEID_WIRE_CERT_MAX) {
        return CKR_DATA_INVALID;
    }
    beid_buf_reset(out);
    value.pValue = beid_buf_extend(out, value.ulValueLen);
    if (value.pValue == NULL) {
        return CKR_HOST_MEMORY;
    }
    CK_ULONG room = value.ulValueLen;
    rv = cryptoki->call->C_GetAttributeValue(cryptoki->session, object, &value,
                                             1);
    return rv == CKR_OK && value.ulValueLen != room ? CKR_DATA_INVALID : rv;
}

enum beid_err
cryptoki_certificate(const struct cryptoki *cryptoki,
                     enum cryptoki_certificate which, struct beid_buf *out)
{
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_ULONG count = 0;
    CK_RV rv = find(cryptoki, which, &object, &count);
    if (rv == CKR_OK && count == 0) {
        return BEID_ERR_NO_CERTIFICATE;
    }
    if (rv == CKR_OK) {
        rv = read_value(cryptoki, object, out);
    }
    return cryptoki_err(rv);
}
