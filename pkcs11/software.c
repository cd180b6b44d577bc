/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * What clients call and what is done in this process rather than on the card:
 * hashes, the verification of signatures, random bytes, the size of objects.
 * Each function only enters with its session and leaves with the room's answer.
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
    return rv != CKR_OK
               ? rv
               : call_end(&call, digesting_begin(call.session, mechanism));
}

CK_RV
C_Digest(CK_SESSION_HANDLE session, unsigned char *data, unsigned long data_len,
         unsigned char *digest, unsigned long *digest_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, digesting_finish(call.session,
                                                  beid_span_of(data, data_len),
                                                  true, digest, digest_len));
}

CK_RV
C_DigestUpdate(CK_SESSION_HANDLE session, unsigned char *part,
               unsigned long part_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call,
                          digesting_update(call.session,
                                           beid_span_of(part, part_len)));
}

CK_RV
C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, digesting_key(call.module, call.session, key));
}

CK_RV
C_DigestFinal(CK_SESSION_HANDLE session, unsigned char *digest,
              unsigned long *digest_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call,
                          digesting_finish(call.session, beid_span_of(NULL, 0),
                                           false, digest, digest_len));
}

CK_RV
C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
             CK_OBJECT_HANDLE key)
{
    struct call call;
    CK_RV rv = call_card(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, verifying_begin(call.module, call.session,
                                                 mechanism, key));
}

CK_RV
C_Verify(CK_SESSION_HANDLE session, unsigned char *data, unsigned long data_len,
         unsigned char *signature, unsigned long signature_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call,
                          verifying_finish(
                              call.session, beid_span_of(data, data_len), true,
                              beid_span_of(signature, signature_len)));
}

CK_RV
C_VerifyUpdate(CK_SESSION_HANDLE session, unsigned char *part,
               unsigned long part_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call,
                          verifying_update(call.session,
                                           beid_span_of(part, part_len)));
}

CK_RV
C_VerifyFinal(CK_SESSION_HANDLE session, unsigned char *signature,
              unsigned long signature_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, verifying_finish(
                                     call.session, beid_span_of(NULL, 0), false,
                                     beid_span_of(signature, signature_len)));
}

CK_RV
C_GenerateRandom(CK_SESSION_HANDLE session, unsigned char *random_data,
                 unsigned long random_len)
{
    struct call call;
    CK_RV rv = call_session(&call, session);
    return rv != CKR_OK
               ? rv
               : call_end(&call, random_fill(call.module, call.session->slot,
                                             random_data, random_len));
}

static CK_RV
size_of(struct module *module, const struct session *session,
        CK_OBJECT_HANDLE handle, CK_ULONG *out)
{
    struct object object = {0};
    if (out == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (data_owns(handle)) {
        return data_size(module, session, handle, out);
    }
    CK_RV rv = objects_get(module, session->slot, handle, &object);
    return rv == CKR_OK ? objects_size(module, session->slot, &object, out)
                        : rv;
}

CK_RV
C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                unsigned long *size)
{
    struct call call;
    CK_RV rv = call_card(&call, session);
    return rv != CKR_OK ? rv
                        : call_end(&call, size_of(call.module, call.session,
                                                  object, size));
}
