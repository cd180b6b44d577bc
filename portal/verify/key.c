/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>

#include <stdint.h>
#include <string.h>

/* 0x04 and two numbers of 48 bytes. */
#define POINT_SIZE 97U
#define UNCOMPRESSED 0x04

/* SubjectPublicKeyInfo of id-ecPublicKey and secp384r1, up to the point. */
static const uint8_t head[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86,
                               0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B,
                               0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};

#define KEY_SIZE (sizeof head + POINT_SIZE)

static struct {
    OSSL_FUNC_BIO_read_ex_fn *read;
    OSSL_FUNC_keymgmt_dup_fn *copy;
    OSSL_FUNC_keymgmt_set_params_fn *set;
    OSSL_FUNC_keymgmt_free_fn *free;
    void *model; /* the curve without a point */
} p384;

void
key_forget(void)
{
    if (p384.model != NULL) {
        p384.free(p384.model);
    }
    p384.model = NULL;
}

static void
model_make(OSSL_FUNC_keymgmt_new_fn *create,
           OSSL_FUNC_keymgmt_import_fn *import, void *provider)
{
    char curve[] = "secp384r1";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_end()};
    p384.model = create(provider);
    if (p384.model != NULL
        && import(p384.model, OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS, params)
               != 1) {
        key_forget();
    }
}

bool
key_prepare(const OSSL_DISPATCH *functions, void *provider)
{
    OSSL_FUNC_keymgmt_new_fn *create = NULL;
    OSSL_FUNC_keymgmt_import_fn *import = NULL;
    key_forget();
    for (; functions->function_id != 0; functions++) {
        switch (functions->function_id) {
        case OSSL_FUNC_KEYMGMT_NEW:
            create = OSSL_FUNC_keymgmt_new(functions);
            break;
        case OSSL_FUNC_KEYMGMT_IMPORT:
            import = OSSL_FUNC_keymgmt_import(functions);
            break;
        case OSSL_FUNC_KEYMGMT_DUP:
            p384.copy = OSSL_FUNC_keymgmt_dup(functions);
            break;
        case OSSL_FUNC_KEYMGMT_SET_PARAMS:
            p384.set = OSSL_FUNC_keymgmt_set_params(functions);
            break;
        case OSSL_FUNC_KEYMGMT_FREE:
            p384.free = OSSL_FUNC_keymgmt_free(functions);
            break;
        default:
            break;
        }
    }
    if (create != NULL && import != NULL && p384.copy != NULL
        && p384.set != NULL && p384.free != NULL) {
        model_make(create, import, provider);
    }
    return p384.model != NULL;
}

void
key_connect(const OSSL_DISPATCH *core)
{
    for (; core->function_id != 0; core++) {
        if (core->function_id == OSSL_FUNC_BIO_READ_EX) {
            p384.read = OSSL_FUNC_BIO_read_ex(core);
        }
    }
}

/* A decoder without state of its own: what it is called with is the model. */
static void *
decoder_new(void *provider)
{
    (void)provider;
    return p384.model;
}

static void
decoder_free(void *decoder)
{
    (void)decoder;
}

static int
decoder_selects(void *provider, int selection)
{
    (void)provider;
    return selection == 0 || (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0
               ? 1
               : 0;
}

/* All that there is to read is a P-384 key: its head, then an open point. */
static bool
bytes_read(OSSL_CORE_BIO *in, uint8_t bytes[KEY_SIZE + 1])
{
    size_t len = 0;
    size_t got = 0;
    while (len < KEY_SIZE + 1 && p384.read != NULL
           && p384.read(in, bytes + len, KEY_SIZE + 1 - len, &got) == 1
           && got > 0) {
        len += got;
    }
    return len == KEY_SIZE && memcmp(bytes, head, sizeof head) == 0
           && bytes[sizeof head] == UNCOMPRESSED;
}

/* A copy of the model with this point; NULL when it is not on the curve. */
static void *
key_make(const void *model, uint8_t point[POINT_SIZE])
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                          point, POINT_SIZE),
        OSSL_PARAM_construct_end()};
    void *key = p384.copy(model, OSSL_KEYMGMT_SELECT_ALL_PARAMETERS);
    if (key != NULL && p384.set(key, params) != 1) {
        p384.free(key);
        key = NULL;
    }
    return key;
}

/* 1 without calling back: not mine. */
static int /* NOLINTNEXTLINE(readability-function-size): OpenSSL's signature */
decoder_decode(void *decoder, OSSL_CORE_BIO *in, int selection,
               OSSL_CALLBACK *found, void *user,
               OSSL_PASSPHRASE_CALLBACK *passphrase, void *passphrase_user)
{
    uint8_t bytes[KEY_SIZE + 1] = {0};
    (void)selection;
    (void)passphrase;
    (void)passphrase_user;
    void *key =
        bytes_read(in, bytes) ? key_make(decoder, bytes + sizeof head) : NULL;
    if (key == NULL) {
        return 1;
    }
    int type = OSSL_OBJECT_PKEY;
    char name[] = "EC";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &type),
        OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE,
                                          (void *)&key, sizeof key),
        OSSL_PARAM_construct_end()};
    int result = found(params, user);
    p384.free(key); /* NULL when it was taken over */
    return result;
}

static const OSSL_DISPATCH decoder_functions[] = {
    {OSSL_FUNC_DECODER_NEWCTX, (void (*)(void))decoder_new},
    {OSSL_FUNC_DECODER_FREECTX, (void (*)(void))decoder_free},
    {OSSL_FUNC_DECODER_DOES_SELECTION, (void (*)(void))decoder_selects},
    {OSSL_FUNC_DECODER_DECODE, (void (*)(void))decoder_decode},
    {0, NULL}};

const OSSL_ALGORITHM key_decoder = {
    "EC", "provider=beid-verify,input=der,structure=SubjectPublicKeyInfo",
    decoder_functions, "P-384 public keys"};
