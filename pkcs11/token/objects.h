/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BEID_TOKEN_OBJECTS_H
#define BEID_TOKEN_OBJECTS_H

#include "card/certificate.h"
#include "card/sign.h"
#include "token/options.h"
#include "token/state.h"

#include <beid/err.h>

#include <p11-kit/pkcs11.h>

/* Whose certificate it is; the numbers are those of CKA_CERTIFICATE_CATEGORY
 * (PKCS#11 2.40 §4.6.2). */
enum holder {
    HOLDER_CITIZEN = 1, /* who has the private key on the card */
    HOLDER_AUTHORITY = 2,
    HOLDER_REGISTER = 3, /* another end entity */
};

/* A certificate on the card; the citizen's come with their key pair. */
struct credential {
    const char *label; /* also of the keys */
    uint8_t id; /* CKA_ID, as PKCS#15 on the card has it */
    enum holder holder;
    enum option_object option;
    enum certificate_file file;
    enum sign_key key; /* of the citizen's key pair */
};

/* One of the objects of a credential: certificate, public key, and private
 * key if it is on the card. */
struct object {
    CK_OBJECT_HANDLE handle; /* the same in every session of every slot */
    CK_OBJECT_CLASS class;
    const struct credential *credential;
    size_t index; /* of the credential, and of struct slot's known[] */
};

/* Nothing is known of the certificates of a new slot. */
void objects_init_known(struct slot *slot);

/* Forgets what is known of a chip's certificates; without all, only what was
 * not read whole. */
void objects_clear_known(struct slot *slot, bool all);

/*
 * The object behind a handle. CKR_OBJECT_HANDLE_INVALID when there is none, it
 * is not listed, or a login is needed to see it.
 */
CK_RV objects_get(const struct module *module, const struct slot *slot,
                  CK_OBJECT_HANDLE handle, struct object *out);

/* Does each signature with the credential's key take a context login? */
bool objects_always_authenticate(const struct module *module,
                                 const struct credential *credential);

/*
 * Reads the certificate of an object, unless it is known already: its first
 * block, or with whole all of it. BEID_ERR_NO_CERTIFICATE when the card has
 * none, or one whose key is not of the applet's kind.
 */
enum beid_err objects_load(struct module *module, struct slot *slot,
                           const struct object *object,
                           bool whole) BEID_NODISCARD;

/*
 * After VERIFY, inside its transaction: what sign_settle() does, by commands
 * that whoever looks for the private keys next would have to send as well. They
 * read the first block of the authentication certificate, unless it is known.
 */
enum beid_err objects_settle(const struct module *module,
                             struct slot *slot) BEID_NODISCARD;

/* C_GetObjectSize: of a certificate or public key its DER; a private key tells
 * nothing of itself. */
CK_RV objects_size(struct module *module, struct slot *slot,
                   const struct object *object, CK_ULONG *out);

/* Is something wrong with the one file that was read, rather than with the
 * card? A search passes over it, unless it names it. */
bool objects_damaged(enum beid_err err);

/* C_FindObjectsInit, C_FindObjects and C_FindObjectsFinal. */
CK_RV objects_find(struct module *module, struct session *session,
                   const CK_ATTRIBUTE *wanted, CK_ULONG count);
CK_RV objects_next(struct session *session, CK_OBJECT_HANDLE *out, CK_ULONG max,
                   CK_ULONG *count);
CK_RV objects_find_end(struct session *session);

#endif
