/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is done in the process: hashes, verification, random bytes, sizes. */
#include "../unit.h"
#include "client.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <string.h>

/* clang-format off */
/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker's names */
/* clang-format on */
int __real_RAND_bytes(unsigned char *out, int len);
int __wrap_RAND_bytes(unsigned char *out, int len);

static bool zeros; /* are the random bytes of this process */

int
__wrap_RAND_bytes(unsigned char *out, int len)
{
    if (!zeros) {
        return __real_RAND_bytes(out, len);
    }
    memset(out, 0, (size_t)len);
    return 1;
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

static CK_RSA_PKCS_PSS_PARAMS pss_sha1 = {CKM_SHA_1, CKG_MGF1_SHA1, 20};
static CK_RSA_PKCS_PSS_PARAMS pss_sha256 = {CKM_SHA256, CKG_MGF1_SHA256, 32};

/* Every mechanism that signs, PSS with both hashes. */
struct applet {
    enum readers_applet kind;
    size_t count;
    CK_MECHANISM mechanisms[10];
};

static struct applet applets[] = {
    {READERS_1_7,
     10,
     {{CKM_RSA_PKCS, NULL, 0},
      {CKM_SHA1_RSA_PKCS, NULL, 0},
      {CKM_SHA224_RSA_PKCS, NULL, 0},
      {CKM_SHA256_RSA_PKCS, NULL, 0},
      {CKM_SHA384_RSA_PKCS, NULL, 0},
      {CKM_SHA512_RSA_PKCS, NULL, 0},
      {CKM_RSA_PKCS_PSS, &pss_sha1, sizeof pss_sha1},
      {CKM_RSA_PKCS_PSS, &pss_sha256, sizeof pss_sha256},
      {CKM_SHA1_RSA_PKCS_PSS, &pss_sha1, sizeof pss_sha1},
      {CKM_SHA256_RSA_PKCS_PSS, &pss_sha256, sizeof pss_sha256}}},
    {READERS_1_8,
     6,
     {{CKM_ECDSA, NULL, 0},
      {CKM_ECDSA_SHA1, NULL, 0},
      {CKM_ECDSA_SHA224, NULL, 0},
      {CKM_ECDSA_SHA256, NULL, 0},
      {CKM_ECDSA_SHA384, NULL, 0},
      {CKM_ECDSA_SHA512, NULL, 0}}},
};

static CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;

static int
prepare(void **state)
{
    const struct applet *applet = *state;
    list = client_list();
    (void)list->C_Finalize(NULL);
    if (!readers_reset() || !readers_insert(0, applet->kind, NULL)) {
        return -1;
    }
    assert_int_equal(client_start(NULL), CKR_OK);
    session = client_session();
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    client_stop();
    return 0;
}

static CK_RV
digest_init(CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    return list->C_DigestInit(session, &mechanism);
}

static void
hashes_are_right(void **state)
{
    (void)state;
    static const struct {
        CK_MECHANISM_TYPE type;
        const EVP_MD *(*hash)(void);
    } cases[] = {{CKM_SHA_1, EVP_sha1},
                 {CKM_SHA224, EVP_sha224},
                 {CKM_SHA256, EVP_sha256},
                 {CKM_SHA384, EVP_sha384},
                 {CKM_SHA512, EVP_sha512}};
    unsigned char data[] = "what is to be hashed";
    unsigned char right[EVP_MAX_MD_SIZE];
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    readers_forget();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CK_ULONG len = 0;
        assert_int_equal(
            EVP_Digest(data, sizeof data, right, &size, cases[i].hash(), NULL),
            1);
        assert_int_equal(digest_init(cases[i].type), CKR_OK);
        assert_int_equal(list->C_Digest(session, data, sizeof data, NULL, &len),
                         CKR_OK);
        assert_int_equal(len, size);
        len = size - 1;
        assert_int_equal(list->C_Digest(session, data, sizeof data, out, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(len, size);
        assert_int_equal(list->C_Digest(session, data, sizeof data, out, &len),
                         CKR_OK);
        assert_memory_equal(out, right, size);
        assert_int_equal(digest_init(cases[i].type), CKR_OK);
        assert_int_equal(list->C_DigestUpdate(session, data, 5), CKR_OK);
        assert_int_equal(
            list->C_DigestUpdate(session, data + 5, sizeof data - 5), CKR_OK);
        len = sizeof out;
        assert_int_equal(list->C_DigestFinal(session, NULL, &len), CKR_OK);
        assert_int_equal(list->C_DigestFinal(session, out, &len), CKR_OK);
        assert_memory_equal(out, right, size);
    }
    assert_int_equal(readers_count(), 0);
}

static void
order_of_hashing(void **state)
{
    (void)state;
    unsigned char data[8] = {1};
    unsigned char out[64];
    CK_ULONG len = sizeof out;
    CK_MECHANISM with = {CKM_SHA256, data, sizeof data};
    assert_int_equal(digest_init(CKM_MD5), CKR_MECHANISM_INVALID);
    assert_int_equal(digest_init(CKM_RSA_PKCS), CKR_MECHANISM_INVALID);
    assert_int_equal(list->C_DigestInit(session, &with),
                     CKR_MECHANISM_PARAM_INVALID);
    assert_int_equal(list->C_DigestFinal(session, out, &len),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(digest_init(CKM_SHA256), CKR_OK);
    assert_int_equal(digest_init(CKM_SHA256), CKR_OPERATION_ACTIVE);
    assert_int_equal(list->C_DigestKey(session, 0), CKR_KEY_HANDLE_INVALID);
    assert_int_equal(
        list->C_DigestKey(session, client_find(session, CKO_PUBLIC_KEY)),
        CKR_KEY_INDIGESTIBLE);
    assert_int_equal(list->C_DigestUpdate(session, data, 4), CKR_OK);
    assert_int_equal(list->C_Digest(session, data, 4, out, &len),
                     CKR_OPERATION_ACTIVE);
    assert_int_equal(list->C_DigestUpdate(session, data, 4),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(digest_init(CKM_SHA256), CKR_OK);
    assert_int_equal(list->C_DigestUpdate(session, NULL, 4), CKR_ARGUMENTS_BAD);
    assert_int_equal(digest_init(CKM_SHA256), CKR_OK);
    assert_int_equal(list->C_Digest(session, data, 4, out, NULL),
                     CKR_ARGUMENTS_BAD);
    /* Left open: C_Finalize frees it. */
    assert_int_equal(digest_init(CKM_SHA512), CKR_OK);
}

static CK_ULONG
data_len(const CK_MECHANISM *mechanism)
{
    const CK_RSA_PKCS_PSS_PARAMS *params = mechanism->pParameter;
    return mechanism->mechanism == CKM_RSA_PKCS_PSS ? params->sLen : 48;
}

static CK_RV
verify(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, unsigned char *data,
       unsigned char *signature, CK_ULONG len)
{
    assert_int_equal(list->C_VerifyInit(session, mechanism, key), CKR_OK);
    CK_RV rv =
        list->C_Verify(session, data, data_len(mechanism), signature, len);
    assert_int_equal(list->C_Verify(session, data, 1, signature, len),
                     CKR_OPERATION_NOT_INITIALIZED);
    return rv;
}

static void
what_the_card_signs_verifies(void **state)
{
    struct applet *applet = *state;
    unsigned char data[48];
    unsigned char out[256];
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    CK_OBJECT_HANDLE public_key = client_find(session, CKO_PUBLIC_KEY);
    CK_OBJECT_HANDLE other = client_find_id(session, CKO_PUBLIC_KEY, 0x03);
    memset(data, 0x77, sizeof data);
    for (size_t i = 0; i < applet->count; i++) {
        CK_MECHANISM *mechanism = &applet->mechanisms[i];
        CK_ULONG len = sizeof out;
        CK_ULONG size = data_len(mechanism);
        assert_int_equal(list->C_SignInit(session, mechanism, key), CKR_OK);
        assert_int_equal(list->C_Sign(session, data, size, out, &len), CKR_OK);
        assert_int_equal(verify(mechanism, public_key, data, out, len), CKR_OK);
        assert_int_equal(verify(mechanism, other, data, out, len),
                         CKR_SIGNATURE_INVALID);
        assert_int_equal(list->C_VerifyInit(session, mechanism, public_key),
                         CKR_OK);
        assert_int_equal(list->C_VerifyUpdate(session, data, 9), CKR_OK);
        assert_int_equal(list->C_VerifyUpdate(session, data + 9, size - 9),
                         CKR_OK);
        assert_int_equal(list->C_VerifyFinal(session, out, len), CKR_OK);
        data[3] ^= 1;
        assert_int_equal(verify(mechanism, public_key, data, out, len),
                         CKR_SIGNATURE_INVALID);
        data[3] ^= 1;
        out[len - 1] ^= 1;
        assert_int_equal(verify(mechanism, public_key, data, out, len),
                         CKR_SIGNATURE_INVALID);
        assert_int_equal(verify(mechanism, public_key, data, out, len - 1),
                         CKR_SIGNATURE_LEN_RANGE);
        memset(out, 0, sizeof out);
        assert_int_equal(verify(mechanism, public_key, data, out, len),
                         CKR_SIGNATURE_INVALID);
        memset(out, 0xFF, sizeof out);
        assert_int_equal(verify(mechanism, public_key, data, out, len),
                         CKR_SIGNATURE_INVALID);
    }
}

/* None that the token lists is missing in the table above. */
static void
the_table_is_whole(void **state)
{
    const struct applet *applet = *state;
    CK_MECHANISM_TYPE types[64];
    CK_MECHANISM_INFO info;
    CK_ULONG count = sizeof types / sizeof *types;
    size_t found = 0;
    assert_int_equal(list->C_GetMechanismList(client_slot(0), types, &count),
                     CKR_OK);
    for (CK_ULONG i = 0; i < count; i++) {
        assert_int_equal(
            list->C_GetMechanismInfo(client_slot(0), types[i], &info), CKR_OK);
        bool signs = (info.flags & CKF_SIGN) != 0;
        assert_int_equal((info.flags & CKF_VERIFY) != 0, signs);
        bool here = false;
        for (size_t j = 0; j < applet->count; j++) {
            here = here || applet->mechanisms[j].mechanism == types[i];
        }
        assert_int_equal(here, signs);
        found += signs ? 1 : 0;
    }
    assert_int_equal(found, applet->kind == READERS_1_7 ? 9 : 6);
}

static void
order_of_verifying(void **state)
{
    struct applet *applet = *state;
    unsigned char data[300] = {1};
    CK_MECHANISM foreign = {client_is_rsa() ? CKM_ECDSA : CKM_RSA_PKCS, NULL,
                            0};
    CK_MECHANISM *plain = &applet->mechanisms[0];
    CK_ULONG len = client_is_rsa() ? 256 : 96;
    CK_OBJECT_HANDLE key = client_find(session, CKO_PUBLIC_KEY);
    assert_int_equal(list->C_VerifyInit(session, &foreign, key),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(list->C_VerifyInit(session, plain, 0),
                     CKR_KEY_HANDLE_INVALID);
    assert_int_equal(list->C_VerifyInit(session, plain,
                                        client_find(session, CKO_CERTIFICATE)),
                     CKR_KEY_HANDLE_INVALID);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    assert_int_equal(list->C_VerifyInit(session, plain,
                                        client_find(session, CKO_PRIVATE_KEY)),
                     CKR_KEY_FUNCTION_NOT_PERMITTED);
    assert_int_equal(list->C_VerifyInit(session, plain, key), CKR_OK);
    assert_int_equal(list->C_VerifyInit(session, plain, key),
                     CKR_OPERATION_ACTIVE);
    assert_int_equal(list->C_VerifyUpdate(session, data, 4), CKR_OK);
    assert_int_equal(list->C_Verify(session, data, 4, data, len),
                     CKR_OPERATION_ACTIVE);
    assert_int_equal(list->C_VerifyInit(session, plain, key), CKR_OK);
    assert_int_equal(list->C_VerifyFinal(session, NULL, len),
                     CKR_ARGUMENTS_BAD);
    assert_int_equal(list->C_VerifyInit(session, plain, key), CKR_OK);
    assert_int_equal(list->C_VerifyFinal(session, data, len),
                     CKR_DATA_LEN_RANGE);
    assert_int_equal(list->C_VerifyInit(session, plain, key), CKR_OK);
    assert_int_equal(list->C_VerifyUpdate(session, data, sizeof data),
                     CKR_DATA_LEN_RANGE);
    assert_int_equal(list->C_VerifyFinal(session, data, len),
                     CKR_OPERATION_NOT_INITIALIZED);
    /* Left open: C_CloseSession frees it. */
    assert_int_equal(list->C_VerifyInit(session, plain, key), CKR_OK);
    assert_int_equal(list->C_CloseSession(session), CKR_OK);
}

static bool
all_zero(const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void
random_bytes_of_card_and_process(void **state)
{
    (void)state;
    static unsigned char first[5000];
    static unsigned char second[5000];
    CK_TOKEN_INFO info;
    assert_int_equal(list->C_GetTokenInfo(client_slot(0), &info), CKR_OK);
    assert_true((info.flags & CKF_RNG) != 0);
    readers_forget();
    assert_int_equal(list->C_GenerateRandom(session, first, 40), CKR_OK);
    assert_string_equal(readers_trace(), "84 84");
    assert_false(all_zero(first, 32) || all_zero(first + 32, 8));
    /* What the card gives does not decide: the same answer, other bytes. */
    unsigned char fixed[34] = {[32] = 0x90};
    readers_answer(1, beid_span_of(fixed, sizeof fixed));
    assert_int_equal(list->C_GenerateRandom(session, first, 32), CKR_OK);
    readers_answer(1, beid_span_of(fixed, sizeof fixed));
    assert_int_equal(list->C_GenerateRandom(session, second, 32), CKR_OK);
    assert_memory_not_equal(first, second, 32);
    readers_forget();
    assert_int_equal(list->C_GenerateRandom(session, first, sizeof first),
                     CKR_OK);
    assert_int_equal(readers_count(), 8);
    assert_false(all_zero(first + 256, 32) || all_zero(first + 4960, 40));
    assert_int_equal(list->C_GenerateRandom(session, first, 0), CKR_OK);
    assert_int_equal(readers_count(), 8);
    assert_int_equal(list->C_SeedRandom(session, first, 8),
                     CKR_RANDOM_SEED_NOT_SUPPORTED);
}

/* Nor does what the process gives: the card's share is in what comes out. */
static void
random_bytes_hold_the_cards(void **state)
{
    (void)state;
    uint8_t answer[34] = {[32] = 0x90};
    CK_BYTE out[32] = {0};
    memset(answer, 0xA5, sizeof out);
    readers_answer(1, beid_span_of(answer, sizeof answer));
    zeros = true;
    CK_RV rv = list->C_GenerateRandom(session, out, sizeof out);
    zeros = false;
    assert_int_equal(rv, CKR_OK);
    assert_memory_equal(out, answer, sizeof out);
}

/* An applet without GET CHALLENGE is asked once. */
static void
random_bytes_without_the_card(void **state)
{
    const struct applet *applet = *state;
    static const uint8_t unknown[] = {0x6D, 0x00};
    unsigned char out[32] = {0};
    readers_answer(1, beid_span_of(unknown, sizeof unknown));
    readers_forget();
    assert_int_equal(list->C_GenerateRandom(session, out, sizeof out), CKR_OK);
    assert_int_equal(readers_count(), 1);
    assert_false(all_zero(out, sizeof out));
    assert_int_equal(list->C_GenerateRandom(session, out, sizeof out), CKR_OK);
    assert_int_equal(readers_count(), 1);
    /* Another card may know it; one that left gives nothing. */
    for (int i = 0; i < 2; i++) {
        assert_true(readers_insert(0, applet->kind, "other"));
        assert_int_equal(list->C_CloseSession(session), CKR_OK);
        session = client_session();
        readers_forget();
        assert_int_equal(list->C_GenerateRandom(session, out, sizeof out),
                         CKR_OK);
        assert_int_equal(readers_count(), 1);
    }
    assert_true(readers_insert(0, applet->kind, NULL));
    assert_int_equal(list->C_GenerateRandom(session, out, sizeof out),
                     CKR_DEVICE_REMOVED);
    assert_int_equal(list->C_CloseSession(session), CKR_OK);
    session = client_session();
    /* Nothing comes between a context login and its signature. */
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    CK_OBJECT_HANDLE key = client_find_id(session, CKO_PRIVATE_KEY, 0x03);
    assert_int_equal(
        client_sign_init(session, applet->mechanisms[1].mechanism, key),
        CKR_OK);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OK);
    readers_forget();
    assert_int_equal(list->C_GenerateRandom(session, out, sizeof out), CKR_OK);
    assert_int_equal(readers_count(), 0);
    assert_int_equal(digest_init(CKM_SHA256), CKR_OK);
}

static void
sizes_of_objects(void **state)
{
    (void)state;
    CK_ULONG size = 0;
    CK_OBJECT_HANDLE found = client_find(session, CKO_CERTIFICATE);
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    assert_int_equal(list->C_GetAttributeValue(session, found, &value, 1),
                     CKR_OK);
    assert_int_equal(list->C_GetObjectSize(session, found, &size), CKR_OK);
    assert_int_equal(size, value.ulValueLen);
    found = client_find(session, CKO_PUBLIC_KEY);
    assert_int_equal(list->C_GetObjectSize(session, found, &size), CKR_OK);
    assert_int_equal(size, client_is_rsa() ? 294 : 120);
    assert_int_equal(list->C_GetObjectSize(session, 0xDEAD, &size),
                     CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    found = client_find(session, CKO_PRIVATE_KEY);
    assert_int_equal(list->C_GetObjectSize(session, found, &size),
                     CKR_INFORMATION_SENSITIVE);
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_ATTRIBUTE wanted = {CKA_CLASS, &data, sizeof data};
    CK_ULONG count = 0;
    value.pValue = NULL;
    assert_int_equal(list->C_FindObjectsInit(session, &wanted, 1), CKR_OK);
    assert_int_equal(list->C_FindObjects(session, &found, 1, &count), CKR_OK);
    assert_int_equal(list->C_FindObjectsFinal(session), CKR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(list->C_GetAttributeValue(session, found, &value, 1),
                     CKR_OK);
    assert_int_equal(list->C_GetObjectSize(session, found, &size), CKR_OK);
    assert_int_equal(size, value.ulValueLen);
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on applets[" #n "]", .test_func = (test),              \
        .setup_func = prepare, .teardown_func = finish,                        \
        .initial_state = &applets[(n)]                                         \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(hashes_are_right),
        BOTH(order_of_hashing),
        BOTH(what_the_card_signs_verifies),
        BOTH(the_table_is_whole),
        BOTH(order_of_verifying),
        BOTH(random_bytes_of_card_and_process),
        BOTH(random_bytes_hold_the_cards),
        BOTH(random_bytes_without_the_card),
        BOTH(sizes_of_objects),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
