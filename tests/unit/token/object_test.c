/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * All objects of a card: each certificate with the right identifier, label,
 * category and keys, none that the card does not have, and the exact commands
 * that finding them costs.
 */
#include "../unit.h"
#include "client.h"

#include <beid/tlv.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

static enum readers_applet kinds[] = {READERS_1_7, READERS_1_8};

struct certificate {
    const char *label;
    CK_ULONG category;
    unsigned file;
    CK_BYTE id;
};

static const struct certificate certificates[] = {
    {"Authentication", 1, 0x5038, 0x02},
    {"Signature", 1, 0x5039, 0x03},
    {"CA", 2, 0x503A, 0x04},
    {"Root", 2, 0x503B, 0x06},
    {"RRN", 3, 0x503C, 0x08},
};

#define CERTIFICATES (sizeof certificates / sizeof *certificates)
#define VALUE_MAX 8192

static int
prepare(void **state)
{
    const enum readers_applet *kind = *state;
    (void)client_list()->C_Finalize(NULL);
    return readers_reset() && readers_insert(0, *kind, NULL) ? 0 : -1;
}

static struct beid_span
read_one(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
         CK_ATTRIBUTE_TYPE type)
{
    static unsigned char value[VALUE_MAX];
    CK_ATTRIBUTE asked = {type, value, sizeof value};
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    return beid_span_of(value, asked.ulValueLen);
}

static CK_ULONG
read_number(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
            CK_ATTRIBUTE_TYPE type)
{
    CK_ULONG number = 0;
    CK_ATTRIBUTE asked = {type, &number, sizeof number};
    assert_int_equal(
        client_list()->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    return number;
}

/* The certificate in a file, without what follows it. */
static struct beid_span
file_value(unsigned id)
{
    size_t len = 0;
    struct beid_span der;
    struct beid_span file = readers_file(0, id);
    assert_int_equal(beid_der_total(file, file.len, &len), BEID_OK);
    assert_int_equal(beid_span_slice(file, 0, len, &der), BEID_OK);
    return der;
}

static void
expect_bytes(struct beid_span value, const unsigned char *der, int len)
{
    assert_true(len > 0);
    assert_int_equal(value.len, len);
    assert_memory_equal(value.ptr, der, value.len);
}

/*
 * A public key by its label. Only the citizen's carry their certificate's id:
 * NSS takes it for the sign of a key pair.
 */
static CK_OBJECT_HANDLE
public_key_of(CK_SESSION_HANDLE session, const struct certificate *expected)
{
    CK_FUNCTION_LIST *list = client_list();
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    char label[32];
    (void)snprintf(label, sizeof label, "%s", expected->label);
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_LABEL, label, strlen(label)}};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    assert_int_equal(list->C_FindObjectsInit(session, wanted, 2), CKR_OK);
    assert_int_equal(list->C_FindObjects(session, &found, 1, &count), CKR_OK);
    assert_int_equal(list->C_FindObjectsFinal(session), CKR_OK);
    assert_int_equal(count, 1);
    bool citizen = expected->category == 1;
    assert_int_equal(read_one(session, found, CKA_ID).len, citizen ? 1 : 0);
    assert_int_equal(client_find_id(session, CKO_PUBLIC_KEY, expected->id),
                     citizen ? found : 0);
    return found;
}

/* The public key that belongs to it is the certificate's, whoever made it. */
static void
expect_public_key(CK_SESSION_HANDLE session, const struct certificate *expected,
                  const X509 *x509)
{
    unsigned char *der = NULL;
    const EVP_PKEY *key = X509_get0_pubkey(x509);
    bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    CK_OBJECT_HANDLE found = public_key_of(session, expected);
    assert_int_equal(read_number(session, found, CKA_KEY_TYPE),
                     rsa ? CKK_RSA : CKK_EC);
    int len = i2d_PUBKEY(key, &der);
    expect_bytes(read_one(session, found, CKA_PUBLIC_KEY_INFO), der, len);
    OPENSSL_free(der);
    bool citizen = expected->category == 1;
    assert_int_equal(*read_one(session, found, CKA_LOCAL).ptr,
                     citizen ? CK_TRUE : CK_FALSE);
    assert_int_equal(read_number(session, found, CKA_KEY_GEN_MECHANISM)
                         != (CK_ULONG)-1,
                     citizen);
    if (rsa) {
        assert_int_equal(read_number(session, found, CKA_MODULUS_BITS),
                         EVP_PKEY_get_bits(key));
    } else {
        assert_int_equal(read_one(session, found, CKA_EC_POINT).len, 99);
    }
}

static void
each_certificate_is_the_cards(void **state)
{
    (void)state;
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(client_login(session, CKU_USER, CLIENT_PIN), CKR_OK);
    for (size_t i = 0; i < CERTIFICATES; i++) {
        const struct certificate *expected = &certificates[i];
        struct beid_span der = file_value(expected->file);
        const unsigned char *at = der.ptr;
        X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
        assert_non_null(x509);
        CK_OBJECT_HANDLE found =
            client_find_id(session, CKO_CERTIFICATE, expected->id);
        assert_int_not_equal(found, 0);
        struct beid_span value = read_one(session, found, CKA_VALUE);
        assert_true(beid_span_same(value, der));
        value = read_one(session, found, CKA_LABEL);
        assert_true(beid_span_same(value, beid_span_str(expected->label)));
        assert_int_equal(read_number(session, found, CKA_CERTIFICATE_CATEGORY),
                         expected->category);
        assert_int_equal(*read_one(session, found, CKA_TRUSTED).ptr, CK_FALSE);
        expect_public_key(session, expected, x509);
        assert_int_equal(client_find_id(session, CKO_PRIVATE_KEY, expected->id)
                             != 0,
                         expected->category == 1);
        X509_free(x509);
    }
    client_stop();
}

/* How many objects match, and with which commands. */
static CK_ULONG
find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    CK_OBJECT_HANDLE found[64];
    CK_ULONG total = 0;
    readers_forget();
    assert_int_equal(client_list()->C_FindObjectsInit(session, wanted, count),
                     CKR_OK);
    assert_int_equal(client_list()->C_FindObjects(session, found, 64, &total),
                     CKR_OK);
    assert_int_equal(client_list()->C_FindObjectsFinal(session), CKR_OK);
    return total;
}

/* "A4 B0 A4 B0": n certificates, of each so many blocks. */
static const char *
commands(size_t certificate_count, size_t blocks)
{
    static char text[256];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < certificate_count; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%sA4",
                               i > 0 ? " " : "");
        for (size_t k = 0; k < blocks; k++) {
            at += (size_t)snprintf(text + at, sizeof text - at, " B0");
        }
    }
    return text;
}

static size_t
blocks_of(unsigned file)
{
    return (file_value(file).len + 255) / 256;
}

static void
searches_cost_what_they_need(void **state)
{
    (void)state;
    CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
    CK_OBJECT_CLASS certificate = CKO_CERTIFICATE;
    CK_BYTE id = 0x02;
    char label[] = "Authentication";
    CK_ATTRIBUTE by_label[] = {{CKA_CLASS, &private_key, sizeof private_key},
                               {CKA_LABEL, label, sizeof label - 1}};
    CK_ATTRIBUTE by_id[] = {{CKA_ID, &id, sizeof id},
                            {CKA_CLASS, &private_key, sizeof private_key}};
    CK_ATTRIBUTE named[] = {{CKA_CLASS, &certificate, sizeof certificate},
                            {CKA_ID, &id, sizeof id}};
    assert_int_equal(client_start("transaction=sign"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    /* One key: its own certificate's first block, and that once. */
    assert_int_equal(find(session, by_label, 2), 1);
    assert_string_equal(readers_trace(), "A4 B0");
    assert_int_equal(find(session, by_id, 2), 1);
    assert_int_equal(readers_count(), 0);
    /* The key pair, not the others. */
    by_id[1] = (CK_ATTRIBUTE){CKA_CLASS, &private_key, sizeof private_key};
    assert_int_equal(find(session, &by_id[1], 1), 2);
    assert_string_equal(readers_trace(), "A4 B0");
    /* All certificates: the first blocks that lack. */
    assert_int_equal(find(session, named, 1), CERTIFICATES);
    assert_string_equal(readers_trace(), commands(3, 1));
    /* The one that is named: what lacks of it, one SELECT. */
    assert_int_equal(find(session, named, 2), 1);
    assert_string_equal(readers_trace(), commands(1, blocks_of(0x5038) - 1));
    CK_OBJECT_HANDLE found = client_find(session, CKO_CERTIFICATE);
    readers_forget();
    (void)read_one(session, found, CKA_VALUE);
    (void)read_one(session, found, CKA_SUBJECT);
    assert_int_equal(readers_count(), 0);
    client_stop();
}

/* The agent lists one certificate, and libp11 then looks for all there are. */
static void
the_only_certificate_is_read_whole(void **state)
{
    (void)state;
    CK_OBJECT_CLASS certificate = CKO_CERTIFICATE;
    CK_ATTRIBUTE all = {CKA_CLASS, &certificate, sizeof certificate};
    assert_int_equal(client_start("transaction=sign objects=sign"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    assert_int_equal(find(session, &all, 1), 1);
    assert_string_equal(readers_trace(), commands(1, blocks_of(0x5039)));
    client_stop();
}

/* Named first: one SELECT and the blocks; kept while the chip is the same. */
static void
a_certificate_is_read_once(void **state)
{
    const enum readers_applet *kind = *state;
    assert_int_equal(
        client_start("transaction=sign objects=auth,sign,ca,root,rrn"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    for (size_t i = 0; i < CERTIFICATES; i++) {
        readers_forget();
        CK_OBJECT_HANDLE found =
            client_find_id(session, CKO_CERTIFICATE, certificates[i].id);
        (void)read_one(session, found, CKA_VALUE);
        assert_string_equal(readers_trace(),
                            commands(1, blocks_of(certificates[i].file)));
    }
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    session = client_session();
    readers_forget();
    assert_int_equal(find(session, NULL, 0), 12);
    assert_int_equal(readers_count(), 0);
    /* Another chip has other certificates. */
    assert_true(readers_insert(0, *kind, "other"));
    assert_int_equal(client_list()->C_CloseSession(session), CKR_OK);
    session = client_session();
    readers_forget();
    (void)client_find(session, CKO_CERTIFICATE);
    assert_string_equal(readers_trace(), commands(1, blocks_of(0x5038)));
    client_stop();
}

/* libp11 asks for the token of every slot, each time it looks. */
static void
tries_are_asked_once(void **state)
{
    const enum readers_applet *kind = *state;
    CK_TOKEN_INFO info;
    CK_FUNCTION_LIST *list = client_list();
    assert_int_equal(client_start(NULL), CKR_OK);
    CK_SLOT_ID slot = client_slot(0);
    assert_int_equal(list->C_GetTokenInfo(slot, &info), CKR_OK);
    assert_string_equal(readers_trace(), *kind == READERS_1_7 ? "E4 20" : "E4");
    readers_forget();
    CK_SESSION_HANDLE session = client_session();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(list->C_GetTokenInfo(slot, &info), CKR_OK);
    }
    assert_int_equal(readers_count(), 0);
    /* Our own VERIFY tells the rest. */
    assert_int_equal(client_login(session, CKU_USER, CLIENT_WRONG),
                     CKR_PIN_INCORRECT);
    readers_forget();
    assert_int_equal(list->C_GetTokenInfo(slot, &info), CKR_OK);
    assert_true((info.flags & CKF_USER_PIN_COUNT_LOW) != 0);
    assert_int_equal(readers_count(), 0);
    /* A stranger's reset may hide a stranger's VERIFY. */
    readers_strange_wrong_pin(0);
    readers_strange_reset(0);
    (void)client_find(session, CKO_CERTIFICATE);
    assert_int_equal(list->C_GetTokenInfo(slot, &info), CKR_OK);
    assert_true((info.flags & CKF_USER_PIN_FINAL_TRY) != 0);
    client_stop();
}

static CK_ULONG
count_ids(CK_SESSION_HANDLE session, CK_BYTE id)
{
    CK_ATTRIBUTE wanted = {CKA_ID, &id, sizeof id};
    return find(session, &wanted, 1);
}

static void
absent_certificates_have_no_objects(void **state)
{
    const enum readers_applet *kind = *state;
    static const struct {
        const char *person;
        CK_ULONG auth;
        CK_ULONG sign;
    } cases[] = {{"minor", 0, 0}, {"no-signature", 3, 0}, {"foreigner", 3, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(readers_insert(0, *kind, cases[i].person));
        assert_int_equal(client_start("transaction=sign"), CKR_OK);
        CK_SESSION_HANDLE session = client_session();
        assert_int_equal(count_ids(session, 0x02), cases[i].auth);
        assert_int_equal(count_ids(session, 0x03), cases[i].sign);
        assert_int_equal(count_ids(session, 0x04), 1);
        assert_int_equal(count_ids(session, 0x06), 1);
        assert_int_equal(count_ids(session, 0x08), 1);
        client_stop();
    }
}

/* The status words of a certificate that is not there or not activated, at
 * SELECT and at the first READ BINARY (facts §2.2 to §2.4). */
static void
files_that_are_not_activated(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t sw[2];
    } cases[] = {
        {1, {0x6A, 0x82}}, {1, {0x62, 0x83}}, {1, {0x69, 0x85}},
        {2, {0x69, 0x85}}, {2, {0x6B, 0x00}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(client_start("transaction=sign"), CKR_OK);
        CK_SESSION_HANDLE session = client_session();
        readers_answer(cases[i].at, beid_span_of(cases[i].sw, 2));
        assert_int_equal(count_ids(session, 0x03), 0);
        assert_int_equal(count_ids(session, 0x02), 3);
        client_stop();
    }
}

/* A file of a CA that holds anything keeps nobody from the citizen's. */
static void
garbage_of_others_is_no_object(void **state)
{
    (void)state;
    uint8_t garbage[258];
    memset(garbage, 0xA5, sizeof garbage);
    garbage[256] = 0x90;
    garbage[257] = 0x00;
    assert_int_equal(client_start("transaction=sign"), CKR_OK);
    CK_SESSION_HANDLE session = client_session();
    readers_answer(2, beid_span_of(garbage, sizeof garbage));
    assert_int_equal(count_ids(session, 0x04), 0);
    assert_int_equal(count_ids(session, 0x02), 3);
    client_stop();
}

/* Nor does a damaged one of the citizen keep anybody from the others; who
 * names it is told. */
static void
a_damaged_file_hides_only_itself(void **state)
{
    (void)state;
    static const uint8_t failures[][2] = {{0x65, 0x81}, {0x90, 0x00}};
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_BYTE id = 0x02;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
                             {CKA_ID, &id, sizeof id}};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        assert_int_equal(client_start(NULL), CKR_OK);
        CK_SESSION_HANDLE session = client_session();
        readers_answer(2, beid_span_of(failures[i], 2));
        assert_int_equal(find(session, wanted, 1), CERTIFICATES - 1);
        readers_answer(2, beid_span_of(failures[i], 2));
        assert_int_equal(client_list()->C_FindObjectsInit(session, wanted, 2),
                         CKR_DEVICE_ERROR);
        /* It was asked for each time: now that it can be read, it is there. */
        assert_int_equal(find(session, wanted, 1), CERTIFICATES);
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
        BOTH(each_certificate_is_the_cards),
        BOTH(searches_cost_what_they_need),
        BOTH(the_only_certificate_is_read_whole),
        BOTH(a_certificate_is_read_once),
        BOTH(tries_are_asked_once),
        BOTH(absent_certificates_have_no_objects),
        BOTH(files_that_are_not_activated),
        BOTH(garbage_of_others_is_no_object),
        BOTH(a_damaged_file_hides_only_itself),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    readers_end();
    return failed;
}
