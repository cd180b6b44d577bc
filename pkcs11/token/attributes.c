/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/attributes.h"

#include "rv.h"

#include <limits.h>
#include <string.h>

/* Where the value of an attribute comes from. */
enum source {
    SOURCE_FALSE,
    SOURCE_TRUE,
    SOURCE_NUMBER, /* a CK_ULONG, the number beside it */
    SOURCE_EMPTY,
    SOURCE_FACT, /* of the certificate, which one is the number */
    SOURCE_RSA_FACT, /* likewise; the attribute exists for RSA only */
    SOURCE_EC_FACT,
    SOURCE_RSA_BITS, /* of the modulus; RSA only */
    SOURCE_SENSITIVE, /* exists, never told */
    SOURCE_CATEGORY,
    SOURCE_CLASS,
    SOURCE_LABEL,
    SOURCE_ID,
    SOURCE_VALUE, /* the whole certificate */
    SOURCE_KEY_TYPE,
    SOURCE_LOCAL, /* was the key made on the card? */
    SOURCE_MECHANISM, /* that made the key, if it was */
    SOURCE_ALWAYS_AUTHENTICATE,
    SOURCE_ALLOWED, /* mechanisms; the citizen's keys only */
};

enum answer {
    ANSWER_VALUE,
    ANSWER_UNKNOWN, /* the object has no such attribute */
    ANSWER_SENSITIVE,
    ANSWER_LATER, /* the certificate must be read first */
};

struct row {
    CK_ATTRIBUTE_TYPE type;
    enum source source;
    CK_ULONG number;
};

#define RSA_BITS 2048UL
#define DOMAIN_UNSPECIFIED 0UL /* CK_SECURITY_DOMAIN_UNSPECIFIED */

/* PKCS#11 2.40 §4.4 and §4.5: every object has these. */
static const struct row all_rows[] = {
    {CKA_CLASS, SOURCE_CLASS, 0},
    {CKA_TOKEN, SOURCE_TRUE, 0},
    {CKA_MODIFIABLE, SOURCE_FALSE, 0},
    {CKA_COPYABLE, SOURCE_FALSE, 0},
    {CKA_DESTROYABLE, SOURCE_FALSE, 0},
    {CKA_LABEL, SOURCE_LABEL, 0},
    {CKA_ID, SOURCE_ID, 0},
    {CKA_SUBJECT, SOURCE_FACT, FACT_SUBJECT},
    {CKA_PUBLIC_KEY_INFO, SOURCE_FACT, FACT_SPKI},
};

/* §4.6 */
static const struct row certificate_rows[] = {
    {CKA_PRIVATE, SOURCE_FALSE, 0},
    {CKA_CERTIFICATE_TYPE, SOURCE_NUMBER, CKC_X_509},
    {CKA_CERTIFICATE_CATEGORY, SOURCE_CATEGORY, 0},
    {CKA_TRUSTED, SOURCE_FALSE, 0},
    {CKA_CHECK_VALUE, SOURCE_FACT, FACT_CHECK_VALUE},
    {CKA_START_DATE, SOURCE_FACT, FACT_START},
    {CKA_END_DATE, SOURCE_FACT, FACT_END},
    {CKA_ISSUER, SOURCE_FACT, FACT_ISSUER},
    {CKA_SERIAL_NUMBER, SOURCE_FACT, FACT_SERIAL},
    {CKA_VALUE, SOURCE_VALUE, 0},
    {CKA_URL, SOURCE_EMPTY, 0},
    {CKA_HASH_OF_SUBJECT_PUBLIC_KEY, SOURCE_EMPTY, 0},
    {CKA_HASH_OF_ISSUER_PUBLIC_KEY, SOURCE_EMPTY, 0},
    {CKA_NAME_HASH_ALGORITHM, SOURCE_NUMBER, CKM_SHA_1},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, SOURCE_NUMBER, DOMAIN_UNSPECIFIED},
};

/* §4.7, and §2.1.2 and §2.3.3 of the mechanisms */
static const struct row key_rows[] = {
    {CKA_KEY_TYPE, SOURCE_KEY_TYPE, 0},
    {CKA_START_DATE, SOURCE_EMPTY, 0},
    {CKA_END_DATE, SOURCE_EMPTY, 0},
    {CKA_DERIVE, SOURCE_FALSE, 0},
    {CKA_LOCAL, SOURCE_LOCAL, 0},
    {CKA_KEY_GEN_MECHANISM, SOURCE_MECHANISM, 0},
    {CKA_MODULUS, SOURCE_RSA_FACT, FACT_MODULUS},
    {CKA_PUBLIC_EXPONENT, SOURCE_RSA_FACT, FACT_EXPONENT},
    {CKA_EC_PARAMS, SOURCE_EC_FACT, FACT_EC_PARAMS},
    {CKA_ALLOWED_MECHANISMS, SOURCE_ALLOWED, 0},
};

static const struct row public_rows[] = {
    {CKA_PRIVATE, SOURCE_FALSE, 0},
    {CKA_ENCRYPT, SOURCE_FALSE, 0},
    {CKA_VERIFY, SOURCE_TRUE, 0},
    {CKA_VERIFY_RECOVER, SOURCE_FALSE, 0},
    {CKA_WRAP, SOURCE_FALSE, 0},
    {CKA_TRUSTED, SOURCE_FALSE, 0},
    {CKA_MODULUS_BITS, SOURCE_RSA_BITS, 0},
    {CKA_EC_POINT, SOURCE_EC_FACT, FACT_EC_POINT},
};

static const struct row private_rows[] = {
    {CKA_PRIVATE, SOURCE_TRUE, 0},
    {CKA_SENSITIVE, SOURCE_TRUE, 0},
    {CKA_ALWAYS_SENSITIVE, SOURCE_TRUE, 0},
    {CKA_EXTRACTABLE, SOURCE_FALSE, 0},
    {CKA_NEVER_EXTRACTABLE, SOURCE_TRUE, 0},
    {CKA_DECRYPT, SOURCE_FALSE, 0},
    {CKA_SIGN, SOURCE_TRUE, 0},
    {CKA_SIGN_RECOVER, SOURCE_FALSE, 0},
    {CKA_UNWRAP, SOURCE_FALSE, 0},
    {CKA_WRAP_WITH_TRUSTED, SOURCE_FALSE, 0},
    {CKA_ALWAYS_AUTHENTICATE, SOURCE_ALWAYS_AUTHENTICATE, 0},
    /* libp11 reads the point of a private key as well. */
    {CKA_EC_POINT, SOURCE_EC_FACT, FACT_EC_POINT},
    {CKA_VALUE, SOURCE_SENSITIVE, 0},
    {CKA_PRIVATE_EXPONENT, SOURCE_SENSITIVE, 0},
    {CKA_PRIME_1, SOURCE_SENSITIVE, 0},
    {CKA_PRIME_2, SOURCE_SENSITIVE, 0},
    {CKA_EXPONENT_1, SOURCE_SENSITIVE, 0},
    {CKA_EXPONENT_2, SOURCE_SENSITIVE, 0},
    {CKA_COEFFICIENT, SOURCE_SENSITIVE, 0},
};

struct table {
    const struct row *rows;
    size_t count;
};

#define TABLE(rows) ((struct table){(rows), sizeof(rows) / sizeof *(rows)})

static const struct row *
find_in(struct table table, CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < table.count; i++) {
        if (table.rows[i].type == type) {
            return &table.rows[i];
        }
    }
    return NULL;
}

static const struct row *
find_row(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
    const struct row *row = find_in(TABLE(all_rows), type);
    if (row != NULL) {
        return row;
    }
    if (object->class == CKO_CERTIFICATE) {
        return find_in(TABLE(certificate_rows), type);
    }
    row = find_in(TABLE(key_rows), type);
    if (row != NULL) {
        return row;
    }
    return object->class == CKO_PUBLIC_KEY ? find_in(TABLE(public_rows), type)
                                           : find_in(TABLE(private_rows), type);
}

/* A value: a borrowed run of bytes, or what is kept here. */
struct value {
    struct beid_span bytes;
    CK_ULONG number;
    CK_BBOOL boolean;
    CK_MECHANISM_TYPE list[MECHANISMS_KEY_MAX];
};

static enum answer
give_number(struct value *out, CK_ULONG number)
{
    out->number = number;
    out->bytes = beid_span_of(&out->number, sizeof out->number);
    return ANSWER_VALUE;
}

static enum answer
give_boolean(struct value *out, bool boolean)
{
    out->boolean = boolean ? CK_TRUE : CK_FALSE;
    out->bytes = beid_span_of(&out->boolean, sizeof out->boolean);
    return ANSWER_VALUE;
}

static enum answer
give_fact(const struct known_certificate *known, CK_ULONG fact,
          struct value *out)
{
    if (!known->whole) {
        return ANSWER_LATER;
    }
    out->bytes = beid_buf_span(&known->facts.field[fact]);
    return ANSWER_VALUE;
}

static enum answer
give_value(const struct known_certificate *known, struct value *out)
{
    if (!known->whole) {
        return ANSWER_LATER;
    }
    out->bytes = beid_buf_span(&known->bytes);
    return ANSWER_VALUE;
}

static enum answer
give_span(struct value *out, struct beid_span bytes)
{
    out->bytes = bytes;
    return ANSWER_VALUE;
}

/* A key of the citizen is of the applet's kind; of another one it must be
 * read first. */
static enum answer
is_rsa(const struct slot *slot, const struct object *object, bool *rsa)
{
    const struct known_certificate *known = &slot->known[object->index];
    if (object->credential->holder == HOLDER_CITIZEN) {
        *rsa = slot->card.applet == CARD_APPLET_17;
        return ANSWER_VALUE;
    }
    *rsa = known->facts.field[FACT_MODULUS].len > 0;
    return known->whole ? ANSWER_VALUE : ANSWER_LATER;
}

static enum answer
give_mechanisms(enum card_applet applet, struct value *out)
{
    size_t count = mechanisms_of_key(applet, out->list);
    out->bytes = beid_span_of(out->list, count * sizeof *out->list);
    return ANSWER_VALUE;
}

static CK_ULONG
bits_of(struct beid_span modulus)
{
    CK_ULONG bits = modulus.len * CHAR_BIT;
    for (unsigned top = 0x80; top > 0 && (modulus.ptr[0] & top) == 0;
         top >>= 1U) {
        bits--;
    }
    return bits;
}

static enum answer
give_by_kind(const struct slot *slot, const struct object *object, CK_ULONG rsa,
             CK_ULONG ec, struct value *out)
{
    bool is = false;
    enum answer answer = is_rsa(slot, object, &is);
    return answer == ANSWER_VALUE ? give_number(out, is ? rsa : ec) : answer;
}

/* A fact that keys of one kind have. */
static enum answer
give_key_fact(const struct slot *slot, const struct object *object, bool of_rsa,
              CK_ULONG fact, struct value *out)
{
    bool rsa = false;
    enum answer answer = is_rsa(slot, object, &rsa);
    if (answer == ANSWER_VALUE && rsa != of_rsa) {
        return ANSWER_UNKNOWN;
    }
    return answer == ANSWER_VALUE
               ? give_fact(&slot->known[object->index], fact, out)
               : answer;
}

static enum answer
give_bits(const struct slot *slot, const struct object *object,
          struct value *out)
{
    const struct known_certificate *known = &slot->known[object->index];
    bool rsa = false;
    enum answer answer = is_rsa(slot, object, &rsa);
    if (answer == ANSWER_VALUE && !rsa) {
        return ANSWER_UNKNOWN;
    }
    if (answer != ANSWER_VALUE
        || object->credential->holder == HOLDER_CITIZEN) {
        return answer == ANSWER_VALUE ? give_number(out, RSA_BITS) : answer;
    }
    return give_number(
        out, bits_of(beid_buf_span(&known->facts.field[FACT_MODULUS])));
}

/*
 * The id ties a certificate to its key pair. A CA's key has no private half
 * here, so its id is empty (the default of PKCS#11 2.40 §4.7): NSS would take
 * a certificate for the citizen's own whose id a public key has as well, and
 * browsers would offer it for logging in.
 */
static struct beid_span
id_of(const struct object *object)
{
    bool alone = object->credential->holder != HOLDER_CITIZEN
                 && object->class == CKO_PUBLIC_KEY;
    return beid_span_of(&object->credential->id, alone ? 0 : 1);
}

static enum answer
give_row(const struct module *module, const struct slot *slot,
         const struct object *object, const struct row *row, struct value *out)
{
    const struct known_certificate *known = &slot->known[object->index];
    bool citizen = object->credential->holder == HOLDER_CITIZEN;
    switch (row->source) {
    case SOURCE_FALSE:
        return give_boolean(out, false);
    case SOURCE_TRUE:
        return give_boolean(out, true);
    case SOURCE_ALWAYS_AUTHENTICATE:
        return give_boolean(
            out, objects_always_authenticate(module, object->credential));
    case SOURCE_NUMBER:
        return give_number(out, row->number);
    case SOURCE_CATEGORY:
        return give_number(out, (CK_ULONG)object->credential->holder);
    case SOURCE_CLASS:
        return give_number(out, object->class);
    case SOURCE_LOCAL:
        return give_boolean(out, citizen);
    case SOURCE_MECHANISM:
        return citizen ? give_by_kind(slot, object, CKM_RSA_PKCS_KEY_PAIR_GEN,
                                      CKM_EC_KEY_PAIR_GEN, out)
                       : give_number(out, CK_UNAVAILABLE_INFORMATION);
    case SOURCE_ALLOWED:
        return citizen ? give_mechanisms(slot->card.applet, out)
                       : ANSWER_UNKNOWN;
    case SOURCE_KEY_TYPE:
        return give_by_kind(slot, object, CKK_RSA, CKK_EC, out);
    case SOURCE_RSA_BITS:
        return give_bits(slot, object, out);
    case SOURCE_RSA_FACT:
        return give_key_fact(slot, object, true, row->number, out);
    case SOURCE_EC_FACT:
        return give_key_fact(slot, object, false, row->number, out);
    case SOURCE_EMPTY:
        return give_span(out, beid_span_of("", 0));
    case SOURCE_LABEL:
        return give_span(out, beid_span_str(object->credential->label));
    case SOURCE_ID:
        return give_span(out, id_of(object));
    case SOURCE_FACT:
        return give_fact(known, row->number, out);
    case SOURCE_VALUE:
        return give_value(known, out);
    case SOURCE_SENSITIVE:
        return ANSWER_SENSITIVE;
    }
    return ANSWER_UNKNOWN;
}

static enum answer
give(const struct module *module, const struct slot *slot,
     const struct object *object, CK_ATTRIBUTE_TYPE type, struct value *out)
{
    const struct row *row = find_row(object, type);
    return row == NULL ? ANSWER_UNKNOWN
                       : give_row(module, slot, object, row, out);
}

bool
attributes_match(const struct module *module, const struct slot *slot,
                 const struct object *object, const CK_ATTRIBUTE *wanted,
                 CK_ULONG count, bool *undecided)
{
    *undecided = false;
    for (CK_ULONG i = 0; i < count; i++) {
        struct value value = {0};
        enum answer answer = give(module, slot, object, wanted[i].type, &value);
        if (answer == ANSWER_LATER) {
            *undecided = true;
            continue;
        }
        if (answer != ANSWER_VALUE
            || !beid_span_same(
                value.bytes,
                beid_span_of(wanted[i].pValue, wanted[i].ulValueLen))) {
            return false;
        }
    }
    return true;
}

CK_RV
attributes_put(CK_ATTRIBUTE *asked, struct beid_span value)
{
    if (asked->pValue == NULL) {
        asked->ulValueLen = value.len;
        return CKR_OK;
    }
    if (asked->ulValueLen < value.len) {
        asked->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (value.len > 0) {
        memcpy(asked->pValue, value.ptr, value.len);
    }
    asked->ulValueLen = value.len;
    return CKR_OK;
}

static CK_RV
tell(const struct module *module, const struct slot *slot,
     const struct object *object, CK_ATTRIBUTE *asked)
{
    struct value value = {0};
    enum answer answer = give(module, slot, object, asked->type, &value);
    if (answer != ANSWER_VALUE) {
        asked->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return answer == ANSWER_SENSITIVE ? CKR_ATTRIBUTE_SENSITIVE
                                          : CKR_ATTRIBUTE_TYPE_INVALID;
    }
    return attributes_put(asked, value.bytes);
}

CK_RV
attributes_read(struct module *module, struct slot *slot,
                const struct object *object, CK_ATTRIBUTE *asked,
                CK_ULONG count)
{
    CK_RV first = CKR_OK;
    for (CK_ULONG i = 0; i < count; i++) {
        struct value value = {0};
        if (give(module, slot, object, asked[i].type, &value) == ANSWER_LATER) {
            enum beid_err err = objects_load(module, slot, object, true);
            if (err != BEID_OK) {
                return rv_of(err);
            }
        }
        CK_RV rv = tell(module, slot, object, &asked[i]);
        first = first == CKR_OK ? rv : first;
    }
    return first;
}
