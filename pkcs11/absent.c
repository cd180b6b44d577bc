/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What this token does not offer. The card decrypts nothing, makes no keys and
 * stores no objects; the rest is left to the client's own library.
 */

#include "token/call.h"
#include "token/info.h"

#include <p11-kit/pkcs11.h>

#define UNUSED __attribute__((unused))

/* The answer of a function that takes a session. */
static CK_RV
refuse(CK_SESSION_HANDLE session, CK_RV answer)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv == CKR_OK ? call_end(&call, answer) : rv;
}

CK_RV
C_InitToken(CK_SLOT_ID slot_id, unsigned char UNUSED *pin,
            unsigned long UNUSED pin_len, unsigned char UNUSED *label)
{
    enum card_applet applet = CARD_APPLET_17;
    struct call call;
    CK_RV rv = call_slot(&call, slot_id);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = info_applet(call.module, call.slot, &applet);
    return call_end(&call, rv == CKR_OK ? CKR_TOKEN_WRITE_PROTECTED : rv);
}

/* Only a security officer could, and there is none (PKCS#11 2.40 §5.5). */
CK_RV
C_InitPIN(CK_SESSION_HANDLE session, unsigned char UNUSED *pin,
          unsigned long UNUSED pin_len)
{
    return refuse(session, CKR_USER_NOT_LOGGED_IN);
}

CK_RV
C_GetOperationState(CK_SESSION_HANDLE session,
                    unsigned char UNUSED *operation_state,
                    unsigned long UNUSED *operation_state_len)
{
    return refuse(session, CKR_STATE_UNSAVEABLE);
}

CK_RV
C_SetOperationState(CK_SESSION_HANDLE session,
                    unsigned char UNUSED *operation_state,
                    unsigned long UNUSED operation_state_len,
                    CK_OBJECT_HANDLE UNUSED encryption_key,
                    CK_OBJECT_HANDLE UNUSED authentication_key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE UNUSED *templ,
               unsigned long UNUSED count, CK_OBJECT_HANDLE UNUSED *object)
{
    return refuse(session, CKR_TOKEN_WRITE_PROTECTED);
}

CK_RV
C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE UNUSED object,
             CK_ATTRIBUTE UNUSED *templ, unsigned long UNUSED count,
             CK_OBJECT_HANDLE UNUSED *new_object)
{
    return refuse(session, CKR_TOKEN_WRITE_PROTECTED);
}

CK_RV
C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE UNUSED object)
{
    return refuse(session, CKR_TOKEN_WRITE_PROTECTED);
}

CK_RV
C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE UNUSED object,
                    CK_ATTRIBUTE UNUSED *templ, unsigned long UNUSED count)
{
    return refuse(session, CKR_TOKEN_WRITE_PROTECTED);
}

CK_RV
C_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
              CK_OBJECT_HANDLE UNUSED key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_Encrypt(CK_SESSION_HANDLE session, unsigned char UNUSED *data,
          unsigned long UNUSED data_len, unsigned char UNUSED *encrypted_data,
          unsigned long UNUSED *encrypted_data_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_EncryptUpdate(CK_SESSION_HANDLE session, unsigned char UNUSED *part,
                unsigned long UNUSED part_len,
                unsigned char UNUSED *encrypted_part,
                unsigned long UNUSED *encrypted_part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_EncryptFinal(CK_SESSION_HANDLE session,
               unsigned char UNUSED *last_encrypted_part,
               unsigned long UNUSED *last_encrypted_part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
              CK_OBJECT_HANDLE UNUSED key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_Decrypt(CK_SESSION_HANDLE session, unsigned char UNUSED *encrypted_data,
          unsigned long UNUSED encrypted_data_len, unsigned char UNUSED *data,
          unsigned long UNUSED *data_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_DecryptUpdate(CK_SESSION_HANDLE session, unsigned char UNUSED *encrypted_part,
                unsigned long UNUSED encrypted_part_len,
                unsigned char UNUSED *part, unsigned long UNUSED *part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_DecryptFinal(CK_SESSION_HANDLE session, unsigned char UNUSED *last_part,
               unsigned long UNUSED *last_part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_SignRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
                  CK_OBJECT_HANDLE UNUSED key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_SignRecover(CK_SESSION_HANDLE session, unsigned char UNUSED *data,
              unsigned long UNUSED data_len, unsigned char UNUSED *signature,
              unsigned long UNUSED *signature_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_VerifyRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
                    CK_OBJECT_HANDLE UNUSED key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_VerifyRecover(CK_SESSION_HANDLE session, unsigned char UNUSED *signature,
                unsigned long UNUSED signature_len, unsigned char UNUSED *data,
                unsigned long UNUSED *data_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_DigestEncryptUpdate(CK_SESSION_HANDLE session, unsigned char UNUSED *part,
                      unsigned long UNUSED part_len,
                      unsigned char UNUSED *encrypted_part,
                      unsigned long UNUSED *encrypted_part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_DecryptDigestUpdate(CK_SESSION_HANDLE session,
                      unsigned char UNUSED *encrypted_part,
                      unsigned long UNUSED encrypted_part_len,
                      unsigned char UNUSED *part,
                      unsigned long UNUSED *part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_SignEncryptUpdate(CK_SESSION_HANDLE session, unsigned char UNUSED *part,
                    unsigned long UNUSED part_len,
                    unsigned char UNUSED *encrypted_part,
                    unsigned long UNUSED *encrypted_part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_DecryptVerifyUpdate(CK_SESSION_HANDLE session,
                      unsigned char UNUSED *encrypted_part,
                      unsigned long UNUSED encrypted_part_len,
                      unsigned char UNUSED *part,
                      unsigned long UNUSED *part_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
              CK_ATTRIBUTE UNUSED *templ, unsigned long UNUSED count,
              CK_OBJECT_HANDLE UNUSED *key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

/* NOLINTBEGIN(readability-function-size): the standard's parameters */
CK_RV
C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
                  CK_ATTRIBUTE UNUSED *public_key_template,
                  unsigned long UNUSED public_key_attribute_count,
                  CK_ATTRIBUTE UNUSED *private_key_template,
                  unsigned long UNUSED private_key_attribute_count,
                  CK_OBJECT_HANDLE UNUSED *public_key,
                  CK_OBJECT_HANDLE UNUSED *private_key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}
/* NOLINTEND(readability-function-size) */

CK_RV
C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
          CK_OBJECT_HANDLE UNUSED wrapping_key, CK_OBJECT_HANDLE UNUSED key,
          unsigned char UNUSED *wrapped_key,
          unsigned long UNUSED *wrapped_key_len)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

/* NOLINTBEGIN(readability-function-size): the standard's parameters */
CK_RV
C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
            CK_OBJECT_HANDLE UNUSED unwrapping_key,
            unsigned char UNUSED *wrapped_key,
            unsigned long UNUSED wrapped_key_len, CK_ATTRIBUTE UNUSED *templ,
            unsigned long UNUSED attribute_count, CK_OBJECT_HANDLE UNUSED *key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}
/* NOLINTEND(readability-function-size) */

CK_RV
C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM UNUSED *mechanism,
            CK_OBJECT_HANDLE UNUSED base_key, CK_ATTRIBUTE UNUSED *templ,
            unsigned long UNUSED attribute_count, CK_OBJECT_HANDLE UNUSED *key)
{
    return refuse(session, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
C_SeedRandom(CK_SESSION_HANDLE session, unsigned char UNUSED *seed,
             unsigned long UNUSED seed_len)
{
    return refuse(session, CKR_RANDOM_SEED_NOT_SUPPORTED);
}

CK_RV
C_GetFunctionStatus(CK_SESSION_HANDLE session)
{
    return refuse(session, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV
C_CancelFunction(CK_SESSION_HANDLE session)
{
    return refuse(session, CKR_FUNCTION_NOT_PARALLEL);
}
