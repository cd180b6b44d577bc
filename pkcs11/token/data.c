/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/data.h"

#include "card/identity_field.h"
#include "rv.h"
#include "token/attributes.h"
#include "token/files.h"
#include "token/objects.h"
#include "token/slots.h"

/* Far from the handles of the certificates and keys. */
#define HANDLE_FIRST 0x1001UL
#define COUNT ((size_t)FILES_COUNT + IDENTITY_FIELDS + ADDRESS_FIELDS)
#define WHOLE (-1) /* in place of a tag */

_Static_assert(COUNT == STATE_DATA_MAX, "room for all in a search");

/* A whole file, or one field of it. */
struct data {
    const char *label;
    const char *group; /* CKA_OBJECT_ID */
    enum files_index file;
    int tag;
};

/* Labels and groups are those of the other Belgian middleware, of which
 * clients know them; CHIP_RESPONSE is ours. */
static const struct data whole_files[FILES_COUNT] = {
    [FILES_IDENTITY] = {"DATA_FILE", "id", FILES_IDENTITY, WHOLE},
    [FILES_IDENTITY_SIGNATURE] = {"SIGN_DATA_FILE", "sign_data_file",
                                  FILES_IDENTITY_SIGNATURE, WHOLE},
    [FILES_ADDRESS] = {"ADDRESS_FILE", "address", FILES_ADDRESS, WHOLE},
    [FILES_ADDRESS_SIGNATURE] = {"SIGN_ADDRESS_FILE", "sign_address_file",
                                 FILES_ADDRESS_SIGNATURE, WHOLE},
    [FILES_PHOTO] = {"PHOTO_FILE", "photo", FILES_PHOTO, WHOLE},
    [FILES_BASIC_KEY] = {"BASIC_KEY_FILE", "basic_key_file", FILES_BASIC_KEY,
                         WHOLE},
    [FILES_CHIP] = {"CHIP_RESPONSE", "chip", FILES_CHIP, WHOLE},
};

static struct data
data_at(size_t i)
{
    if (i < FILES_COUNT) {
        return whole_files[i];
    }
    i -= FILES_COUNT;
    if (i < IDENTITY_FIELDS) {
        return (struct data){identity_fields[i].name, "id", FILES_IDENTITY,
                             identity_fields[i].tag};
    }
    i -= IDENTITY_FIELDS;
    return (struct data){address_fields[i].name, "address", FILES_ADDRESS,
                         address_fields[i].tag};
}

bool
data_owns(CK_OBJECT_HANDLE handle)
{
    return handle >= HANDLE_FIRST && handle - HANDLE_FIRST < COUNT;
}

static bool
listed(const struct module *module, const struct slot *slot,
       const struct data *data)
{
    return (module->options.objects & OPTION_OBJECT_DATA) != 0
           && (slot->card.applet == CARD_APPLET_18
               || (data->file != FILES_BASIC_KEY && data->file != FILES_CHIP));
}

/* The value, once the file was read; false: the file lacks the field. */
static bool
value_of(const struct slot *slot, const struct data *data,
         struct beid_span *out)
{
    const struct known_files *files = &slot->files;
    if (data->tag == WHOLE) {
        *out = beid_buf_span(&files->file[data->file].bytes);
        return true;
    }
    bool identity = data->file == FILES_IDENTITY;
    uint32_t present =
        identity ? files->identity.present : files->address.present;
    *out = identity ? files->identity.field[data->tag]
                    : files->address.field[data->tag];
    return (present & ((uint32_t)1 << (unsigned)data->tag)) != 0;
}

/* Every attribute but CKA_VALUE; false: data objects have no such attribute
 * (PKCS#11 2.40 §4.4 and §4.5). */
static bool
fixed_value(const struct data *data, CK_ATTRIBUTE_TYPE type,
            struct beid_span *out)
{
    static const CK_OBJECT_CLASS class = CKO_DATA;
    static const CK_BBOOL yes = CK_TRUE;
    static const CK_BBOOL no = CK_FALSE;
    switch (type) {
    case CKA_CLASS:
        *out = beid_span_of(&class, sizeof class);
        return true;
    case CKA_TOKEN:
        *out = beid_span_of(&yes, sizeof yes);
        return true;
    case CKA_PRIVATE:
    case CKA_MODIFIABLE:
    case CKA_COPYABLE:
    case CKA_DESTROYABLE:
        *out = beid_span_of(&no, sizeof no);
        return true;
    case CKA_LABEL:
        *out = beid_span_str(data->label);
        return true;
    case CKA_APPLICATION:
        *out = beid_span_str("BELPIC");
        return true;
    case CKA_OBJECT_ID:
        *out = beid_span_str(data->group);
        return true;
    default:
        return false;
    }
}

/* What can be told without the card: may the object be meant? */
static bool
fixed_match(const struct data *data, const CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        struct beid_span value = {0};
        if (wanted[i].type != CKA_VALUE
            && (!fixed_value(data, wanted[i].type, &value)
                || !beid_span_same(
                    value,
                    beid_span_of(wanted[i].pValue, wanted[i].ulValueLen)))) {
            return false;
        }
    }
    return true;
}

static const CK_ATTRIBUTE *
find_wanted(const CK_ATTRIBUTE *wanted, CK_ULONG count, CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (wanted[i].type == type) {
            return &wanted[i];
        }
    }
    return NULL;
}

/* Of what fits so far: is the field there, and is the value the wanted one?
 * Whole files are taken to be there, as they are on every card. */
static CK_RV
match(struct module *module, struct slot *slot, const struct data *data,
      const CK_ATTRIBUTE *wanted, CK_ULONG count, bool *matches)
{
    struct beid_span is = {0};
    const CK_ATTRIBUTE *value = find_wanted(wanted, count, CKA_VALUE);
    *matches = true;
    if (data->tag == WHOLE && value == NULL) {
        return CKR_OK;
    }
    if (data->file == FILES_CHIP) {
        *matches = false; /* nobody can know it beforehand */
        return CKR_OK;
    }
    enum beid_err err = files_load(module, slot, data->file);
    bool named = find_wanted(wanted, count, CKA_LABEL) != NULL;
    if (err != BEID_OK && err != BEID_ERR_NOT_FOUND
        && (named || !objects_damaged(err))) {
        return rv_of(err);
    }
    *matches = err == BEID_OK && value_of(slot, data, &is)
               && (value == NULL
                   || beid_span_same(
                       is, beid_span_of(value->pValue, value->ulValueLen)));
    return CKR_OK;
}

CK_RV
data_find(struct module *module, struct slot *slot, const CK_ATTRIBUTE *wanted,
          CK_ULONG count, struct search *search)
{
    for (size_t i = 0; i < COUNT; i++) {
        struct data data = data_at(i);
        bool matches = false;
        if (!listed(module, slot, &data)
            || !fixed_match(&data, wanted, count)) {
            continue;
        }
        CK_RV rv = match(module, slot, &data, wanted, count, &matches);
        if (rv != CKR_OK) {
            return rv;
        }
        if (matches) {
            search->found[search->count++] = HANDLE_FIRST + i;
        }
        if (matches && data.file == FILES_CHIP) {
            files_forget_chip(&slot->files); /* each search, a fresh one */
        }
    }
    return CKR_OK;
}

/* All asked attributes; value is that of CKA_VALUE. */
static CK_RV
tell_all(const struct data *data, struct beid_span value, CK_ATTRIBUTE *asked,
         CK_ULONG count)
{
    CK_RV first = CKR_OK;
    for (CK_ULONG i = 0; i < count; i++) {
        struct beid_span told = value;
        CK_RV rv = CKR_ATTRIBUTE_TYPE_INVALID;
        if (asked[i].type == CKA_VALUE
            || fixed_value(data, asked[i].type, &told)) {
            rv = attributes_put(&asked[i], told);
        } else {
            asked[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
        }
        first = first == CKR_OK ? rv : first;
    }
    return first;
}

CK_RV
data_size(struct module *module, const struct session *session,
          CK_OBJECT_HANDLE handle, CK_ULONG *out)
{
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    CK_RV rv = data_read(module, session, handle, &value, 1);
    if (rv == CKR_OK) {
        *out = value.ulValueLen;
    }
    return rv;
}

CK_RV
data_read(struct module *module, const struct session *session,
          CK_OBJECT_HANDLE handle, CK_ATTRIBUTE *asked, CK_ULONG count)
{
    struct slot *slot = session->slot;
    struct data data = data_at(handle - HANDLE_FIRST);
    struct beid_span value = {0};
    struct reader_state state = {0};
    enum beid_err err = slot_look(module, slot, &state);
    if (session->gone) {
        return CKR_DEVICE_REMOVED;
    }
    if (err != BEID_OK) {
        return rv_of(err);
    }
    if (!listed(module, slot, &data)) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    if (data.tag != WHOLE || find_wanted(asked, count, CKA_VALUE) != NULL) {
        err = files_load(module, slot, data.file);
        if (err == BEID_ERR_NOT_FOUND
            || (err == BEID_OK && !value_of(slot, &data, &value))) {
            return CKR_OBJECT_HANDLE_INVALID;
        }
        if (err != BEID_OK) {
            return rv_of(err);
        }
    }
    return tell_all(&data, value, asked, count);
}
