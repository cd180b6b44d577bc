/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/mechanisms.h"

#include "card/sign.h"

#include <openssl/evp.h>

#define RSA_KEY_BITS 2048UL
#define EC_KEY_BITS 384UL
#define EC_INPUT_MAX 64U /* the longest hash */

static const struct mechanism mechanisms[] = {
    {CKM_RSA_PKCS, CARD_APPLET_17, NULL, SIGN_RSA_INPUT_MAX},
    {CKM_SHA256_RSA_PKCS, CARD_APPLET_17, EVP_sha256, 0},
    {CKM_ECDSA, CARD_APPLET_18, NULL, EC_INPUT_MAX},
    {CKM_ECDSA_SHA384, CARD_APPLET_18, EVP_sha384, 0},
};

#define COUNT (sizeof mechanisms / sizeof *mechanisms)

/* DigestInfo of SHA-256 up to the hash itself (RFC 8017 §9.2, note 1). */
static const uint8_t sha256_prefix[] = {
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

const struct mechanism *
mechanisms_get(enum card_applet applet, CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (mechanisms[i].type == type && mechanisms[i].applet == applet) {
            return &mechanisms[i];
        }
    }
    return NULL;
}

CK_RV
mechanisms_list(enum card_applet applet, CK_MECHANISM_TYPE *out,
                CK_ULONG *count)
{
    CK_ULONG found = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (mechanisms[i].applet != applet) {
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
    const struct mechanism *mechanism = mechanisms_get(applet, type);
    if (mechanism == NULL) {
        return CKR_MECHANISM_INVALID;
    }
    bool rsa = applet == CARD_APPLET_17;
    CK_ULONG bits = rsa ? RSA_KEY_BITS : EC_KEY_BITS;
    *out = (CK_MECHANISM_INFO){
        .ulMinKeySize = bits,
        .ulMaxKeySize = bits,
        .flags =
            CKF_HW | CKF_SIGN
            | (rsa ? 0UL : CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS),
    };
    return CKR_OK;
}

void
mechanisms_frame(const struct mechanism *mechanism, struct beid_span input,
                 struct beid_buf *out)
{
    if (mechanism->applet == CARD_APPLET_17) {
        if (mechanism->hash != NULL) {
            beid_buf_put(out,
                         beid_span_of(sha256_prefix, sizeof sha256_prefix));
        }
        beid_buf_put(out, input);
        return;
    }
    size_t len = input.len < SIGN_EC_INPUT_LEN ? input.len : SIGN_EC_INPUT_LEN;
    (void)beid_buf_extend(out, SIGN_EC_INPUT_LEN - len);
    beid_buf_put(out, beid_span_of(input.ptr, len));
}

size_t
mechanisms_signature_len(const struct mechanism *mechanism)
{
    return mechanism->applet == CARD_APPLET_17 ? SIGN_RSA_LEN : SIGN_EC_LEN;
}
