/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "dialogue.h"

#include "bench.h"
#include "pcscd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 64U
#define OBJECTS_MAX 128U
#define VALUE_MAX 32768UL

static CK_FUNCTION_LIST *module;

/* A way that we chose in the code, or a bug: no input may lead there. */
static CK_RV
seen(CK_RV rv)
{
    if (rv == CKR_GENERAL_ERROR) {
        bench_broken("CKR_GENERAL_ERROR");
    }
    return rv;
}

CK_RV
dialogue_start(const char *options)
{
    char text[128];
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    if (C_GetFunctionList(&module) != CKR_OK) {
        bench_broken("no function list");
    }
    if (options != NULL) {
        (void)snprintf(text, sizeof text, "%s", options);
        args.pReserved = text;
    }
    return seen(module->C_Initialize(&args));
}

void
dialogue_stop(void)
{
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 1;
    if (module->C_Finalize(NULL) != CKR_OK) {
        bench_broken("C_Finalize failed");
    }
    if (module->C_GetSlotList(CK_FALSE, &slot, &count)
        != CKR_CRYPTOKI_NOT_INITIALIZED) {
        bench_broken("alive after C_Finalize");
    }
    pcscd_all_closed();
}

static CK_RV
list_slot(CK_SLOT_ID slot)
{
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;
    CK_MECHANISM_INFO mechanism_info;
    CK_MECHANISM_TYPE types[64];
    CK_ULONG count = sizeof types / sizeof *types;
    CK_RV rv = seen(module->C_GetSlotInfo(slot, &slot_info));
    if (rv == CKR_OK && (slot_info.flags & CKF_TOKEN_PRESENT) == 0) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    if (rv == CKR_OK) {
        rv = seen(module->C_GetTokenInfo(slot, &token_info));
    }
    if (rv == CKR_OK) {
        rv = seen(module->C_GetMechanismList(slot, types, &count));
    }
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
        rv = seen(module->C_GetMechanismInfo(slot, types[i], &mechanism_info));
    }
    return rv;
}

/* The first slot; all that there are with list. */
static CK_RV
slots(CK_SLOT_ID *first, bool list)
{
    CK_SLOT_ID ids[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_RV rv = seen(module->C_GetSlotList(CK_FALSE, ids, &count));
    if (rv == CKR_OK && pcscd_calls() == 0) {
        bench_broken("the calls to PC/SC do not come here");
    }
    if (rv == CKR_OK && count == 0) {
        rv = CKR_SLOT_ID_INVALID;
    }
    if (rv != CKR_OK) {
        return rv;
    }
    *first = ids[0];
    for (CK_ULONG i = 0; list && i < count; i++) {
        CK_RV one = list_slot(ids[i]);
        rv = i == 0 ? one : rv;
    }
    return rv;
}

static const CK_ATTRIBUTE_TYPE types[] = {
    CKA_CLASS,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_LABEL,
    CKA_APPLICATION,
    CKA_VALUE,
    CKA_OBJECT_ID,
    CKA_CERTIFICATE_TYPE,
    CKA_ISSUER,
    CKA_SERIAL_NUMBER,
    CKA_TRUSTED,
    CKA_CERTIFICATE_CATEGORY,
    CKA_CHECK_VALUE,
    CKA_KEY_TYPE,
    CKA_SUBJECT,
    CKA_ID,
    CKA_SENSITIVE,
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_SIGN,
    CKA_VERIFY,
    CKA_DERIVE,
    CKA_START_DATE,
    CKA_END_DATE,
    CKA_MODULUS,
    CKA_MODULUS_BITS,
    CKA_PUBLIC_EXPONENT,
    CKA_EXTRACTABLE,
    CKA_LOCAL,
    CKA_NEVER_EXTRACTABLE,
    CKA_ALWAYS_SENSITIVE,
    CKA_KEY_GEN_MECHANISM,
    CKA_MODIFIABLE,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_ALLOWED_MECHANISMS,
    CKA_VENDOR_DEFINED,
};

#define TYPES (sizeof types / sizeof *types)

static CK_RV
get(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *asked)
{
    CK_RV rv = seen(module->C_GetAttributeValue(session, object, asked, TYPES));
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE
               ? CKR_OK
               : rv;
}

/* A block of exactly its length for every value that there is. */
static CK_RV
make_room(CK_ATTRIBUTE *asked)
{
    for (size_t i = 0; i < TYPES; i++) {
        CK_ULONG len = asked[i].ulValueLen;
        if (len == CK_UNAVAILABLE_INFORMATION) {
            asked[i].ulValueLen = 0;
            continue;
        }
        if (len > VALUE_MAX) {
            bench_broken("an attribute of impossible length");
        }
        asked[i].pValue = malloc(len > 0 ? len : 1);
        if (asked[i].pValue == NULL) {
            return CKR_HOST_MEMORY;
        }
    }
    return CKR_OK;
}

/* Every byte is looked at: MSan asks whether it was ever written. */
static void
look_at(const CK_ATTRIBUTE *attribute)
{
    CK_ULONG zeros = 0;
    for (CK_ULONG i = 0; i < attribute->ulValueLen; i++) {
        zeros += ((const CK_BYTE *)attribute->pValue)[i] == 0 ? 1 : 0;
    }
    if (zeros > VALUE_MAX) {
        bench_broken("more zeros than bytes");
    }
}

/* Two calls: for the lengths, then for the values. */
static CK_RV
read_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
    CK_ATTRIBUTE asked[TYPES];
    for (size_t i = 0; i < TYPES; i++) {
        asked[i] = (CK_ATTRIBUTE){types[i], NULL, 0};
    }
    CK_RV rv = get(session, object, asked);
    if (rv == CKR_OK) {
        rv = make_room(asked);
    }
    if (rv == CKR_OK) {
        rv = get(session, object, asked);
    }
    for (size_t i = 0; i < TYPES; i++) {
        if (rv == CKR_OK && asked[i].pValue != NULL
            && asked[i].ulValueLen != CK_UNAVAILABLE_INFORMATION) {
            look_at(&asked[i]);
        }
        free(asked[i].pValue);
    }
    return rv;
}

static CK_RV
find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS *class, CK_BYTE id,
     CK_OBJECT_HANDLE *found, CK_ULONG *count)
{
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, class, sizeof *class},
                             {CKA_ID, &id, sizeof id}};
    CK_ULONG conditions = class == NULL ? 0 : id == 0 ? 1 : 2;
    CK_ULONG room = *count;
    *count = 0;
    CK_RV rv = seen(module->C_FindObjectsInit(session, wanted, conditions));
    if (rv != CKR_OK) {
        return rv;
    }
    rv = seen(module->C_FindObjects(session, found, room, count));
    if (rv == CKR_OK && *count > room) {
        bench_broken("more objects than there was room for");
    }
    CK_RV ended = seen(module->C_FindObjectsFinal(session));
    return rv == CKR_OK ? ended : rv;
}

static CK_RV
read_all(CK_SESSION_HANDLE session, CK_OBJECT_CLASS *class)
{
    CK_OBJECT_HANDLE found[OBJECTS_MAX];
    CK_ULONG count = OBJECTS_MAX;
    CK_RV rv = find(session, class, 0, found, &count);
    for (CK_ULONG i = 0; rv == CKR_OK && i < count; i++) {
        rv = read_object(session, found[i]);
    }
    return rv;
}

static CK_RV
find_key(CK_SESSION_HANDLE session, CK_BYTE id, CK_OBJECT_HANDLE *key)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ULONG count = 1;
    CK_RV rv = find(session, &class, id, key, &count);
    return rv == CKR_OK && count == 0 ? CKR_KEY_HANDLE_INVALID : rv;
}

/* Hands over a copy, as a block of its own. */
static CK_RV
present_pin(CK_SESSION_HANDLE session, CK_USER_TYPE user, bool pinpad)
{
    CK_BYTE pin[] = STILL_PIN;
    pcscd_pins(1);
    CK_RV rv = seen(module->C_Login(session, user, pinpad ? NULL : pin,
                                    pinpad ? 0 : (CK_ULONG)(sizeof pin - 1)));
    pcscd_pins(0);
    return rv;
}

static CK_MECHANISM_TYPE
mechanism_for(bool parts)
{
    bool rsa = pcscd_card()->applet == STILL_1_7;
    if (parts) {
        return rsa ? CKM_SHA256_RSA_PKCS : CKM_ECDSA_SHA384;
    }
    return rsa ? CKM_RSA_PKCS : CKM_ECDSA;
}

static CK_RV
finish(CK_SESSION_HANDLE session, bool parts)
{
    CK_BYTE data[48];
    CK_BYTE signature[512];
    CK_ULONG len = sizeof signature;
    memset(data, 0x11, sizeof data);
    CK_RV rv = CKR_OK;
    if (!parts) {
        rv = seen(module->C_Sign(session, data, sizeof data, signature, &len));
    } else {
        rv = seen(module->C_SignUpdate(session, data, sizeof data));
        if (rv == CKR_OK) {
            rv = seen(module->C_SignFinal(session, signature, &len));
        }
    }
    if (rv == CKR_OK && len != 256 && len != 96) {
        bench_broken("a signature of impossible length");
    }
    return rv;
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_BYTE id, bool parts, bool context,
     bool pinpad)
{
    CK_OBJECT_HANDLE key = 0;
    CK_MECHANISM mechanism = {mechanism_for(parts), NULL, 0};
    CK_RV rv = CKR_OK;
    if (!context) {
        rv = present_pin(session, CKU_USER, pinpad);
    }
    if (rv == CKR_OK) {
        rv = find_key(session, id, &key);
    }
    if (rv == CKR_OK) {
        rv = seen(module->C_SignInit(session, &mechanism, key));
    }
    if (rv == CKR_OK && (context || id == 0x03)) {
        rv = present_pin(session, CKU_CONTEXT_SPECIFIC, pinpad);
    }
    if (rv == CKR_OK) {
        rv = finish(session, parts);
    }
    return rv;
}

static CK_RV
set_pin(CK_SESSION_HANDLE session, bool pinpad)
{
    CK_BYTE old[] = STILL_PIN;
    CK_BYTE new[] = STILL_PIN;
    CK_ULONG len = pinpad ? 0 : (CK_ULONG)(sizeof old - 1);
    pcscd_pins(1);
    CK_RV rv = seen(module->C_SetPIN(session, pinpad ? NULL : old, len,
                                     pinpad ? NULL : new, len));
    pcscd_pins(0);
    return rv;
}

static CK_RV
digest(CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    CK_BYTE data[] = "abc";
    CK_BYTE hash[64];
    CK_ULONG len = sizeof hash;
    CK_RV rv = seen(module->C_DigestInit(session, &mechanism));
    return rv == CKR_OK ? seen(module->C_Digest(session, data, 3, hash, &len))
                        : rv;
}

static CK_RV
in_session(CK_SESSION_HANDLE session, enum dialogue_step step, bool context,
           bool pinpad)
{
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_OBJECT_CLASS certificate = CKO_CERTIFICATE;
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 1;
    CK_BYTE random[16];
    CK_RV rv = CKR_OK;
    switch (step) {
    case DIALOGUE_READ:
        return read_all(session, NULL);
    case DIALOGUE_FIND:
        rv = find(session, &certificate, 0x02, &found, &count);
        return rv == CKR_OK && count == 1 ? read_object(session, found) : rv;
    case DIALOGUE_LOGIN:
        rv = present_pin(session, CKU_USER, pinpad);
        return rv == CKR_OK ? seen(module->C_Logout(session)) : rv;
    case DIALOGUE_SIGN:
        return sign(session, 0x02, false, context, pinpad);
    case DIALOGUE_SIGN_PARTS:
        return sign(session, 0x02, true, context, pinpad);
    case DIALOGUE_SIGN_AGAIN:
        return sign(session, 0x03, false, context, pinpad);
    case DIALOGUE_SET_PIN:
        return set_pin(session, pinpad);
    case DIALOGUE_DATA:
        return read_all(session, &data);
    case DIALOGUE_RANDOM:
        return seen(module->C_GenerateRandom(session, random, sizeof random));
    case DIALOGUE_DIGEST:
        return digest(session);
    case DIALOGUE_LIST:
    case DIALOGUE_WAIT:
    case DIALOGUE_STEPS:
        break;
    }
    return CKR_OK;
}

CK_RV
dialogue_step(enum dialogue_step step, bool context_login, bool pinpad)
{
    CK_SLOT_ID slot = 0;
    CK_SESSION_HANDLE session = 0;
    if (step == DIALOGUE_WAIT) {
        CK_RV rv = module->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL);
        return seen(rv) == CKR_NO_EVENT ? CKR_OK : rv;
    }
    CK_RV rv = slots(&slot, step == DIALOGUE_LIST);
    if (rv == CKR_OK) {
        rv = seen(module->C_OpenSession(
            slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
    }
    if (rv != CKR_OK) {
        return rv;
    }
    rv = in_session(session, step, context_login, pinpad);
    /* That of a card that left may be closed already. */
    CK_RV closed = seen(module->C_CloseSession(session));
    if (closed != CKR_OK && closed != CKR_SESSION_HANDLE_INVALID
        && closed != CKR_DEVICE_REMOVED) {
        bench_broken("a session that cannot be closed");
    }
    if (pcscd_transactions() > 0) {
        bench_broken("a closed session that holds the card");
    }
    return rv;
}
