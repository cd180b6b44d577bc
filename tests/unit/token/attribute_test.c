/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Searching and reading objects: right values, the two-call pattern, and no
 * more commands than needed. */
#include "../unit.h"
#include "client.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string.h>

#define UNAVAILABLE CK_UNAVAILABLE_INFORMATION

static enum readers_applet kinds[] = {READERS_1_7, READERS_1_8};

static int
prepare(void **state)
{
    const enum readers_applet *kind = *state;
    (void)client_list()->C_Finalize(NULL);
    bool ready = readers_reset() && readers_insert(0, *kind, NULL);
    return ready ? 0 : -1;
}

/* Attributes that libp11, pkcs11-tool, NSS, GnuTLS, p11-kit and OpenSSH ask
 * for; rsa and ec say on which applet they exist. */
struct expected {
    CK_ATTRIBUTE_TYPE type;
    bool rsa;
    bool ec;
};

static const struct expected of_certificate[] = {
    {CKA_CLASS, true, true},
    {CKA_TOKEN, true, true},
    {CKA_PRIVATE, true, true},
    {CKA_MODIFIABLE, true, true},
    {CKA_LABEL, true, true},
    {CKA_ID, true, true},
    {CKA_VALUE, true, true},
    {CKA_SUBJECT, true, true},
    {CKA_ISSUER, true, true},
    {CKA_SERIAL_NUMBER, true, true},
    {CKA_CERTIFICATE_TYPE, true, true},
    {CKA_CERTIFICATE_CATEGORY, true, true},
    {CKA_TRUSTED, true, true},
    {CKA_CHECK_VALUE, true, true},
    {CKA_START_DATE, true, true},
    {CKA_END_DATE, true, true},
    {CKA_URL, true, true},
    {CKA_HASH_OF_SUBJECT_PUBLIC_KEY, true, true},
    {CKA_HASH_OF_ISSUER_PUBLIC_KEY, true, true},
    {CKA_NAME_HASH_ALGORITHM, true, true},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, true, true},
    {CKA_PUBLIC_KEY_INFO, true, true},
    {CKA_COPYABLE, true, true},
    {CKA_DESTROYABLE, true, true},
    {CKA_KEY_TYPE, false, false},
    {CKA_MODULUS, false, false},
    {CKA_SIGN, false, false},
};

static const struct expected of_public_key[] = {
    {CKA_CLASS, true, true},           {CKA_KEY_TYPE, true, true},
    {CKA_TOKEN, true, true},           {CKA_PRIVATE, true, true},
    {CKA_LABEL, true, true},           {CKA_ID, true, true},
    {CKA_SUBJECT, true, true},         {CKA_VERIFY, true, true},
    {CKA_ENCRYPT, true, true},         {CKA_WRAP, true, true},
    {CKA_DERIVE, true, true},          {CKA_LOCAL, true, true},
    {CKA_PUBLIC_KEY_INFO, true, true}, {CKA_MODULUS, true, false},
    {CKA_MODULUS_BITS, true, false},   {CKA_PUBLIC_EXPONENT, true, false},
    {CKA_EC_PARAMS, false, true},      {CKA_EC_POINT, false, true},
    {CKA_VALUE, false, false},         {CKA_SIGN, false, false},
};

static const struct expected of_private_key[] = {
    {CKA_CLASS, true, true},
    {CKA_KEY_TYPE, true, true},
    {CKA_TOKEN, true, true},
    {CKA_PRIVATE, true, true},
    {CKA_LABEL, true, true},
    {CKA_ID, true, true},
    {CKA_SUBJECT, true, true},
    {CKA_SENSITIVE, true, true},
    {CKA_ALWAYS_SENSITIVE, true, true},
    {CKA_EXTRACTABLE, true, true},
    {CKA_NEVER_EXTRACTABLE, true, true},
    {CKA_SIGN, true, true},
    {CKA_SIGN_RECOVER, true, true},
    {CKA_DECRYPT, true, true},
    {CKA_UNWRAP, true, true},
    {CKA_DERIVE, true, true},
    {CKA_ALWAYS_AUTHENTICATE, true, true},
    {CKA_MODULUS, true, false},
    {CKA_PUBLIC_EXPONENT, true, false},
    {CKA_EC_PARAMS, false, true},
    {CKA_EC_POINT, false, true},
    {CKA_VERIFY, false, false},
};

static void
expect_all(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
           const struct expected *expected, size_t count)
{
    static unsigned char value[8192];
    assert_int_not_equal(object, 0);
    for (size_t i = 0; i < count; i++) {
        CK_ATTRIBUTE asked = {expected[i].type, NULL, 0};
        bool exists = client_is_rsa() ? expected[i].rsa : expected[i].ec;
        CK_RV rv =
            client_list()->C_GetAttributeValue(session, object, &asked, 1);
        if (rv != (exists ? CKR_OK : CKR_ATTRIBUTE_TYPE_INVALID)) {
            fail_msg("attribute %#lx: %#lx", asked.type, rv);
        }
        if (!exists) {
            assert_int_equal(asked.ulValueLen, UNAVAILABLE);
            continue;
        }
        CK_ULONG len = asked.ulValueLen;
        assert_true(len <= sizeof value);
        asked.pValue = value;
        asked.ulValueLen = sizeof value;
        assert_int_equal(
            client_list()->C_GetAttributeValue(session, object, &asked, 1),
            CKR_OK);
        assert_int_equal(asked.ulValueLen, len);
        if (len > 0) {
            asked.ulValueLen = len - 1;
            assert_int_equal(
                client_list()->C_GetAttributeValue(session, object, &asked, 1),
                CKR_BUFFER_TOO_SMALL);
            assert_int_equal(asked.ulValueLen, UNAVAILABLE);
        }
    }
}

#define EXPECT_ALL(session, class, table)                                      \
    expect_all((session), client_find((session), (class)), (table),            \
               sizeof(table) / sizeof *(table))

static void
all_attributes_in_two_calls(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    EXPECT_ALL(session, CKO_CERTIFICATE, of_certificate);
    EXPECT_ALL(session, CKO_PUBLIC_KEY, of_public_key);
    EXPECT_ALL(session, CKO_PRIVATE_KEY, of_private_key);
    client_stop();
}

/* What the boolean attributes of a key pair say, which decides what clients
 * try with it; CKA_ALWAYS_AUTHENTICATE beside it. */
struct truth {
    CK_ATTRIBUTE_TYPE type;
    CK_BBOOL value;
};

static const struct truth of_private[] = {
    {CKA_TOKEN, CK_TRUE},        {CKA_PRIVATE, CK_TRUE},
    {CKA_MODIFIABLE, CK_FALSE},  {CKA_COPYABLE, CK_FALSE},
    {CKA_DESTROYABLE, CK_FALSE}, {CKA_LOCAL, CK_TRUE},
    {CKA_SENSITIVE, CK_TRUE},    {CKA_ALWAYS_SENSITIVE, CK_TRUE},
    {CKA_EXTRACTABLE, CK_FALSE}, {CKA_NEVER_EXTRACTABLE, CK_TRUE},
    {CKA_SIGN, CK_TRUE},         {CKA_SIGN_RECOVER, CK_FALSE},
    {CKA_DECRYPT, CK_FALSE},     {CKA_UNWRAP, CK_FALSE},
    {CKA_DERIVE, CK_FALSE},      {CKA_WRAP_WITH_TRUSTED, CK_FALSE},
};

static const struct truth of_public[] = {
    {CKA_TOKEN, CK_TRUE},        {CKA_PRIVATE, CK_FALSE},
    {CKA_MODIFIABLE, CK_FALSE},  {CKA_COPYABLE, CK_FALSE},
    {CKA_DESTROYABLE, CK_FALSE}, {CKA_LOCAL, CK_TRUE},
    {CKA_VERIFY, CK_TRUE},       {CKA_VERIFY_RECOVER, CK_FALSE},
    {CKA_ENCRYPT, CK_FALSE},     {CKA_WRAP, CK_FALSE},
    {CKA_DERIVE, CK_FALSE},      {CKA_TRUSTED, CK_FALSE},
};

static const struct truth of_a_certificate[] = {
    {CKA_TOKEN, CK_TRUE},        {CKA_PRIVATE, CK_FALSE},
    {CKA_MODIFIABLE, CK_FALSE},  {CKA_COPYABLE, CK_FALSE},
    {CKA_DESTROYABLE, CK_FALSE}, {CKA_TRUSTED, CK_FALSE},
};

static void
expect_bool(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
            CK_ATTRIBUTE_TYPE type, CK_BBOOL value)
{
    unsigned char got[2] = {0xAA, 0xAA};
    CK_ATTRIBUTE asked = {type, got, sizeof got};
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    if (asked.ulValueLen != sizeof(CK_BBOOL) || got[0] != value) {
        fail_msg("attribute %#lx: %u", type, got[0]);
    }
    assert_int_equal(got[1], 0xAA);
}

static void
expect_truths(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
              const struct truth *truths, size_t count)
{
    assert_int_not_equal(object, 0);
    for (size_t i = 0; i < count; i++) {
        expect_bool(session, object, truths[i].type, truths[i].value);
    }
}

#define EXPECT_TRUTHS(session, class, id, table)                               \
    expect_truths((session), client_find_id((session), (class), (id)),         \
                  (table), sizeof(table) / sizeof *(table))

/* With the agent's option both keys want a PIN for each signature. */
static void
keys_say_what_they_are(void **state)
{
    static const char *const options[] = {NULL, "transaction=sign"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(client_start(options[i]), CKR_OK);
        CK_SESSION_HANDLE session = client_session();
        if (options[i] == NULL) {
            assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN),
                             CKR_OK);
        }
        for (CK_BYTE id = 0x02; id <= 0x03; id++) {
            EXPECT_TRUTHS(session, CKO_PRIVATE_KEY, id, of_private);
            EXPECT_TRUTHS(session, CKO_PUBLIC_KEY, id, of_public);
            EXPECT_TRUTHS(session, CKO_CERTIFICATE, id, of_a_certificate);
            expect_bool(session, client_find_id(session, CKO_PRIVATE_KEY, id),
                        CKA_ALWAYS_AUTHENTICATE,
                        id == 0x03 || options[i] != NULL ? CK_TRUE : CK_FALSE);
        }
        client_stop();
    }
}

/* Every attribute is answered, whatever the others come to (§5.7). */
static void
mixed_answers(void **state)
{
    (void)state;
    CK_BBOOL sign = CK_FALSE;
    unsigned char small[1];
    unsigned char label[32];
    assert_int_equal(client_start("transaction=sign"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    CK_OBJECT_HANDLE key = client_find(session, CKO_PRIVATE_KEY);
    CK_ATTRIBUTE asked[] = {
        {CKA_PRIVATE_EXPONENT, NULL, 0}, {CKA_VALUE, small, sizeof small},
        {0x80001234UL, NULL, 0},         {CKA_SUBJECT, small, sizeof small},
        {CKA_SIGN, &sign, sizeof sign},  {CKA_LABEL, label, sizeof label},
    };
    assert_int_equal(client_list()->C_GetAttributeValue(session, key, asked, 6),
                     CKR_ATTRIBUTE_SENSITIVE);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(asked[i].ulValueLen, UNAVAILABLE);
    }
    assert_int_equal(sign, CK_TRUE);
    assert_int_equal(asked[5].ulValueLen, strlen("Authentication"));
    assert_memory_equal(label, "Authentication", strlen("Authentication"));
    assert_int_equal(client_list()->C_GetAttributeValue(session, 999, asked, 1),
                     CKR_OBJECT_HANDLE_INVALID);
    client_stop();
}

static void
read_one(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
         CK_ATTRIBUTE_TYPE type, struct beid_span *out)
{
    static unsigned char value[8192];
    CK_ATTRIBUTE asked = {type, value, sizeof value};
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    *out = beid_span_of(value, asked.ulValueLen);
}

static void
expect_der(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
           CK_ATTRIBUTE_TYPE type, unsigned char *der, int len)
{
    struct beid_span value = {0};
    assert_true(len > 0);
    read_one(session, object, type, &value);
    assert_int_equal(value.len, len);
    assert_memory_equal(value.ptr, der, value.len);
    OPENSSL_free(der);
}

static void
values_are_the_certificates(void **state)
{
    (void)state;
    struct beid_span file = readers_certificate(0);
    const unsigned char *at = file.ptr;
    unsigned char *der = NULL;
    X509 *x509 = d2i_X509(NULL, &at, (long)file.len);
    assert_non_null(x509);
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    CK_OBJECT_HANDLE found = client_find(session, CKO_CERTIFICATE);
    int len = i2d_X509_NAME(X509_get_subject_name(x509), &der);
    expect_der(session, found, CKA_SUBJECT, der, len);
    der = NULL;
    len = i2d_X509_NAME(X509_get_issuer_name(x509), &der);
    expect_der(session, found, CKA_ISSUER, der, len);
    der = NULL;
    len = i2d_ASN1_INTEGER(X509_get_serialNumber(x509), &der);
    expect_der(session, found, CKA_SERIAL_NUMBER, der, len);
    der = NULL;
    len = i2d_X509(x509, &der);
    expect_der(session, found, CKA_VALUE, der, len);
    der = NULL;
    len = i2d_PUBKEY(X509_get0_pubkey(x509), &der);
    expect_der(session, found, CKA_PUBLIC_KEY_INFO, der, len);
    if (!client_is_rsa()) {
        struct beid_span point = {0};
        found = client_find(session, CKO_PUBLIC_KEY);
        read_one(session, found, CKA_EC_POINT, &point);
        assert_int_equal(point.len, 99);
        assert_memory_equal(point.ptr, "\x04\x61\x04", 3);
    }
    X509_free(x509);
    client_stop();
}

/* How many objects match, and how many commands that took. */
static CK_ULONG
count_found(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count,
            size_t *commands)
{
    CK_OBJECT_HANDLE found[64];
    CK_ULONG total = 0;
    readers_forget();
    assert_int_equal(client_list()->C_FindObjectsInit(session, wanted, count),
                     CKR_OK);
    assert_int_equal(client_list()->C_FindObjects(session, found, 64, &total),
                     CKR_OK);
    assert_int_equal(client_list()->C_FindObjectsFinal(session), CKR_OK);
    *commands = readers_count();
    return total;
}

static void
searches_read_what_decides(void **state)
{
    (void)state;
    CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
    CK_OBJECT_CLASS data = CKO_DATA;
    CK_BYTE id = 0x02;
    CK_BYTE other = 0x03;
    char label[] = "Authentication";
    CK_ATTRIBUTE by_class[] = {{CKA_CLASS, &private_key, sizeof private_key},
                               {CKA_ID, &id, sizeof id}};
    CK_ATTRIBUTE by_data = {CKA_CLASS, &data, sizeof data};
    CK_ATTRIBUTE by_other = {CKA_ID, &other, sizeof other};
    CK_ATTRIBUTE by_label = {CKA_LABEL, label, sizeof label - 1};
    CK_ATTRIBUTE by_subject = {CKA_SUBJECT, label, sizeof label - 1};
    CK_ATTRIBUTE broken = {CKA_LABEL, NULL, 5};
    size_t commands = 0;
    assert_int_equal(client_start("transaction=sign objects=auth"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(count_found(session, &by_data, 1, &commands), 0);
    assert_int_equal(commands, 0);
    assert_int_equal(count_found(session, &by_other, 1, &commands), 0);
    assert_int_equal(commands, 0);
    /* A key exists when its certificate does: SELECT and the first block. */
    assert_int_equal(count_found(session, by_class, 2, &commands), 1);
    assert_int_equal(commands, 2);
    assert_int_equal(count_found(session, &by_label, 1, &commands), 3);
    assert_true(commands > 0);
    assert_int_equal(count_found(session, NULL, 0, &commands), 3);
    assert_int_equal(commands, 0);
    assert_int_equal(count_found(session, &by_subject, 1, &commands), 0);
    assert_int_equal(client_list()->C_FindObjectsInit(session, &broken, 1),
                     CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(client_list()->C_FindObjectsInit(session, NULL, 0),
                     CKR_OK);
    assert_int_equal(client_list()->C_FindObjectsInit(session, NULL, 0),
                     CKR_OPERATION_ACTIVE);
    client_stop();
}

static void
children_have_no_objects(void **state)
{
    const enum readers_applet *kind = *state;
    size_t commands = 0;
    assert_true(readers_insert(0, *kind, "minor"));
    assert_int_equal(client_start("transaction=sign objects=auth"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(count_found(session, NULL, 0, &commands), 0);
    assert_int_equal(commands, 2);
    assert_int_equal(count_found(session, NULL, 0, &commands), 0);
    assert_int_equal(commands, 0);
    client_stop();
}

/* What objects= does not name costs no command; only the citizen's private
 * keys are here. */
static void
only_what_is_asked_for_is_listed(void **state)
{
    const enum readers_applet *kind = *state;
    /* Files and fields of an adult's card; data_test.c looks at them. */
    const CK_ULONG data = *kind == READERS_1_7 ? 25 : 28;
    const struct {
        const char *options;
        CK_ULONG count;
    } cases[] = {
        {"objects=data transaction=sign", data},
        {"objects=rrn transaction=sign", 2},
        {"objects=sign transaction=sign", 3},
        {"objects=ca transaction=sign", 2},
        {"objects=root transaction=sign", 2},
        {"objects=auth,ca transaction=sign", 5},
        {"transaction=sign", 12 + data},
        {NULL, 10 + data},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t commands = 0;
        assert_int_equal(client_start(cases[i].options), CKR_OK);
        CK_SESSION_HANDLE session = client_session();
        assert_int_equal(count_found(session, NULL, 0, &commands),
                         cases[i].count);
        assert_int_equal(commands == 0, cases[i].count == 0);
        client_stop();
    }
}

#define BOTH(test) ON((test), 0), ON((test), 1)
#define ON(test, n)                                                            \
    {                                                                          \
        .name = #test " on kinds[" #n "]", .test_func = (test),                \
        .setup_func = prepare, .initial_state = &kinds[(n)]                    \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(all_attributes_in_two_calls),
        BOTH(keys_say_what_they_are),
        BOTH(mixed_answers),
        BOTH(values_are_the_certificates),
        BOTH(searches_read_what_decides),
        BOTH(children_have_no_objects),
        BOTH(only_what_is_asked_for_is_listed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
