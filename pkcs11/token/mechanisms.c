/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/mechanisms.h"

#include "rv.h"

#define RSA_KEY_BITS 2048UL
#define EC_KEY_BITS 384UL
#define EC_INPUT_MAX 64U /* the longest hash */
#define NO_HASH CK_UNAVAILABLE_INFORMATION

enum scheme {
    SCHEME_PKCS1,
    SCHEME_PSS,
    SCHEME_ECDSA,
    SCHEME_DIGEST,
};

struct mechanism {
    CK_MECHANISM_TYPE type;
    enum scheme scheme;
    CK_MECHANISM_TYPE hash; /* made here, or NO_HASH */
};

static const struct mechanism mechanisms[] = {
    {CKM_RSA_PKCS, SCHEME_PKCS1, NO_HASH},
    {CKM_SHA1_RSA_PKCS, SCHEME_PKCS1, CKM_SHA_1},
    {CKM_SHA224_RSA_PKCS, SCHEME_PKCS1, CKM_SHA224},
    {CKM_SHA256_RSA_PKCS, SCHEME_PKCS1, CKM_SHA256},
    {CKM_SHA384_RSA_PKCS, SCHEME_PKCS1, CKM_SHA384},
    {CKM_SHA512_RSA_PKCS, SCHEME_PKCS1, CKM_SHA512},
    {CKM_RSA_PKCS_PSS, SCHEME_PSS, NO_HASH},
    {CKM_SHA1_RSA_PKCS_PSS, SCHEME_PSS, CKM_SHA_1},
    {CKM_SHA256_RSA_PKCS_PSS, SCHEME_PSS, CKM_SHA256},
    {CKM_ECDSA, SCHEME_ECDSA, NO_HASH},
    {CKM_ECDSA_SHA1, SCHEME_ECDSA, CKM_SHA_1},
    {CKM_ECDSA_SHA224, SCHEME_ECDSA, CKM_SHA224},
    {CKM_ECDSA_SHA256, SCHEME_ECDSA, CKM_SHA256},
    {CKM_ECDSA_SHA384, SCHEME_ECDSA, CKM_SHA384},
    {CKM_ECDSA_SHA512, SCHEME_ECDSA, CKM_SHA512},
    {CKM_SHA_1, SCHEME_DIGEST, CKM_SHA_1},
    {CKM_SHA224, SCHEME_DIGEST, CKM_SHA224},
    {CKM_SHA256, SCHEME_DIGEST, CKM_SHA256},
    {CKM_SHA384, SCHEME_DIGEST, CKM_SHA384},
    {CKM_SHA512, SCHEME_DIGEST, CKM_SHA512},
};

#define COUNT (sizeof mechanisms / sizeof *mechanisms)

/* The two forms of PSS that applet 1.7 knows: salt as long as the hash, and
 * the same hash in the mask (facts §4.2). */
struct pss {
    CK_MECHANISM_TYPE hash;
    CK_RSA_PKCS_MGF_TYPE mask;
    enum sign_algorithm algorithm;
};

static const struct pss pss_forms[] = {
    {CKM_SHA_1, CKG_MGF1_SHA1, SIGN_PSS_SHA1},
    {CKM_SHA256, CKG_MGF1_SHA256, SIGN_PSS_SHA256},
};

static bool
has(enum card_applet applet, const struct mechanism *mechanism)
{
    switch (mechanism->scheme) {
    case SCHEME_PKCS1:
    case SCHEME_PSS:
        return applet == CARD_APPLET_17;
    case SCHEME_ECDSA:
        return applet == CARD_APPLET_18;
    case SCHEME_DIGEST:
        return true;
    }
    return false;
}

static const struct mechanism *
find(enum card_applet applet, CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (mechanisms[i].type == type && has(applet, &mechanisms[i])) {
            return &mechanisms[i];
        }
    }
    return NULL;
}

/* The parameter names the form; a hash of the mechanism's own must be it. */
static CK_RV
read_pss(const struct mechanism *mechanism, const CK_MECHANISM *given,
         struct method *out)
{
    const CK_RSA_PKCS_PSS_PARAMS *params = given->pParameter;
    if (params == NULL || given->ulParameterLen != sizeof *params) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    for (size_t i = 0; i < sizeof pss_forms / sizeof *pss_forms; i++) {
        const struct pss *form = &pss_forms[i];
        const struct hash *hash = hashes_get(form->hash);
        if (params->hashAlg == form->hash && params->mgf == form->mask
            && params->sLen == hash->len
            && (mechanism->hash == NO_HASH || mechanism->hash == form->hash)) {
            out->algorithm = form->algorithm;
            out->pss = hash;
            return CKR_OK;
        }
    }
    return CKR_MECHANISM_PARAM_INVALID;
}

CK_RV
mechanisms_method(enum card_applet applet, const CK_MECHANISM *mechanism,
                  struct method *out)
{
    const struct mechanism *found = find(applet, mechanism->mechanism);
    if (found == NULL || found->scheme == SCHEME_DIGEST) {
        return CKR_MECHANISM_INVALID;
    }
    *out = (struct method){
        .type = found->type,
        .algorithm = found->scheme == SCHEME_ECDSA ? SIGN_ECDSA : SIGN_PKCS1,
        .hash = hashes_get(found->hash),
    };
    if (found->scheme == SCHEME_PSS) {
        return read_pss(found, mechanism, out);
    }
    return mechanism->ulParameterLen == 0 ? CKR_OK
                                          : CKR_MECHANISM_PARAM_INVALID;
}

size_t
mechanisms_input_max(const struct method *method)
{
    if (method->pss != NULL) {
        return method->pss->len;
    }
    return method->algorithm == SIGN_ECDSA ? EC_INPUT_MAX : SIGN_RSA_INPUT_MAX;
}

CK_RV
mechanisms_list(enum card_applet applet, CK_MECHANISM_TYPE *out,
                CK_ULONG *count)
{
    CK_ULONG found = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (!has(applet, &mechanisms[i])) {
            continue;
        }
        if (out != NULL && found < *count) {
            out[found] = mechanisms[i].type;
        }
        found++;
    }
    bool small = out != NULL && *count < found;
    *count = found;
    return small ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV
mechanisms_info(enum card_applet applet, CK_MECHANISM_TYPE type,
                CK_MECHANISM_INFO *out)
{
    const struct mechanism *mechanism = find(applet, type);
    if (mechanism == NULL) {
        return CKR_MECHANISM_INVALID;
    }
    if (mechanism->scheme == SCHEME_DIGEST) {
        *out = (CK_MECHANISM_INFO){.flags = CKF_DIGEST};
        return CKR_OK;
    }
    bool rsa = mechanism->scheme != SCHEME_ECDSA;
    CK_ULONG bits = rsa ? RSA_KEY_BITS : EC_KEY_BITS;
    *out = (CK_MECHANISM_INFO){
        .ulMinKeySize = bits,
        .ulMaxKeySize = bits,
        .flags =
            CKF_HW | CKF_SIGN | CKF_VERIFY
            | (rsa ? 0UL : CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS),
    };
    return CKR_OK;
}

size_t
mechanisms_of_key(enum card_applet applet,
                  CK_MECHANISM_TYPE out[MECHANISMS_KEY_MAX])
{
    size_t found = 0;
    for (size_t i = 0; i < COUNT && found < MECHANISMS_KEY_MAX; i++) {
        if (has(applet, &mechanisms[i])
            && mechanisms[i].scheme != SCHEME_DIGEST) {
            out[found++] = mechanisms[i].type;
        }
    }
    return found;
}

static void
frame_pkcs1(const struct method *method, struct beid_span input,
            struct beid_buf *out)
{
    if (method->hash != NULL) {
        beid_buf_put(
            out, beid_span_of(method->hash->prefix, method->hash->prefix_len));
    }
    beid_buf_put(out, input);
}

static void
frame_ecdsa(struct beid_span input, struct beid_buf *out)
{
    size_t len = input.len < SIGN_EC_INPUT_LEN ? input.len : SIGN_EC_INPUT_LEN;
    (void)beid_buf_extend(out, SIGN_EC_INPUT_LEN - len);
    beid_buf_put(out, beid_span_of(input.ptr, len));
}

CK_RV
mechanisms_frame(const struct method *method, struct beid_span input,
                 struct beid_buf *out)
{
    if (input.len == 0
        || (method->pss != NULL && input.len != method->pss->len)) {
        return CKR_DATA_LEN_RANGE;
    }
    if (method->algorithm == SIGN_ECDSA) {
        frame_ecdsa(input, out);
    } else if (method->pss != NULL) {
        beid_buf_put(out, input);
    } else {
        frame_pkcs1(method, input, out);
    }
    return rv_of(beid_buf_status(out));
}

size_t
mechanisms_signature_len(const struct method *method)
{
    return method->algorithm == SIGN_ECDSA ? SIGN_EC_LEN : SIGN_RSA_LEN;
}
