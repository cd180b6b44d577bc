/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every mechanism of both applets with both keys: OpenSSL verifies, in one
 * part and in several; lists, parameters and key attributes say the same. */
#include "../unit.h"
#include "client.h"

#include <string.h>

#define LIST_MAX 32

static CK_RSA_PKCS_PSS_PARAMS pss_sha1 = {CKM_SHA_1, CKG_MGF1_SHA1, 20};
static CK_RSA_PKCS_PSS_PARAMS pss_sha256 = {CKM_SHA256, CKG_MGF1_SHA256, 32};

struct row {
    CK_MECHANISM_TYPE type;
    CK_RSA_PKCS_PSS_PARAMS *pss;
    CK_ULONG len; /* of the data; 0: any */
};

static const struct row of_17[] = {
    {CKM_RSA_PKCS, NULL, 0},
    {CKM_SHA1_RSA_PKCS, NULL, 0},
    {CKM_SHA224_RSA_PKCS, NULL, 0},
    {CKM_SHA256_RSA_PKCS, NULL, 0},
    {CKM_SHA384_RSA_PKCS, NULL, 0},
    {CKM_SHA512_RSA_PKCS, NULL, 0},
    {CKM_RSA_PKCS_PSS, &pss_sha1, 20},
    {CKM_RSA_PKCS_PSS, &pss_sha256, 32},
    {CKM_SHA1_RSA_PKCS_PSS, &pss_sha1, 0},
    {CKM_SHA256_RSA_PKCS_PSS, &pss_sha256, 0},
};

static const struct row of_18[] = {
    {CKM_ECDSA, NULL, 0},        {CKM_ECDSA_SHA1, NULL, 0},
    {CKM_ECDSA_SHA224, NULL, 0}, {CKM_ECDSA_SHA256, NULL, 0},
    {CKM_ECDSA_SHA384, NULL, 0}, {CKM_ECDSA_SHA512, NULL, 0},
};

struct applet {
    enum readers_applet kind;
    const struct row *rows;
    size_t count;
    size_t types; /* different ones */
};

static struct applet applets[] = {
    {READERS_1_7, of_17, sizeof of_17 / sizeof *of_17, 9},
    {READERS_1_8, of_18, sizeof of_18 / sizeof *of_18, 6},
};

static CK_SESSION_HANDLE session;

static int
prepare(void **state)
{
    const struct applet *applet = *state;
    (void)client_list()->C_Finalize(NULL);
    if (!readers_reset() || !readers_insert(0, applet->kind, NULL)) {
        return -1;
    }
    assert_int_equal(client_start("transaction=sign"), CKR_OK);
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
init(const struct row *row, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {row->type, row->pss,
                              row->pss == NULL ? 0 : sizeof *row->pss};
    return client_list()->C_SignInit(session, &mechanism, key);
}

static void
expect_good(const struct row *row, CK_BYTE id, bool in_parts)
{
    unsigned char data[60];
    unsigned char out[256];
    CK_ULONG len = sizeof out;
    CK_ULONG data_len = row->len == 0 ? sizeof data : row->len;
    CK_FUNCTION_LIST *list = client_list();
    CK_OBJECT_HANDLE key = client_find_id(session, CKO_PRIVATE_KEY, id);
    memset(data, 0x3C + (int)id, sizeof data);
    assert_int_equal(init(row, key), CKR_OK);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OK);
    if (in_parts) {
        assert_int_equal(list->C_SignUpdate(session, data, 7), CKR_OK);
        assert_int_equal(list->C_SignUpdate(session, data + 7, 0), CKR_OK);
        assert_int_equal(list->C_SignUpdate(session, data + 7, data_len - 7),
                         CKR_OK);
        assert_int_equal(list->C_SignFinal(session, out, &len), CKR_OK);
    } else {
        assert_int_equal(list->C_Sign(session, data, data_len, out, &len),
                         CKR_OK);
    }
    if (!client_verify(readers_file(0, id == 0x02 ? 0x5038 : 0x5039), row->type,
                       beid_span_of(data, data_len), beid_span_of(out, len))) {
        fail_msg("mechanism %#lx with key %02x", row->type, id);
    }
}

static void
every_mechanism_with_both_keys(void **state)
{
    const struct applet *applet = *state;
    for (size_t i = 0; i < applet->count; i++) {
        for (CK_BYTE id = 0x02; id <= 0x03; id++) {
            expect_good(&applet->rows[i], id, false);
            expect_good(&applet->rows[i], id, true);
        }
    }
    assert_false(readers_pin_open(0));
}

static bool
lists(const CK_MECHANISM_TYPE *types, CK_ULONG count, CK_MECHANISM_TYPE type)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (types[i] == type) {
            return true;
        }
    }
    return false;
}

/* C_GetMechanismList, C_GetMechanismInfo and the keys name the same ones. */
static void
lists_are_complete_and_true(void **state)
{
    const struct applet *applet = *state;
    static const CK_MECHANISM_TYPE digests[] = {
        CKM_SHA_1, CKM_SHA224, CKM_SHA256, CKM_SHA384, CKM_SHA512};
    CK_MECHANISM_TYPE types[LIST_MAX];
    CK_MECHANISM_TYPE allowed[LIST_MAX];
    CK_MECHANISM_INFO info;
    CK_ULONG count = LIST_MAX;
    CK_FUNCTION_LIST *list = client_list();
    CK_SLOT_ID slot = client_slot(0);
    CK_ATTRIBUTE asked = {CKA_ALLOWED_MECHANISMS, allowed, sizeof allowed};
    assert_int_equal(list->C_GetMechanismList(slot, types, &count), CKR_OK);
    assert_int_equal(count, applet->types + 5);
    assert_int_equal(
        list->C_GetAttributeValue(
            session, client_find(session, CKO_PRIVATE_KEY), &asked, 1),
        CKR_OK);
    assert_int_equal(asked.ulValueLen, applet->types * sizeof *allowed);
    for (size_t i = 0; i < applet->count; i++) {
        CK_MECHANISM_TYPE type = applet->rows[i].type;
        assert_true(lists(types, count, type));
        assert_true(lists(allowed, applet->types, type));
        assert_int_equal(list->C_GetMechanismInfo(slot, type, &info), CKR_OK);
        assert_true((info.flags & CKF_SIGN) != 0);
        assert_true((info.flags & CKF_HW) != 0);
        assert_int_equal(info.ulMinKeySize, client_is_rsa() ? 2048 : 384);
    }
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        assert_true(lists(types, count, digests[i]));
        assert_int_equal(list->C_GetMechanismInfo(slot, digests[i], &info),
                         CKR_OK);
        assert_int_equal(info.flags, CKF_DIGEST);
        /* Not a way to sign. */
        assert_int_equal(
            client_sign_init(session, digests[i],
                             client_find(session, CKO_PRIVATE_KEY)),
            CKR_MECHANISM_INVALID);
    }
    count = 2;
    assert_int_equal(list->C_GetMechanismList(slot, types, &count),
                     CKR_BUFFER_TOO_SMALL);
    assert_int_equal(count, applet->types + 5);
}

/* What the card cannot do is refused before anything is sent. */
static void
parameters_are_checked(void **state)
{
    const struct applet *applet = *state;
    CK_RSA_PKCS_PSS_PARAMS bad[] = {
        {CKM_SHA384, CKG_MGF1_SHA384, 48}, {CKM_SHA256, CKG_MGF1_SHA1, 32},
        {CKM_SHA256, CKG_MGF1_SHA256, 20}, {CKM_SHA_1, CKG_MGF1_SHA256, 20},
        {CKM_SHA_1, CKG_MGF1_SHA1, 0},
    };
    CK_FUNCTION_LIST *list = client_list();
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    readers_forget();
    for (size_t i = 0; i < applet->count; i++) {
        const struct row *row = &applet->rows[i];
        CK_MECHANISM wrong = {row->type, &pss_sha256, sizeof pss_sha256 - 1};
        assert_int_equal(list->C_SignInit(session, &wrong, key),
                         CKR_MECHANISM_PARAM_INVALID);
        for (size_t k = 0; row->pss != NULL && k < sizeof bad / sizeof *bad;
             k++) {
            const struct row given = {row->type, &bad[k], 0};
            assert_int_equal(init(&given, key), CKR_MECHANISM_PARAM_INVALID);
        }
    }
    if (client_is_rsa()) {
        const struct row none = {CKM_RSA_PKCS_PSS, NULL, 0};
        const struct row other = {CKM_SHA1_RSA_PKCS_PSS, &pss_sha256, 0};
        assert_int_equal(init(&none, key), CKR_MECHANISM_PARAM_INVALID);
        assert_int_equal(init(&other, key), CKR_MECHANISM_PARAM_INVALID);
    }
    assert_int_equal(readers_count(), 0);
}

/* PSS of a hash takes the hash and nothing else. */
static void
pss_takes_a_hash(void **state)
{
    (void)state;
    unsigned char data[64] = {1};
    unsigned char out[256];
    static const CK_ULONG lens[] = {0, 19, 20, 31, 33, 48};
    const struct row row = {CKM_RSA_PKCS_PSS, &pss_sha256, 32};
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        CK_ULONG len = sizeof out;
        assert_int_equal(init(&row, key), CKR_OK);
        assert_int_equal(
            client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN), CKR_OK);
        readers_forget();
        assert_int_equal(
            client_list()->C_Sign(session, data, lens[i], out, &len),
            CKR_DATA_LEN_RANGE);
        assert_int_equal(readers_count_ins(0x2A), 0);
        assert_int_equal(readers_transactions(), 0);
    }
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
        BOTH(every_mechanism_with_both_keys),
        BOTH(lists_are_complete_and_true),
        BOTH(parameters_are_checked),
        ON(pss_takes_a_hash, 0),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
