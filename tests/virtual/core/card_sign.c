/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* MSE SET, PSO: COMPUTE DIGITAL SIGNATURE, INTERNAL AUTHENTICATE. */

#include "key.h"
#include "state.h"

#include <string.h>

#define RSA_PADDING_LEN 11U
#define EC_HASH_LEN 48U
#define ALG_ANY_HASH 0x40U

/* What an algorithm reference means (manual 1.7 §6.7, 1.8 §6.12). */
struct algorithm {
    uint8_t alg;
    uint8_t len; /* of the hash; 0: other rule */
    struct key_padding padding; /* RSA only */
};

static const struct algorithm rsa_algorithms[] = {
    {0x01, 0, {NULL, false}},   {0x02, 20, {"SHA1", false}},
    {0x04, 16, {"MD5", false}}, {0x08, 32, {"SHA256", false}},
    {0x10, 20, {"SHA1", true}}, {0x20, 32, {"SHA256", true}},
};

static const struct algorithm ec_algorithms[] = {
    {0x01, 32, {NULL, false}},        {0x02, 48, {NULL, false}},
    {0x04, 64, {NULL, false}},        {0x08, 32, {NULL, false}},
    {0x10, 48, {NULL, false}},        {0x20, 64, {NULL, false}},
    {ALG_ANY_HASH, 0, {NULL, false}},
};

/* Before 1.7 there was no SHA-256 and no PSS. */
#define RSA_ALGORITHMS_OLD 3U

static const struct algorithm *
algorithm_find(enum vcard_applet applet, uint8_t alg)
{
    const struct algorithm *list = rsa_algorithms;
    size_t count = sizeof(rsa_algorithms) / sizeof(rsa_algorithms[0]);
    if (applet == VCARD_APPLET_1_8) {
        list = ec_algorithms;
        count = sizeof(ec_algorithms) / sizeof(ec_algorithms[0]);
    } else if (applet < VCARD_APPLET_1_7) {
        count = RSA_ALGORITHMS_OLD;
    }
    for (size_t i = 0; i < count; i++) {
        if (list[i].alg == alg) {
            return &list[i];
        }
    }
    return NULL;
}

unsigned
vcard_set_environment(struct vcard *card, const struct vcard_command *command,
                      struct beid_buf *out)
{
    (void)out;
    card->se_set = false; /* undefined after a failure */
    if (command->p1 != 0x41 || command->p2 != 0xB6) {
        return SW_PARAMETERS;
    }
    struct beid_span data = command->data;
    if (data.len != 5) {
        return SW_LENGTH;
    }
    if (data.ptr[0] != 0x04 || data.ptr[1] != 0x80 || data.ptr[3] != 0x84
        || algorithm_find(card->image.applet, data.ptr[2]) == NULL
        || data.ptr[4] == KEY_CA_ROLE) {
        return SW_DATA;
    }
    if (data.ptr[4] < KEY_BASIC || data.ptr[4] > KEY_SIGN) {
        return SW_REFERENCE;
    }
    card->se_alg = data.ptr[2];
    card->se_key = data.ptr[4];
    card->se_set = true;
    return SW_OK;
}

static bool
input_length_ok(const struct vcard *card, const struct algorithm *algorithm,
                size_t len)
{
    if (algorithm->len != 0) {
        return len == algorithm->len;
    }
    if (algorithm->alg == ALG_ANY_HASH) {
        return len == 20 || len == 28 || len == 32 || len == 48 || len == 64;
    }
    size_t modulus = key_len(card->image.auth);
    return len > 0 && len <= modulus - RSA_PADDING_LEN;
}

static unsigned
sign(struct vcard *card, EVP_PKEY *key, const struct algorithm *algorithm,
     struct beid_span data)
{
    uint8_t room[KEY_SIGNATURE_MAX];
    size_t len = 0;
    enum beid_err err = BEID_OK;
    if (card->image.applet == VCARD_APPLET_1_8) {
        err = key_sign_ec(key, data, room, &len);
    } else {
        err = key_sign_rsa(key, algorithm->padding, data, room, &len);
    }
    if (err != BEID_OK) {
        return SW_UNKNOWN;
    }
    return vcard_pending_set(card, beid_span_of(room, len));
}

/* Order of checks: parameters, environment, right, length. A wrong length
 * has consumed the right of key 83 by then. */
unsigned
vcard_compute_signature(struct vcard *card, const struct vcard_command *command,
                        struct beid_buf *out)
{
    (void)out;
    bool parameters = command->p1 == 0x9E && command->p2 == 0x9A;
    if (!parameters || !card->se_set || card->se_key == KEY_BASIC) {
        vcard_pin_tick(card);
        if (!parameters) {
            return SW_PARAMETERS;
        }
        return card->se_set ? SW_SECURITY : SW_CONDITIONS;
    }
    bool right = card->se_key == KEY_SIGN ? vcard_pin_use_sign(card)
                                          : vcard_pin_use_auth(card);
    if (!right) {
        return SW_SECURITY;
    }
    const struct algorithm *algorithm =
        algorithm_find(card->image.applet, card->se_alg);
    if (algorithm == NULL
        || !input_length_ok(card, algorithm, command->data.len)) {
        return SW_LENGTH;
    }
    EVP_PKEY *key =
        card->se_key == KEY_SIGN ? card->image.sign : card->image.auth;
    unsigned sw = sign(card, key, algorithm, command->data);
    if (sw != SW_UNKNOWN) {
        card->counts.signatures++;
    }
    return sw;
}

unsigned
vcard_internal_authenticate(struct vcard *card,
                            const struct vcard_command *command,
                            struct beid_buf *out)
{
    (void)out;
    if (command->p1 != 0x02) {
        return SW_PARAMETERS;
    }
    if (command->data.len != 2 + EC_HASH_LEN) {
        return SW_LENGTH;
    }
    if (command->data.ptr[0] != 0x94 || command->data.ptr[1] != EC_HASH_LEN) {
        return SW_DATA;
    }
    if (command->p2 != KEY_BASIC) {
        return SW_REFERENCE;
    }
    if (card->internal_auth == 0) {
        return SW_CONDITIONS;
    }
    card->internal_auth--;
    card->se_set = false;
    return sign(card, card->image.basic, &ec_algorithms[1],
                beid_span_of(command->data.ptr + 2, EC_HASH_LEN));
}

void
vcard_internal_auth_set(struct vcard *card, unsigned left)
{
    card->internal_auth = left;
}
