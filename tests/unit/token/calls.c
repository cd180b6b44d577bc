/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

static CK_RV
run_getinfo(CK_ULONG handle)
{
    (void)handle;
    return C_GetInfo(NULL);
}

static CK_RV
run_getslotlist(CK_ULONG handle)
{
    (void)handle;
    return C_GetSlotList(0, NULL, NULL);
}

static CK_RV
run_getslotinfo(CK_ULONG handle)
{
    return C_GetSlotInfo(handle, NULL);
}

static CK_RV
run_gettokeninfo(CK_ULONG handle)
{
    return C_GetTokenInfo(handle, NULL);
}

static CK_RV
run_getmechanismlist(CK_ULONG handle)
{
    return C_GetMechanismList(handle, NULL, NULL);
}

static CK_RV
run_getmechanisminfo(CK_ULONG handle)
{
    return C_GetMechanismInfo(handle, 0, NULL);
}

static CK_RV
run_inittoken(CK_ULONG handle)
{
    return C_InitToken(handle, NULL, 0, NULL);
}

static CK_RV
run_initpin(CK_ULONG handle)
{
    return C_InitPIN(handle, NULL, 0);
}

static CK_RV
run_setpin(CK_ULONG handle)
{
    return C_SetPIN(handle, NULL, 0, NULL, 0);
}

static CK_RV
run_opensession(CK_ULONG handle)
{
    return C_OpenSession(handle, CKF_SERIAL_SESSION, NULL, NULL, NULL);
}

static CK_RV
run_getsessioninfo(CK_ULONG handle)
{
    return C_GetSessionInfo(handle, NULL);
}

static CK_RV
run_getoperationstate(CK_ULONG handle)
{
    return C_GetOperationState(handle, NULL, NULL);
}

static CK_RV
run_setoperationstate(CK_ULONG handle)
{
    return C_SetOperationState(handle, NULL, 0, 0, 0);
}

static CK_RV
run_login(CK_ULONG handle)
{
    return C_Login(handle, 0, NULL, 0);
}

static CK_RV
run_logout(CK_ULONG handle)
{
    return C_Logout(handle);
}

static CK_RV
run_createobject(CK_ULONG handle)
{
    return C_CreateObject(handle, NULL, 0, NULL);
}

static CK_RV
run_copyobject(CK_ULONG handle)
{
    return C_CopyObject(handle, 0, NULL, 0, NULL);
}

static CK_RV
run_destroyobject(CK_ULONG handle)
{
    return C_DestroyObject(handle, 0);
}

static CK_RV
run_getobjectsize(CK_ULONG handle)
{
    return C_GetObjectSize(handle, 0, NULL);
}

static CK_RV
run_getattributevalue(CK_ULONG handle)
{
    return C_GetAttributeValue(handle, 0, NULL, 0);
}

static CK_RV
run_setattributevalue(CK_ULONG handle)
{
    return C_SetAttributeValue(handle, 0, NULL, 0);
}

static CK_RV
run_findobjectsinit(CK_ULONG handle)
{
    return C_FindObjectsInit(handle, NULL, 0);
}

static CK_RV
run_findobjects(CK_ULONG handle)
{
    return C_FindObjects(handle, NULL, 0, NULL);
}

static CK_RV
run_findobjectsfinal(CK_ULONG handle)
{
    return C_FindObjectsFinal(handle);
}

static CK_RV
run_encryptinit(CK_ULONG handle)
{
    return C_EncryptInit(handle, NULL, 0);
}

static CK_RV
run_encrypt(CK_ULONG handle)
{
    return C_Encrypt(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_encryptupdate(CK_ULONG handle)
{
    return C_EncryptUpdate(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_encryptfinal(CK_ULONG handle)
{
    return C_EncryptFinal(handle, NULL, NULL);
}

static CK_RV
run_decryptinit(CK_ULONG handle)
{
    return C_DecryptInit(handle, NULL, 0);
}

static CK_RV
run_decrypt(CK_ULONG handle)
{
    return C_Decrypt(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_decryptupdate(CK_ULONG handle)
{
    return C_DecryptUpdate(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_decryptfinal(CK_ULONG handle)
{
    return C_DecryptFinal(handle, NULL, NULL);
}

static CK_RV
run_digestinit(CK_ULONG handle)
{
    return C_DigestInit(handle, NULL);
}

static CK_RV
run_digest(CK_ULONG handle)
{
    return C_Digest(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_digestupdate(CK_ULONG handle)
{
    return C_DigestUpdate(handle, NULL, 0);
}

static CK_RV
run_digestkey(CK_ULONG handle)
{
    return C_DigestKey(handle, 0);
}

static CK_RV
run_digestfinal(CK_ULONG handle)
{
    return C_DigestFinal(handle, NULL, NULL);
}

static CK_RV
run_signinit(CK_ULONG handle)
{
    return C_SignInit(handle, NULL, 0);
}

static CK_RV
run_sign(CK_ULONG handle)
{
    return C_Sign(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_signupdate(CK_ULONG handle)
{
    return C_SignUpdate(handle, NULL, 0);
}

static CK_RV
run_signfinal(CK_ULONG handle)
{
    return C_SignFinal(handle, NULL, NULL);
}

static CK_RV
run_signrecoverinit(CK_ULONG handle)
{
    return C_SignRecoverInit(handle, NULL, 0);
}

static CK_RV
run_signrecover(CK_ULONG handle)
{
    return C_SignRecover(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_verifyinit(CK_ULONG handle)
{
    return C_VerifyInit(handle, NULL, 0);
}

static CK_RV
run_verify(CK_ULONG handle)
{
    return C_Verify(handle, NULL, 0, NULL, 0);
}

static CK_RV
run_verifyupdate(CK_ULONG handle)
{
    return C_VerifyUpdate(handle, NULL, 0);
}

static CK_RV
run_verifyfinal(CK_ULONG handle)
{
    return C_VerifyFinal(handle, NULL, 0);
}

static CK_RV
run_verifyrecoverinit(CK_ULONG handle)
{
    return C_VerifyRecoverInit(handle, NULL, 0);
}

static CK_RV
run_verifyrecover(CK_ULONG handle)
{
    return C_VerifyRecover(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_digestencryptupdate(CK_ULONG handle)
{
    return C_DigestEncryptUpdate(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_decryptdigestupdate(CK_ULONG handle)
{
    return C_DecryptDigestUpdate(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_signencryptupdate(CK_ULONG handle)
{
    return C_SignEncryptUpdate(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_decryptverifyupdate(CK_ULONG handle)
{
    return C_DecryptVerifyUpdate(handle, NULL, 0, NULL, NULL);
}

static CK_RV
run_generatekey(CK_ULONG handle)
{
    return C_GenerateKey(handle, NULL, NULL, 0, NULL);
}

static CK_RV
run_generatekeypair(CK_ULONG handle)
{
    return C_GenerateKeyPair(handle, NULL, NULL, 0, NULL, 0, NULL, NULL);
}

static CK_RV
run_wrapkey(CK_ULONG handle)
{
    return C_WrapKey(handle, NULL, 0, 0, NULL, NULL);
}

static CK_RV
run_unwrapkey(CK_ULONG handle)
{
    return C_UnwrapKey(handle, NULL, 0, NULL, 0, NULL, 0, NULL);
}

static CK_RV
run_derivekey(CK_ULONG handle)
{
    return C_DeriveKey(handle, NULL, 0, NULL, 0, NULL);
}

static CK_RV
run_seedrandom(CK_ULONG handle)
{
    return C_SeedRandom(handle, NULL, 0);
}

static CK_RV
run_generaterandom(CK_ULONG handle)
{
    return C_GenerateRandom(handle, NULL, 0);
}

static CK_RV
run_getfunctionstatus(CK_ULONG handle)
{
    return C_GetFunctionStatus(handle);
}

static CK_RV
run_cancelfunction(CK_ULONG handle)
{
    return C_CancelFunction(handle);
}

static CK_RV
run_waitforslotevent(CK_ULONG handle)
{
    (void)handle;
    return C_WaitForSlotEvent(0, NULL, NULL);
}

static CK_RV
run_closesession(CK_ULONG handle)
{
    return C_CloseSession(handle);
}

static CK_RV
run_closeallsessions(CK_ULONG handle)
{
    return C_CloseAllSessions(handle);
}

const struct call calls[] = {
    {"C_GetInfo", run_getinfo, CKR_ARGUMENTS_BAD, CALL_PLAIN},
    {"C_GetSlotList", run_getslotlist, CKR_ARGUMENTS_BAD, CALL_PLAIN},
    {"C_GetSlotInfo", run_getslotinfo, CKR_ARGUMENTS_BAD, CALL_SLOT},
    {"C_GetTokenInfo", run_gettokeninfo, CKR_ARGUMENTS_BAD, CALL_SLOT},
    {"C_GetMechanismList", run_getmechanismlist, CKR_ARGUMENTS_BAD, CALL_SLOT},
    {"C_GetMechanismInfo", run_getmechanisminfo, CKR_ARGUMENTS_BAD, CALL_SLOT},
    {"C_InitToken", run_inittoken, CKR_TOKEN_WRITE_PROTECTED, CALL_SLOT},
    {"C_InitPIN", run_initpin, CKR_USER_NOT_LOGGED_IN, CALL_SESSION},
    {"C_SetPIN", run_setpin, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_OpenSession", run_opensession, CKR_ARGUMENTS_BAD, CALL_SLOT},
    {"C_GetSessionInfo", run_getsessioninfo, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_GetOperationState", run_getoperationstate, CKR_STATE_UNSAVEABLE,
     CALL_SESSION},
    {"C_SetOperationState", run_setoperationstate, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_Login", run_login, CKR_USER_TYPE_INVALID, CALL_SESSION},
    {"C_Logout", run_logout, CKR_USER_NOT_LOGGED_IN, CALL_SESSION},
    {"C_CreateObject", run_createobject, CKR_TOKEN_WRITE_PROTECTED,
     CALL_SESSION},
    {"C_CopyObject", run_copyobject, CKR_TOKEN_WRITE_PROTECTED, CALL_SESSION},
    {"C_DestroyObject", run_destroyobject, CKR_TOKEN_WRITE_PROTECTED,
     CALL_SESSION},
    {"C_GetObjectSize", run_getobjectsize, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_GetAttributeValue", run_getattributevalue, CKR_ARGUMENTS_BAD,
     CALL_SESSION},
    {"C_SetAttributeValue", run_setattributevalue, CKR_TOKEN_WRITE_PROTECTED,
     CALL_SESSION},
    {"C_FindObjectsInit", run_findobjectsinit, CKR_OK, CALL_SESSION},
    {"C_FindObjects", run_findobjects, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_FindObjectsFinal", run_findobjectsfinal, CKR_OK, CALL_SESSION},
    {"C_EncryptInit", run_encryptinit, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_Encrypt", run_encrypt, CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_EncryptUpdate", run_encryptupdate, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_EncryptFinal", run_encryptfinal, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_DecryptInit", run_decryptinit, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_Decrypt", run_decrypt, CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_DecryptUpdate", run_decryptupdate, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_DecryptFinal", run_decryptfinal, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_DigestInit", run_digestinit, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_Digest", run_digest, CKR_OPERATION_NOT_INITIALIZED, CALL_SESSION},
    {"C_DigestUpdate", run_digestupdate, CKR_OPERATION_NOT_INITIALIZED,
     CALL_SESSION},
    {"C_DigestKey", run_digestkey, CKR_OPERATION_NOT_INITIALIZED, CALL_SESSION},
    {"C_DigestFinal", run_digestfinal, CKR_OPERATION_NOT_INITIALIZED,
     CALL_SESSION},
    {"C_SignInit", run_signinit, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_Sign", run_sign, CKR_OPERATION_NOT_INITIALIZED, CALL_SESSION},
    {"C_SignUpdate", run_signupdate, CKR_OPERATION_NOT_INITIALIZED,
     CALL_SESSION},
    {"C_SignFinal", run_signfinal, CKR_OPERATION_NOT_INITIALIZED, CALL_SESSION},
    {"C_SignRecoverInit", run_signrecoverinit, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_SignRecover", run_signrecover, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_VerifyInit", run_verifyinit, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_Verify", run_verify, CKR_OPERATION_NOT_INITIALIZED, CALL_SESSION},
    {"C_VerifyUpdate", run_verifyupdate, CKR_OPERATION_NOT_INITIALIZED,
     CALL_SESSION},
    {"C_VerifyFinal", run_verifyfinal, CKR_OPERATION_NOT_INITIALIZED,
     CALL_SESSION},
    {"C_VerifyRecoverInit", run_verifyrecoverinit, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_VerifyRecover", run_verifyrecover, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_DigestEncryptUpdate", run_digestencryptupdate,
     CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_DecryptDigestUpdate", run_decryptdigestupdate,
     CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_SignEncryptUpdate", run_signencryptupdate, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_DecryptVerifyUpdate", run_decryptverifyupdate,
     CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_GenerateKey", run_generatekey, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_GenerateKeyPair", run_generatekeypair, CKR_FUNCTION_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_WrapKey", run_wrapkey, CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_UnwrapKey", run_unwrapkey, CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_DeriveKey", run_derivekey, CKR_FUNCTION_NOT_SUPPORTED, CALL_SESSION},
    {"C_SeedRandom", run_seedrandom, CKR_RANDOM_SEED_NOT_SUPPORTED,
     CALL_SESSION},
    {"C_GenerateRandom", run_generaterandom, CKR_ARGUMENTS_BAD, CALL_SESSION},
    {"C_GetFunctionStatus", run_getfunctionstatus, CKR_FUNCTION_NOT_PARALLEL,
     CALL_SESSION},
    {"C_CancelFunction", run_cancelfunction, CKR_FUNCTION_NOT_PARALLEL,
     CALL_SESSION},
    {"C_WaitForSlotEvent", run_waitforslotevent, CKR_ARGUMENTS_BAD, CALL_PLAIN},
    {"C_CloseSession", run_closesession, CKR_OK, CALL_SESSION},
    {"C_CloseAllSessions", run_closeallsessions, CKR_OK, CALL_SLOT},
};

const size_t calls_count = sizeof calls / sizeof *calls;
