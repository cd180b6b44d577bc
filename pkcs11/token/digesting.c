/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/digesting.h"

#include "token/objects.h"

#include <string.h>

void
digesting_forget(struct session *session)
{
    message_clear(&session->digesting.message);
    session->digesting = (struct digesting){0};
}

static CK_RV
end_with(struct session *session, CK_RV rv)
{
    digesting_forget(session);
    return rv;
}

CK_RV
digesting_begin(struct session *session, const CK_MECHANISM *mechanism)
{
    if (mechanism == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (session->digesting.active) {
        return CKR_OPERATION_ACTIVE;
    }
    const struct hash *hash = hashes_get(mechanism->mechanism);
    if (hash == NULL) {
        return CKR_MECHANISM_INVALID;
    }
    if (mechanism->ulParameterLen != 0) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    session->digesting = (struct digesting){.active = true, .hash = hash};
    CK_RV rv = message_begin(&session->digesting.message, hash, 0);
    return rv == CKR_OK ? rv : end_with(session, rv);
}

CK_RV
digesting_update(struct session *session, struct beid_span part)
{
    struct digesting *digesting = &session->digesting;
    if (!digesting->active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    digesting->parts = true;
    CK_RV rv = part.ptr == NULL && part.len > 0
                   ? CKR_ARGUMENTS_BAD
                   : message_add(&digesting->message, part);
    return rv == CKR_OK ? rv : end_with(session, rv);
}

CK_RV
digesting_key(const struct module *module, const struct session *session,
              CK_OBJECT_HANDLE key)
{
    struct object object = {0};
    if (!session->digesting.active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    return objects_get(module, session->slot, key, &object) == CKR_OK
                   && (object.class == CKO_PUBLIC_KEY
                       || object.class == CKO_PRIVATE_KEY)
               ? CKR_KEY_INDIGESTIBLE
               : CKR_KEY_HANDLE_INVALID;
}

CK_RV
digesting_finish(struct session *session, struct beid_span last, bool one_part,
                 CK_BYTE *out, CK_ULONG *len)
{
    struct digesting *digesting = &session->digesting;
    struct beid_span hash = {0};
    if (!digesting->active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (len == NULL || (last.ptr == NULL && last.len > 0)) {
        return end_with(session, CKR_ARGUMENTS_BAD);
    }
    if (one_part && digesting->parts) {
        return end_with(session, CKR_OPERATION_ACTIVE);
    }
    size_t size = digesting->hash->len;
    if (out == NULL || *len < size) {
        *len = size;
        return out == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    }
    CK_RV rv = one_part ? message_add(&digesting->message, last) : CKR_OK;
    if (rv == CKR_OK) {
        rv = message_end(&digesting->message, &hash);
    }
    if (rv == CKR_OK && hash.len == size) {
        memcpy(out, hash.ptr, size);
        *len = size;
    }
    return end_with(session, rv);
}
