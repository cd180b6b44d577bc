/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What clients call: each function enters the module, with the lock of its
 * slot if it has one, checks its pointers, and hands over to the room that does
 * the work. What this token does not offer is in absent.c.
 */

#include "card/pcsc.h"
#include "token/attributes.h"
#include "token/call.h"
#include "token/data.h"
#include "token/events.h"
#include "token/info.h"
#include "token/login.h"
#include "token/mechanisms.h"
#include "token/module.h"
#include "token/objects.h"
#include "token/sessions.h"
#include "token/set_pin.h"
#include "token/signing.h"

#include <p11-kit/pkcs11.h>

#define EXPORTED __attribute__((visibility("default")))

/* More attributes in one call than exist. */
#define TEMPLATE_MAX 256UL

CK_RV
C_Initialize(void *init_args)
{
    return module_start(init_args, &pcsc_service);
}

CK_RV
C_Finalize(void *reserved)
{
    return reserved != NULL ? CKR_ARGUMENTS_BAD : module_stop();
}

CK_RV
C_GetInfo(CK_INFO *info)
{
    struct call call;
    CK_RV rv = call_module(&call);
    if (rv != CKR_OK) {
        return rv;
    }
    if (info == NULL) {
        return call_end(&call, CKR_ARGUMENTS_BAD);
    }
    info_library(info);
    return call_end(&call, CKR_OK);
}

CK_RV
C_GetSlotList(unsigned char token_present, CK_SLOT_ID *slot_list,
              unsigned long *count)
{
    struct call call;
    CK_RV rv = call_module(&call);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = count == NULL ? CKR_ARGUMENTS_BAD
                       : info_slot_list(call.module, token_present != CK_FALSE,
                                        slot_list, count);
    return call_end(&call, rv);
}

CK_RV
C_GetSlotInfo(CK_SLOT_ID slot_id, CK_SLOT_INFO *info)
{
    struct call call;
    CK_RV rv = call_slot(&call, slot_id);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = info == NULL ? CKR_ARGUMENTS_BAD
                      : info_slot(call.module, call.slot, info);
    return call_end(&call, rv);
}

CK_RV
C_GetTokenInfo(CK_SLOT_ID slot_id, CK_TOKEN_INFO *info)
{
    struct call call;
    CK_RV rv = call_slot(&call, slot_id);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = info == NULL ? CKR_ARGUMENTS_BAD
                      : info_token(call.module, call.slot, info);
    return call_end(&call, rv);
}

CK_RV
C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    struct call call;
    CK_RV rv = call_module(&call);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = slot == NULL || reserved != NULL
             ? CKR_ARGUMENTS_BAD
             : events_wait(call.module, flags, slot);
    return call_end(&call, rv);
}

CK_RV
C_GetMechanismList(CK_SLOT_ID slot_id, CK_MECHANISM_TYPE *list,
                   unsigned long *count)
{
    enum card_applet applet = CARD_APPLET_17;
    struct call call;
    CK_RV rv = call_slot(&call, slot_id);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = count == NULL ? CKR_ARGUMENTS_BAD
                       : info_applet(call.module, call.slot, &applet);
    if (rv == CKR_OK) {
        rv = mechanisms_list(applet, list, count);
    }
    return call_end(&call, rv);
}

CK_RV
C_GetMechanismInfo(CK_SLOT_ID slot_id, CK_MECHANISM_TYPE type,
                   CK_MECHANISM_INFO *info)
{
    enum card_applet applet = CARD_APPLET_17;
    struct call call;
    CK_RV rv = call_slot(&call, slot_id);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = info == NULL ? CKR_ARGUMENTS_BAD
                      : info_applet(call.module, call.slot, &applet);
    if (rv == CKR_OK) {
        rv = mechanisms_info(applet, type, info);
    }
    return call_end(&call, rv);
}

CK_RV
C_OpenSession(CK_SLOT_ID slot_id, CK_FLAGS flags, void *application,
              CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    struct call call;
    struct session *opened = NULL;
    CK_RV rv = call_slot(&call, slot_id);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = session == NULL
             ? CKR_ARGUMENTS_BAD
             : sessions_open(call.module, call.slot, flags, session);
    if (rv == CKR_OK) {
        rv = sessions_get(call.slot, *session, &opened);
    }
    if (rv == CKR_OK) {
        /* Asked while the PIN is typed on a reader; of no other event. */
        opened->notify = notify;
        opened->application = application;
    }
    return call_end(&call, rv);
}

CK_RV
C_CloseSession(CK_SESSION_HANDLE session)
{
    return call_close(session);
}

CK_RV
C_CloseAllSessions(CK_SLOT_ID slot_id)
{
    return call_close_all(slot_id);
}

CK_RV
C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
    struct call call;
    CK_RV rv = call_slot_of(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    return call_end(&call,
                    sessions_info(call.module, call.slot, session, info));
}

CK_RV
C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user_type, unsigned char *pin,
        unsigned long pin_len)
{
    struct call call;
    CK_RV rv = call_card(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call,
                          login_user(call.module, call.session, user_type,
                                     beid_span_of(pin, pin_len)));
}

CK_RV
C_Logout(CK_SESSION_HANDLE session)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK ? rv
                        : call_end(&call, login_end(call.module, call.session));
}

CK_RV
C_SetPIN(CK_SESSION_HANDLE session, unsigned char *old_pin,
         unsigned long old_len, unsigned char *new_pin, unsigned long new_len)
{
    struct call call;
    CK_RV rv = call_card(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, set_pin(call.module, call.session,
                                         beid_span_of(old_pin, old_len),
                                         beid_span_of(new_pin, new_len)));
}

CK_RV
C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                    CK_ATTRIBUTE *templ, unsigned long count)
{
    struct call call;
    struct object target = {0};
    CK_RV rv = call_card(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (templ == NULL || count > TEMPLATE_MAX) {
        rv = CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK && data_owns(object)) {
        rv = data_read(call.module, call.session, object, templ, count);
        return call_end(&call, rv);
    }
    if (rv == CKR_OK) {
        rv = objects_get(call.module, call.slot, object, &target);
    }
    if (rv == CKR_OK) {
        rv = attributes_read(call.module, call.slot, &target, templ, count);
    }
    return call_end(&call, rv);
}

CK_RV
C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE *templ,
                  unsigned long count)
{
    struct call call;
    CK_RV rv = call_card(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    if ((templ == NULL && count > 0) || count > TEMPLATE_MAX) {
        rv = CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK) {
        rv = objects_find(call.module, call.session, templ, count);
    }
    return call_end(&call, rv);
}

CK_RV
C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *object,
              unsigned long max_object_count, unsigned long *object_count)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (object_count == NULL || (object == NULL && max_object_count > 0)) {
        rv = CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK) {
        rv = objects_next(call.session, object, max_object_count, object_count);
    }
    return call_end(&call, rv);
}

CK_RV
C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK ? rv : call_end(&call, objects_find_end(call.session));
}

CK_RV
C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
           CK_OBJECT_HANDLE key)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (mechanism == NULL) {
        rv = CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK) {
        rv = signing_begin(call.module, call.session, mechanism, key);
    }
    return call_end(&call, rv);
}

CK_RV
C_Sign(CK_SESSION_HANDLE session, unsigned char *data, unsigned long data_len,
       unsigned char *signature, unsigned long *signature_len)
{
    struct call call;
    CK_RV rv = call_card(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call,
                          signing_finish(call.module, call.session,
                                         beid_span_of(data, data_len), true,
                                         signature, signature_len));
}

CK_RV
C_SignUpdate(CK_SESSION_HANDLE session, unsigned char *part,
             unsigned long part_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, signing_update(call.module, call.session,
                                                beid_span_of(part, part_len)));
}

CK_RV
C_SignFinal(CK_SESSION_HANDLE session, unsigned char *signature,
            unsigned long *signature_len)
{
    struct call call;
    CK_RV rv = call_card(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, signing_finish(call.module, call.session,
                                                beid_span_of(NULL, 0), false,
                                                signature, signature_len));
}

static CK_FUNCTION_LIST functions = {
    .version = {INFO_CRYPTOKI_MAJOR, INFO_CRYPTOKI_MINOR},
    .C_Initialize = C_Initialize,
    .C_Finalize = C_Finalize,
    .C_GetInfo = C_GetInfo,
    .C_GetFunctionList = C_GetFunctionList,
    .C_GetSlotList = C_GetSlotList,
    .C_GetSlotInfo = C_GetSlotInfo,
    .C_GetTokenInfo = C_GetTokenInfo,
    .C_GetMechanismList = C_GetMechanismList,
    .C_GetMechanismInfo = C_GetMechanismInfo,
    .C_InitToken = C_InitToken,
    .C_InitPIN = C_InitPIN,
    .C_SetPIN = C_SetPIN,
    .C_OpenSession = C_OpenSession,
    .C_CloseSession = C_CloseSession,
    .C_CloseAllSessions = C_CloseAllSessions,
    .C_GetSessionInfo = C_GetSessionInfo,
    .C_GetOperationState = C_GetOperationState,
    .C_SetOperationState = C_SetOperationState,
    .C_Login = C_Login,
    .C_Logout = C_Logout,
    .C_CreateObject = C_CreateObject,
    .C_CopyObject = C_CopyObject,
    .C_DestroyObject = C_DestroyObject,
    .C_GetObjectSize = C_GetObjectSize,
    .C_GetAttributeValue = C_GetAttributeValue,
    .C_SetAttributeValue = C_SetAttributeValue,
    .C_FindObjectsInit = C_FindObjectsInit,
    .C_FindObjects = C_FindObjects,
    .C_FindObjectsFinal = C_FindObjectsFinal,
    .C_EncryptInit = C_EncryptInit,
    .C_Encrypt = C_Encrypt,
    .C_EncryptUpdate = C_EncryptUpdate,
    .C_EncryptFinal = C_EncryptFinal,
    .C_DecryptInit = C_DecryptInit,
    .C_Decrypt = C_Decrypt,
    .C_DecryptUpdate = C_DecryptUpdate,
    .C_DecryptFinal = C_DecryptFinal,
    .C_DigestInit = C_DigestInit,
    .C_Digest = C_Digest,
    .C_DigestUpdate = C_DigestUpdate,
    .C_DigestKey = C_DigestKey,
    .C_DigestFinal = C_DigestFinal,
    .C_SignInit = C_SignInit,
    .C_Sign = C_Sign,
    .C_SignUpdate = C_SignUpdate,
    .C_SignFinal = C_SignFinal,
    .C_SignRecoverInit = C_SignRecoverInit,
    .C_SignRecover = C_SignRecover,
    .C_VerifyInit = C_VerifyInit,
    .C_Verify = C_Verify,
    .C_VerifyUpdate = C_VerifyUpdate,
    .C_VerifyFinal = C_VerifyFinal,
    .C_VerifyRecoverInit = C_VerifyRecoverInit,
    .C_VerifyRecover = C_VerifyRecover,
    .C_DigestEncryptUpdate = C_DigestEncryptUpdate,
    .C_DecryptDigestUpdate = C_DecryptDigestUpdate,
    .C_SignEncryptUpdate = C_SignEncryptUpdate,
    .C_DecryptVerifyUpdate = C_DecryptVerifyUpdate,
    .C_GenerateKey = C_GenerateKey,
    .C_GenerateKeyPair = C_GenerateKeyPair,
    .C_WrapKey = C_WrapKey,
    .C_UnwrapKey = C_UnwrapKey,
    .C_DeriveKey = C_DeriveKey,
    .C_SeedRandom = C_SeedRandom,
    .C_GenerateRandom = C_GenerateRandom,
    .C_GetFunctionStatus = C_GetFunctionStatus,
    .C_CancelFunction = C_CancelFunction,
    .C_WaitForSlotEvent = C_WaitForSlotEvent,
};

EXPORTED CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    if (list == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    *list = &functions;
    return CKR_OK;
}
