/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What clients call and what is done in this process rather than on the card:
 * hashes, the verification of signatures, random bytes, the size of objects.
 */

#include "token/call.h"
#include "token/data.h"
#include "token/digesting.h"
#include "token/objects.h"
#include "token/random.h"
#include "token/verifying.h"

#include <p11-kit/pkcs11.h>

CK_RV
C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism)
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
        rv = digesting_begin(call.session, mechanism);
    }
    return call_end(&call, rv);
}

CK_RV
C_Digest(CK_SESSION_HANDLE session, unsigned char *data, unsigned long data_len,
         unsigned char *digest, unsigned long *digest_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = digesting_finish(call.session, beid_span_of(data, data_len), true,
                          digest, digest_len);
    return call_end(&call, rv);
}

CK_RV
C_DigestUpdate(CK_SESSION_HANDLE session, unsigned char *part,
               unsigned long part_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = digesting_update(call.session, beid_span_of(part, part_len));
    return call_end(&call, rv);
}

/* No key here has a value that could be hashed. */
CK_RV
C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    struct object object = {0};
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (!call.session->digesting.active) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    }
    if (rv == CKR_OK) {
        rv =
            objects_get(call.module, call.session->slot, key, &object) == CKR_OK
                    && (object.class == CKO_PUBLIC_KEY
                        || object.class == CKO_PRIVATE_KEY)
                ? CKR_KEY_INDIGESTIBLE
                : CKR_KEY_HANDLE_INVALID;
    }
    return call_end(&call, rv);
}

CK_RV
C_DigestFinal(CK_SESSION_HANDLE session, unsigned char *digest,
              unsigned long *digest_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = digesting_finish(call.session, beid_span_of(NULL, 0), false, digest,
                          digest_len);
    return call_end(&call, rv);
}

CK_RV
C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
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
        rv = verifying_begin(call.module, call.session, mechanism, key);
    }
    return call_end(&call, rv);
}

CK_RV
C_Verify(CK_SESSION_HANDLE session, unsigned char *data, unsigned long data_len,
         unsigned char *signature, unsigned long signature_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = verifying_finish(call.session, beid_span_of(data, data_len), true,
                          beid_span_of(signature, signature_len));
    return call_end(&call, rv);
}

CK_RV
C_VerifyUpdate(CK_SESSION_HANDLE session, unsigned char *part,
               unsigned long part_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = verifying_update(call.session, beid_span_of(part, part_len));
    return call_end(&call, rv);
}

CK_RV
C_VerifyFinal(CK_SESSION_HANDLE session, unsigned char *signature,
              unsigned long signature_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = verifying_finish(call.session, beid_span_of(NULL, 0), false,
                          beid_span_of(signature, signature_len));
    return call_end(&call, rv);
}

CK_RV
C_GenerateRandom(CK_SESSION_HANDLE session, unsigned char *random_data,
                 unsigned long random_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (random_data == NULL) {
        rv = CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK) {
        rv = random_fill(call.module, call.session->slot, random_data,
                         random_len);
    }
    return call_end(&call, rv);
}

static CK_RV
size_of(struct module *module, const struct session *session,
        CK_OBJECT_HANDLE handle, CK_ULONG *out)
{
    struct object object = {0};
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    if (!data_owns(handle)) {
        CK_RV rv = objects_get(module, session->slot, handle, &object);
        return rv == CKR_OK ? objects_size(module, session->slot, &object, out)
                            : rv;
    }
    CK_RV rv = data_read(module, session, handle, &value, 1);
    if (rv == CKR_OK) {
        *out = value.ulValueLen;
    }
    return rv;
}

CK_RV
C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                unsigned long *size)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (size == NULL) {
        rv = CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK) {
        rv = size_of(call.module, call.session, object, size);
    }
    return call_end(&call, rv);
}
