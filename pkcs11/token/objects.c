/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/objects.h"

#include "rv.h"
#include "token/attributes.h"
#include "token/data.h"
#include "token/slots.h"

#define PER_CREDENTIAL 3U
#define RSA_BYTES 256U /* the modulus of applet 1.7 (facts §4.1) */

static const struct credential credentials[STATE_CERTIFICATES] = {
    {
        .label = "Authentication",
        .id = 0x02,
        .holder = HOLDER_CITIZEN,
        .option = OPTION_OBJECT_AUTH,
        .file = CERTIFICATE_AUTHENTICATION,
        .key = SIGN_KEY_AUTHENTICATION,
    },
    {
        .label = "Signature",
        .id = 0x03,
        .holder = HOLDER_CITIZEN,
        .option = OPTION_OBJECT_SIGN,
        .file = CERTIFICATE_SIGNATURE,
        .key = SIGN_KEY_SIGNATURE,
    },
    {
        .label = "CA",
        .id = 0x04,
        .holder = HOLDER_AUTHORITY,
        .option = OPTION_OBJECT_CA,
        .file = CERTIFICATE_CA,
    },
    {
        .label = "Root",
        .id = 0x06,
        .holder = HOLDER_AUTHORITY,
        .option = OPTION_OBJECT_ROOT,
        .file = CERTIFICATE_ROOT,
    },
    {
        /* Not in PKCS#15 of the card; the number of its file (facts §2.1). */
        .label = "RRN",
        .id = 0x08,
        .holder = HOLDER_REGISTER,
        .option = OPTION_OBJECT_RRN,
        .file = CERTIFICATE_RRN,
    },
};

static const CK_OBJECT_CLASS classes[PER_CREDENTIAL] = {
    CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY};

void
objects_init_known(struct slot *slot)
{
    for (size_t i = 0; i < STATE_CERTIFICATES; i++) {
        struct known_certificate *known = &slot->known[i];
        *known = (struct known_certificate){0};
        beid_buf_init(&known->bytes, CERTIFICATE_MAX);
        facts_init(&known->facts);
    }
}

static void
forget(struct known_certificate *known)
{
    beid_buf_clear(&known->bytes);
    facts_clear(&known->facts);
    known->asked = false;
    known->absent = false;
    known->whole = false;
}

void
objects_clear_known(struct slot *slot, bool all)
{
    for (size_t i = 0; i < STATE_CERTIFICATES; i++) {
        if (all || !slot->known[i].whole) {
            forget(&slot->known[i]);
        }
    }
}

/* What the card is known to lack does not show. A private key does after login;
 * with transaction=sign there is none. Of others than the citizen there is none
 * at all. */
static bool
visible(const struct module *module, const struct slot *slot,
        const struct object *object)
{
    const struct credential *credential = object->credential;
    if ((module->options.objects & (unsigned)credential->option) == 0
        || slot->known[object->index].absent) {
        return false;
    }
    if (object->class != CKO_PRIVATE_KEY) {
        return true;
    }
    return credential->holder == HOLDER_CITIZEN
           && (slot->logged_in || module->options.transaction_sign);
}

bool
objects_always_authenticate(const struct module *module,
                            const struct credential *credential)
{
    return module->options.transaction_sign
           || credential->key == SIGN_KEY_SIGNATURE;
}

static struct object
object_at(size_t i)
{
    return (struct object){
        .handle = i + 1,
        .class = classes[i % PER_CREDENTIAL],
        .credential = &credentials[i / PER_CREDENTIAL],
        .index = i / PER_CREDENTIAL,
    };
}

CK_RV
objects_get(const struct module *module, const struct slot *slot,
            CK_OBJECT_HANDLE handle, struct object *out)
{
    if (handle == 0 || handle > STATE_OBJECTS_MAX) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    struct object object = object_at(handle - 1);
    if (!visible(module, slot, &object)) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    *out = object;
    return CKR_OK;
}

/* The certificate decides what the key is; the applet what it can be. */
static bool
key_fits(const struct slot *slot, const struct facts *facts)
{
    return slot->card.applet == CARD_APPLET_17
               ? facts->field[FACT_MODULUS].len == RSA_BYTES
               : facts->field[FACT_EC_POINT].len > 0;
}

static enum beid_err
parse_known(const struct slot *slot, const struct credential *credential,
            struct known_certificate *known)
{
    enum beid_err err =
        facts_parse(beid_buf_span(&known->bytes), &known->facts);
    if (err != BEID_OK) {
        forget(known);
        return err;
    }
    if (credential->holder == HOLDER_CITIZEN
        && !key_fits(slot, &known->facts)) {
        facts_clear(&known->facts);
        known->absent = true;
        return BEID_ERR_NO_CERTIFICATE;
    }
    known->whole = true;
    return BEID_OK;
}

/* Reads inside a transaction what lacks. */
static enum beid_err
read_known(const struct slot *slot, struct known_certificate *known,
           enum certificate_file file, bool whole)
{
    enum beid_err err = BEID_OK;
    bool select = known->asked;
    if (!known->asked) {
        beid_buf_clear(&known->bytes);
        err = certificate_head(&slot->card, file, &known->bytes);
        known->absent = err == BEID_ERR_NO_CERTIFICATE;
        known->asked = err == BEID_OK || known->absent;
    }
    if (err == BEID_OK && whole) {
        err = certificate_rest(&slot->card, file, select, &known->bytes);
    }
    if (err != BEID_OK) {
        beid_buf_clear(&known->bytes);
        known->asked = known->absent;
    }
    return err;
}

enum beid_err
objects_load(struct module *module, struct slot *slot,
             const struct object *object, bool whole)
{
    struct known_certificate *known = &slot->known[object->index];
    if (known->absent) {
        return BEID_ERR_NO_CERTIFICATE;
    }
    if (known->whole || (known->asked && !whole)) {
        return BEID_OK;
    }
    enum beid_err err = slot_begin(module, slot);
    if (err != BEID_OK) {
        return err;
    }
    err = read_known(slot, known, object->credential->file, whole);
    err = slot_end(module, slot, false, err);
    return err == BEID_OK && whole
               ? parse_known(slot, object->credential, known)
               : err;
}

enum beid_err
objects_settle(const struct module *module, struct slot *slot)
{
    const struct credential *first = &credentials[0];
    struct known_certificate *known = &slot->known[0];
    if (!known->asked
        && (module->options.objects & (unsigned)first->option) != 0
        && read_known(slot, known, first->file, false) == BEID_OK) {
        return BEID_OK;
    }
    return sign_settle(&slot->card);
}

CK_RV
objects_size(struct module *module, struct slot *slot,
             const struct object *object, CK_ULONG *out)
{
    const struct known_certificate *known = &slot->known[object->index];
    if (object->class == CKO_PRIVATE_KEY) {
        return CKR_INFORMATION_SENSITIVE;
    }
    enum beid_err err = objects_load(module, slot, object, true);
    if (err != BEID_OK) {
        return rv_of(err);
    }
    *out = object->class == CKO_CERTIFICATE ? known->bytes.len
                                            : known->facts.field[FACT_SPKI].len;
    return CKR_OK;
}

/* Is only one certificate listed at all, as for the agent? */
static bool
lists_one(const struct module *module)
{
    size_t listed = 0;
    for (size_t i = 0; i < STATE_CERTIFICATES; i++) {
        unsigned option = (unsigned)credentials[i].option;
        listed += (module->options.objects & option) != 0 ? 1 : 0;
    }
    return listed == 1;
}

/* Does a search name one certificate, or can it mean no other? Whoever makes
 * such a search, reads it next. */
static bool
names_one(const struct module *module, const CK_ATTRIBUTE *wanted,
          CK_ULONG count)
{
    if (lists_one(module)) {
        return true;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        if (wanted[i].type == CKA_ID || wanted[i].type == CKA_LABEL) {
            return true;
        }
    }
    return false;
}

bool
objects_damaged(enum beid_err err)
{
    return err == BEID_ERR_FORMAT || err == BEID_ERR_LIMIT
           || err == BEID_ERR_CARD;
}

/* A key that is neither RSA nor on P-384 can only be somebody else's. */
static bool
has_key(const struct known_certificate *known)
{
    return known->facts.field[FACT_MODULUS].len > 0
           || known->facts.field[FACT_EC_POINT].len > 0;
}

/* How much of the certificate decides whether the object is there, apart from
 * the wanted attributes. */
static bool
needs_whole(const struct module *module, const struct object *object,
            const CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    switch (object->class) {
    case CKO_CERTIFICATE:
        return names_one(module, wanted, count);
    case CKO_PUBLIC_KEY:
        return object->credential->holder != HOLDER_CITIZEN;
    default:
        return false;
    }
}

/* A file that holds no certificate, if it is not one of the citizen's, must
 * not keep a client from those: it counts as absent. */
static enum beid_err
overlook(const struct object *object, struct known_certificate *known,
         enum beid_err err)
{
    if (object->credential->holder == HOLDER_CITIZEN
        || (err != BEID_ERR_FORMAT && err != BEID_ERR_LIMIT)) {
        return err;
    }
    known->absent = true;
    return BEID_ERR_NO_CERTIFICATE;
}

/*
 * Does the object match? Reads as little as decides: nothing when the fixed
 * attributes differ, else the first block, which tells that it exists. The
 * certificate that a search names is read whole at once, which saves a SELECT.
 */
static CK_RV
match(struct module *module, struct slot *slot, const struct object *object,
      const CK_ATTRIBUTE *wanted, CK_ULONG count, bool *matches)
{
    struct known_certificate *known = &slot->known[object->index];
    bool undecided = false;
    *matches =
        attributes_match(module, slot, object, wanted, count, &undecided);
    if (!*matches) {
        return CKR_OK;
    }
    bool whole = undecided || needs_whole(module, object, wanted, count);
    enum beid_err err =
        overlook(object, known, objects_load(module, slot, object, whole));
    if (err == BEID_ERR_NO_CERTIFICATE
        || (known->whole && object->class != CKO_CERTIFICATE
            && !has_key(known))) {
        *matches = false;
        return CKR_OK;
    }
    if (objects_damaged(err) && !names_one(module, wanted, count)) {
        *matches = false; /* the others are to be had all the same */
        return CKR_OK;
    }
    if (err != BEID_OK) {
        return rv_of(err);
    }
    if (undecided && known->whole) {
        *matches =
            attributes_match(module, slot, object, wanted, count, &undecided);
    }
    return CKR_OK;
}

static CK_RV
check_template(const CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (wanted[i].pValue == NULL && wanted[i].ulValueLen > 0) {
            return CKR_ATTRIBUTE_VALUE_INVALID;
        }
    }
    return CKR_OK;
}

CK_RV
objects_find(struct module *module, struct session *session,
             const CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    struct slot *slot = session->slot;
    struct search search = {.active = true};
    struct reader_state state = {0};
    if (session->search.active) {
        return CKR_OPERATION_ACTIVE;
    }
    CK_RV checked = check_template(wanted, count);
    if (checked != CKR_OK) {
        return checked;
    }
    enum beid_err err = slot_look(module, slot, &state);
    if (session->gone) {
        return CKR_DEVICE_REMOVED;
    }
    if (err != BEID_OK) {
        return rv_of(err);
    }
    for (size_t i = 0; i < STATE_OBJECTS_MAX; i++) {
        struct object object = object_at(i);
        bool matches = false;
        if (!visible(module, slot, &object)) {
            continue;
        }
        CK_RV rv = match(module, slot, &object, wanted, count, &matches);
        if (rv != CKR_OK) {
            return rv;
        }
        if (matches) {
            search.found[search.count++] = object.handle;
        }
    }
    CK_RV rv = data_find(module, slot, wanted, count, &search);
    if (rv == CKR_OK) {
        session->search = search;
    }
    return rv;
}

CK_RV
objects_next(struct session *session, CK_OBJECT_HANDLE *out, CK_ULONG max,
             CK_ULONG *count)
{
    struct search *search = &session->search;
    if (!search->active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    *count = 0;
    while (*count < max && search->next < search->count) {
        out[(*count)++] = search->found[search->next++];
    }
    return CKR_OK;
}

CK_RV
objects_find_end(struct session *session)
{
    if (!session->search.active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    session->search.active = false;
    return CKR_OK;
}
