/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "../unit.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#define EC_HALF 48

CK_FUNCTION_LIST *
client_list(void)
{
    CK_FUNCTION_LIST *list = NULL;
    assert_int_equal(C_GetFunctionList(&list), CKR_OK);
    return list;
}

CK_RV
client_start(const char *options)
{
    char text[300];
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    if (options != NULL) {
        (void)snprintf(text, sizeof text, "%s", options);
        args.pReserved = text;
    }
    return client_list()->C_Initialize(&args);
}

void
client_stop(void)
{
    assert_int_equal(client_list()->C_Finalize(NULL), CKR_OK);
    assert_int_equal(readers_open_cards(), 0);
    assert_int_equal(readers_open_services(), 0);
    assert_int_equal(readers_transactions(), 0);
}

CK_SLOT_ID
client_slot(size_t n)
{
    CK_SLOT_ID slots[READERS_MAX];
    CK_ULONG count = 0;
    assert_int_equal(client_list()->C_GetSlotList(CK_FALSE, NULL, &count),
                     CKR_OK);
    assert_true(count > n && count <= READERS_MAX);
    assert_int_equal(client_list()->C_GetSlotList(CK_FALSE, slots, &count),
                     CKR_OK);
    return slots[n];
}

bool
client_is_rsa(void)
{
    CK_MECHANISM_INFO info;
    return client_list()->C_GetMechanismInfo(client_slot(0), CKM_RSA_PKCS,
                                             &info)
           == CKR_OK;
}

CK_SESSION_HANDLE
client_session(void)
{
    CK_SESSION_HANDLE session = 0;
    assert_int_equal(client_list()->C_OpenSession(client_slot(0),
                                                  CKF_SERIAL_SESSION, NULL,
                                                  NULL, &session),
                     CKR_OK);
    assert_int_not_equal(session, 0);
    return session;
}

CK_OBJECT_HANDLE
client_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class)
{
    return client_find_id(session, class, 0x02);
}

CK_OBJECT_HANDLE
client_find_id(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, CK_BYTE id)
{
    CK_FUNCTION_LIST *list = client_list();
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_ID, &id, sizeof id}};
    CK_OBJECT_HANDLE found[2] = {0, 0};
    CK_ULONG count = 0;
    assert_int_equal(list->C_FindObjectsInit(session, wanted, 2), CKR_OK);
    assert_int_equal(list->C_FindObjects(session, found, 2, &count), CKR_OK);
    assert_int_equal(list->C_FindObjectsFinal(session), CKR_OK);
    assert_true(count <= 1);
    return found[0];
}

CK_RV
client_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin)
{
    unsigned char copy[64];
    size_t len = strlen(pin);
    assert_true(len <= sizeof copy);
    for (size_t i = 0; i < len; i++) {
        copy[i] = (unsigned char)pin[i];
    }
    return client_list()->C_Login(session, user, copy, len);
}

CK_RV
client_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type,
                 CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    return client_list()->C_SignInit(session, &mechanism, key);
}

/* r and s side by side as the DER that OpenSSL verifies. */
static int
to_der(struct beid_span raw, unsigned char **der)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    assert_non_null(sig);
    assert_int_equal(raw.len, 2 * EC_HALF);
    assert_int_equal(
        ECDSA_SIG_set0(sig, BN_bin2bn(raw.ptr, EC_HALF, NULL),
                       BN_bin2bn(raw.ptr + EC_HALF, EC_HALF, NULL)),
        1);
    int len = i2d_ECDSA_SIG(sig, der);
    ECDSA_SIG_free(sig);
    return len;
}

/* What a mechanism comes to in OpenSSL's words. */
struct scheme {
    CK_MECHANISM_TYPE type;
    const EVP_MD *(*hash)(void); /* NULL: the data is what is signed */
    bool pss;
};

static const struct scheme schemes[] = {
    {CKM_RSA_PKCS, NULL, false},
    {CKM_SHA1_RSA_PKCS, EVP_sha1, false},
    {CKM_SHA224_RSA_PKCS, EVP_sha224, false},
    {CKM_SHA256_RSA_PKCS, EVP_sha256, false},
    {CKM_SHA384_RSA_PKCS, EVP_sha384, false},
    {CKM_SHA512_RSA_PKCS, EVP_sha512, false},
    {CKM_RSA_PKCS_PSS, NULL, true},
    {CKM_SHA1_RSA_PKCS_PSS, EVP_sha1, true},
    {CKM_SHA256_RSA_PKCS_PSS, EVP_sha256, true},
    {CKM_ECDSA, NULL, false},
    {CKM_ECDSA_SHA1, EVP_sha1, false},
    {CKM_ECDSA_SHA224, EVP_sha224, false},
    {CKM_ECDSA_SHA256, EVP_sha256, false},
    {CKM_ECDSA_SHA384, EVP_sha384, false},
    {CKM_ECDSA_SHA512, EVP_sha512, false},
};

static const struct scheme *
scheme_of(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (schemes[i].type == type) {
            return &schemes[i];
        }
    }
    fail_msg("mechanism %#lx", type);
    return NULL;
}

/* The padding of RSA: v1.5, or PSS with a salt as long as its hash. */
static void
set_padding(EVP_PKEY_CTX *ctx, const struct scheme *scheme, size_t data_len)
{
    if (scheme->pss) {
        const EVP_MD *hash = scheme->hash != NULL ? scheme->hash()
                             : data_len == 20     ? EVP_sha1()
                                                  : EVP_sha256();
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, hash), 1);
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
        return;
    }
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
    if (scheme->hash != NULL) {
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, scheme->hash()), 1);
    }
}

static bool
verify(EVP_PKEY *key, const struct scheme *scheme, struct beid_span data,
       struct beid_span signature)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct beid_span input = data;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (scheme->hash != NULL) {
        assert_int_equal(
            EVP_Digest(data.ptr, data.len, hash, &len, scheme->hash(), NULL),
            1);
        input = beid_span_of(hash, len);
    }
    assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        set_padding(ctx, scheme, data.len);
    }
    bool good =
        EVP_PKEY_verify(ctx, signature.ptr, signature.len, input.ptr, input.len)
        == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

bool
client_verify(struct beid_span certificate, CK_MECHANISM_TYPE type,
              struct beid_span data, struct beid_span signature)
{
    const unsigned char *at = certificate.ptr;
    unsigned char *der = NULL;
    X509 *x509 = d2i_X509(NULL, &at, (long)certificate.len);
    assert_non_null(x509);
    EVP_PKEY *key = X509_get0_pubkey(x509);
    struct beid_span sig = signature;
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        int len = to_der(signature, &der);
        sig = beid_span_of(der, (size_t)len);
    }
    bool good = verify(key, scheme_of(type), data, sig);
    OPENSSL_free(der);
    X509_free(x509);
    return good;
}
