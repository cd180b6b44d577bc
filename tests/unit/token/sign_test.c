/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* C_Sign, C_SignUpdate and C_SignFinal: lengths, order, and equal results. */
#include "../unit.h"
#include "client.h"

#include <string.h>

struct applet {
    enum readers_applet kind;
    CK_MECHANISM_TYPE plain;
    CK_MECHANISM_TYPE hashing;
    CK_MECHANISM_TYPE foreign; /* of the other applet */
    CK_ULONG len;
    CK_ULONG input_max;
};

static struct applet applets[] = {
    {READERS_1_7, CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_ECDSA, 256, 245},
    {READERS_1_8, CKM_ECDSA, CKM_ECDSA_SHA384, CKM_RSA_PKCS, 96, 64},
};

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static int
prepare(void **state)
{
    const struct applet *applet = *state;
    (void)client_list()->C_Finalize(NULL);
    if (!readers_reset() || !readers_insert(0, applet->kind, NULL)) {
        return -1;
    }
    assert_int_equal(client_start(NULL), CKR_OK);
    session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    key = client_find(session, CKO_PRIVATE_KEY);
    return key == 0 ? -1 : 0;
}

static int
finish(void **state)
{
    (void)state;
    client_stop();
    return 0;
}

static CK_RV
sign(unsigned char *data, CK_ULONG data_len, unsigned char *out, CK_ULONG *len)
{
    return client_list()->C_Sign(session, data, data_len, out, len);
}

static void
parts_and_whole_verify(void **state)
{
    const struct applet *applet = *state;
    const CK_MECHANISM_TYPE types[] = {applet->plain, applet->hashing};
    unsigned char data[48];
    unsigned char out[256];
    memset(data, 0x33, sizeof data);
    for (size_t t = 0; t < 2; t++) {
        CK_ULONG len = sizeof out;
        assert_int_equal(client_sign_init(session, types[t], key), CKR_OK);
        for (size_t i = 0; i < sizeof data; i += 16) {
            assert_int_equal(client_list()->C_SignUpdate(session, data + i, 16),
                             CKR_OK);
        }
        assert_int_equal(client_list()->C_SignFinal(session, NULL, &len),
                         CKR_OK);
        assert_int_equal(len, applet->len);
        assert_int_equal(client_list()->C_SignFinal(session, out, &len),
                         CKR_OK);
        assert_true(client_verify(readers_certificate(0), types[t],
                                  beid_span_of(data, sizeof data),
                                  beid_span_of(out, len)));
        assert_int_equal(client_list()->C_SignFinal(session, out, &len),
                         CKR_OPERATION_NOT_INITIALIZED);
    }
}

/* Shorter and longer hashes than the curve; leftmost bits count. */
static void
input_lengths(void **state)
{
    const struct applet *applet = *state;
    unsigned char data[300];
    unsigned char out[256];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)(i + 1);
    }
    const CK_ULONG good[] = {1, 20, 28, 32, 47, 48, 49, 64, applet->input_max};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CK_ULONG len = sizeof out;
        assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
        assert_int_equal(sign(data, good[i], out, &len), CKR_OK);
        assert_true(client_verify(readers_certificate(0), applet->plain,
                                  beid_span_of(data, good[i]),
                                  beid_span_of(out, len)));
    }
    const CK_ULONG bad[] = {0, applet->input_max + 1, sizeof data};
    readers_forget();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CK_ULONG len = sizeof out;
        assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
        assert_int_equal(sign(data, bad[i], out, &len), CKR_DATA_LEN_RANGE);
        assert_int_equal(sign(data, bad[i], out, &len),
                         CKR_OPERATION_NOT_INITIALIZED);
    }
    assert_int_equal(readers_count(), 0);
}

/* Asking for the length and a small buffer leave the operation as it is. */
static void
output_lengths(void **state)
{
    const struct applet *applet = *state;
    unsigned char data[32] = {1};
    unsigned char out[256];
    CK_ULONG len = 0;
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    readers_forget();
    assert_int_equal(sign(data, sizeof data, NULL, &len), CKR_OK);
    assert_int_equal(len, applet->len);
    len = applet->len - 1;
    assert_int_equal(sign(data, sizeof data, out, &len), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(len, applet->len);
    assert_int_equal(readers_count(), 0);
    assert_int_equal(sign(data, sizeof data, out, &len), CKR_OK);
}

static void
order_of_calls(void **state)
{
    const struct applet *applet = *state;
    unsigned char data[32] = {1};
    unsigned char out[256];
    CK_ULONG len = sizeof out;
    CK_MECHANISM with_parameter = {applet->plain, data, 1};
    assert_int_equal(client_sign_init(session, applet->foreign, key),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(client_sign_init(session, applet->plain, 0),
                     CKR_KEY_HANDLE_INVALID);
    assert_int_equal(client_sign_init(session, applet->plain,
                                      client_find(session, CKO_PUBLIC_KEY)),
                     CKR_KEY_FUNCTION_NOT_PERMITTED);
    assert_int_equal(client_list()->C_SignInit(session, &with_parameter, key),
                     CKR_MECHANISM_PARAM_INVALID);
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    assert_int_equal(client_sign_init(session, applet->plain, key),
                     CKR_OPERATION_ACTIVE);
    assert_int_equal(client_list()->C_SignUpdate(session, data, 4), CKR_OK);
    assert_int_equal(sign(data, sizeof data, out, &len), CKR_OPERATION_ACTIVE);
    assert_int_equal(sign(data, sizeof data, out, &len),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(client_sign_init(session, applet->hashing, key), CKR_OK);
    assert_int_equal(client_list()->C_SignUpdate(session, NULL, 4),
                     CKR_ARGUMENTS_BAD);
    assert_int_equal(client_list()->C_SignFinal(session, out, &len),
                     CKR_OPERATION_NOT_INITIALIZED);
    /* Not a way to log in without transaction=sign. */
    assert_int_equal(client_sign_init(session, applet->plain, key), CKR_OK);
    assert_int_equal(client_login(session, CKU_CONTEXT_SPECIFIC, CLIENT_PIN),
                     CKR_OPERATION_NOT_INITIALIZED);
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
        BOTH(parts_and_whole_verify),
        BOTH(input_lengths),
        BOTH(output_lengths),
        BOTH(order_of_calls),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
