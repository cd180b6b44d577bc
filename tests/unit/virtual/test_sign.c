/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* MSE SET, PSO: COMPUTE DIGITAL SIGNATURE, INTERNAL AUTHENTICATE; what comes
 * out is verified with OpenSSL. */

#include "../unit.h"
#include "card_case.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdio.h>
#include <string.h>

#define GOOD "00200001 08 24 1234 FFFFFFFFFF"
#define HASH_20 "000102030405060708090A0B0C0D0E0F10111213"
#define HASH_16 "000102030405060708090A0B0C0D0E0F"
#define HASH_32 HASH_16 HASH_16
#define HASH_48 HASH_32 HASH_16
#define HASH_64 HASH_32 HASH_32
#define DER_MAX 128

static void
test_mse(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    CASE_EXPECT(card, "002241B6050480018482", 0x9000);
    CASE_EXPECT(card, "002241B6050480018483", 0x9000);
    CASE_EXPECT(card, "002241B6050480018481", 0x9000);
    CASE_EXPECT(card, "002241A4050480018482", 0x6B00);
    CASE_EXPECT(card, "002281B6050480018482", 0x6B00);
    CASE_EXPECT(card, "002241A40404800184", 0x6B00); /* P before length */
    CASE_EXPECT(card, "002241B60404800184", 0x6700);
    CASE_EXPECT(card, "002241B6", 0x6700);
    CASE_EXPECT(card, "002241B606048001848200", 0x6700);
    CASE_EXPECT(card, "002241B6050580018482", 0x6A80);
    CASE_EXPECT(card, "002241B6050481018482", 0x6A80);
    CASE_EXPECT(card, "002241B6050480018582", 0x6A80);
    CASE_EXPECT(card, "002241B6050480038482", 0x6A80);
    CASE_EXPECT(card, "002241B6050480408482", 0x6A80); /* 1.8 only */
    CASE_EXPECT(card, "002241B6050480018487", 0x6A80);
    CASE_EXPECT(card, "002241B6050480038484", 0x6A80); /* data before key */
    CASE_EXPECT(card, "002241B6050480018484", 0x6A88);
    CASE_EXPECT(card, "002241B6050480018480", 0x6A88);
    /* After a failure there is no environment. */
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "002A9E9A20" HASH_32, 0x6985);
    vcard_free(&card);
}

static void
algorithms_are(enum vcard_applet applet, const char *known)
{
    struct vcard *card = case_card(applet);
    for (unsigned bit = 0; bit < 8; bit++) {
        char command[24];
        (void)snprintf(command, sizeof(command), "002241B6050480%02X8482",
                       1U << bit);
        CASE_EXPECT(card, command, known[bit] == '1' ? 0x9000 : 0x6A80);
    }
    vcard_free(&card);
}

static void
test_mse_algorithms(void **state)
{
    (void)state;
    algorithms_are(VCARD_APPLET_1_1, "11100000");
    algorithms_are(VCARD_APPLET_1_7, "11111100");
    algorithms_are(VCARD_APPLET_1_8, "11111110");
}

static void
test_pso_order(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    CASE_EXPECT(card, "002A9E9B30" HASH_48, 0x6B00);
    CASE_EXPECT(card, "002A809A30" HASH_48, 0x6B00);
    CASE_EXPECT(card, "002A9E9A30" HASH_48, 0x6985);
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "002A9E9A30" HASH_48, 0x6985); /* PIN or not */
    CASE_EXPECT(card, "80E60000", 0x9000);
    CASE_EXPECT(card, "002241B6050480028482", 0x9000);
    CASE_EXPECT(card, "002A9E9B02 0102", 0x6B00);
    CASE_EXPECT(card, "002A9E9A02 0102", 0x6982); /* right before length */
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "002A9E9A02 0102", 0x6700);
    CASE_EXPECT(card, "002A9E9A", 0x6700);
    CASE_EXPECT(card, "002A9E9A20" HASH_32, 0x6700);
    CASE_EXPECT(card, "002A9E9A30" HASH_48, 0x6160);
    CASE_EXPECT(card, "002241B6050480028481", 0x9000);
    CASE_EXPECT(card, "002A9E9A30" HASH_48, 0x6982); /* key 81: never */
    assert_int_equal(vcard_counts_of(card).signatures, 1);
    vcard_free(&card);
}

/* Verifies with (padding) or without (0) RSA. */
static bool
rsa_good(EVP_PKEY *key, int padding, const char *md, struct beid_span hash,
         const struct vcard_answer *signature)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool good =
        ctx != NULL && EVP_PKEY_verify_init(ctx) > 0
        && EVP_PKEY_CTX_set_rsa_padding(ctx, padding) > 0
        && (md == NULL
            || EVP_PKEY_CTX_set_signature_md(ctx, EVP_get_digestbyname(md)) > 0)
        && (padding != RSA_PKCS1_PSS_PADDING
            || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST)
                   > 0)
        && EVP_PKEY_verify(ctx, signature->bytes, signature->len, hash.ptr,
                           hash.len)
               == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

static void
fetch(struct vcard *card, unsigned sw, struct vcard_answer *out)
{
    char command[16];
    assert_int_equal(sw & 0xFF00U, 0x6100);
    (void)snprintf(command, sizeof(command), "00C00000%02X", sw & 0xFFU);
    assert_int_equal(case_ask(card, command, out), 0x9000);
}

static void
rsa_case(struct vcard *card, unsigned alg, const char *data, int padding,
         const char *md)
{
    uint8_t hash[256];
    size_t len = case_hex(data, hash, sizeof(hash));
    char command[600];
    struct vcard_answer signature;
    for (unsigned key = 0x82; key <= 0x83; key++) {
        (void)snprintf(command, sizeof(command), "002241B6050480%02X84%02X",
                       alg, key);
        CASE_EXPECT(card, command, 0x9000);
        CASE_EXPECT(card, GOOD, 0x9000);
        (void)snprintf(command, sizeof(command), "002A9E9A%02X%s",
                       (unsigned)len, data);
        fetch(card, case_sw(card, command), &signature);
        const struct vcard_image *image = vcard_image_of(card);
        EVP_PKEY *pkey = key == 0x82 ? image->auth : image->sign;
        assert_int_equal(signature.len, EVP_PKEY_get_size(pkey));
        assert_true(
            rsa_good(pkey, padding, md, beid_span_of(hash, len), &signature));
        hash[0] ^= 1U;
        assert_false(
            rsa_good(pkey, padding, md, beid_span_of(hash, len), &signature));
        hash[0] ^= 1U;
    }
}

static void
test_rsa(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    rsa_case(card, 0x02, HASH_20, RSA_PKCS1_PADDING, "SHA1");
    rsa_case(card, 0x04, HASH_16, RSA_PKCS1_PADDING, "MD5");
    rsa_case(card, 0x08, HASH_32, RSA_PKCS1_PADDING, "SHA256");
    rsa_case(card, 0x10, HASH_20, RSA_PKCS1_PSS_PADDING, "SHA1");
    rsa_case(card, 0x20, HASH_32, RSA_PKCS1_PSS_PADDING, "SHA256");
    rsa_case(card, 0x01, "05060708", RSA_PKCS1_PADDING, NULL);
    vcard_free(&card);

    card = case_card(VCARD_APPLET_1_1);
    rsa_case(card, 0x02, HASH_20, RSA_PKCS1_PADDING, "SHA1");
    vcard_free(&card);
}

/* Alg 01 with a DigestInfo is the same signature as alg 08 with the hash. */
static void
test_rsa_digest_info(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    struct vcard_answer one;
    struct vcard_answer two;
    CASE_EXPECT(card, "002241B6050480018482", 0x9000);
    CASE_EXPECT(card, GOOD, 0x9000);
    fetch(card,
          case_sw(card,
                  "002A9E9A33 3031300D060960864801650304020105000420" HASH_32),
          &one);
    CASE_EXPECT(card, "002241B6050480088482", 0x9000);
    fetch(card, case_sw(card, "002A9E9A20" HASH_32), &two);
    assert_int_equal(one.len, 256);
    assert_memory_equal(one.bytes, two.bytes, 256);
    vcard_free(&card);
}

/* The longest input of raw PKCS#1: the modulus less 11 bytes. */
static void
raw_length(enum vcard_applet applet, unsigned max)
{
    struct vcard *card = case_card(applet);
    CASE_EXPECT(card, "002241B6050480018482", 0x9000);
    CASE_EXPECT(card, GOOD, 0x9000);
    for (unsigned len = max; len <= max + 1; len++) {
        uint8_t command[300] = {0x00, 0x2A, 0x9E, 0x9A, (uint8_t)len};
        struct vcard_answer answer;
        vcard_transmit(card, beid_span_of(command, 5 + (size_t)len), &answer);
        assert_int_equal(answer.bytes[0], len == max ? 0x61 : 0x67);
    }
    CASE_EXPECT(card, "002A9E9A00", 0x6700);
    vcard_free(&card);
}

static void
test_rsa_raw_length(void **state)
{
    (void)state;
    raw_length(VCARD_APPLET_1_7, 245);
    raw_length(VCARD_APPLET_1_1, 117);
}

/* Raw r and s of 48 bytes each over a hash that is not hashed again. */
static bool
ec_good(EVP_PKEY *key, struct beid_span hash,
        const struct vcard_answer *signature)
{
    unsigned char der[DER_MAX];
    unsigned char *end = der;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    assert_int_equal(signature->len, 96);
    assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(signature->bytes, 48, NULL),
                                    BN_bin2bn(signature->bytes + 48, 48, NULL)),
                     1);
    int len = i2d_ECDSA_SIG(sig, &end);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool good =
        len > 0 && ctx != NULL && EVP_PKEY_verify_init(ctx) > 0
        && EVP_PKEY_verify(ctx, der, (size_t)len, hash.ptr, hash.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    ECDSA_SIG_free(sig);
    return good;
}

static void
ec_case(struct vcard *card, unsigned alg, const char *data)
{
    uint8_t hash[64];
    size_t len = case_hex(data, hash, sizeof(hash));
    char command[256];
    struct vcard_answer signature;
    for (unsigned key = 0x82; key <= 0x83; key++) {
        (void)snprintf(command, sizeof(command), "002241B6050480%02X84%02X",
                       alg, key);
        CASE_EXPECT(card, command, 0x9000);
        CASE_EXPECT(card, GOOD, 0x9000);
        (void)snprintf(command, sizeof(command), "002A9E9A%02X%s",
                       (unsigned)len, data);
        assert_int_equal(case_ask(card, command, &signature), 0x6160);
        fetch(card, 0x6160, &signature);
        const struct vcard_image *image = vcard_image_of(card);
        EVP_PKEY *pkey = key == 0x82 ? image->auth : image->sign;
        assert_true(ec_good(pkey, beid_span_of(hash, len), &signature));
        hash[0] ^= 1U;
        assert_false(ec_good(pkey, beid_span_of(hash, len), &signature));
        hash[0] ^= 1U;
    }
}

static void
test_ec(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    ec_case(card, 0x01, HASH_32);
    ec_case(card, 0x02, HASH_48);
    ec_case(card, 0x04, HASH_64); /* truncated to the curve's order */
    ec_case(card, 0x08, HASH_32);
    ec_case(card, 0x10, HASH_48);
    ec_case(card, 0x20, HASH_64);
    ec_case(card, 0x40, HASH_20);
    ec_case(card, 0x40, HASH_48);
    CASE_EXPECT(card, "002241B6050480408482", 0x9000);
    CASE_EXPECT(card, "002A9E9A10" HASH_16, 0x6700);
    vcard_free(&card);
}

static void
test_internal_authenticate(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct vcard_answer signature;
    uint8_t hash[48];
    (void)case_hex(HASH_48, hash, sizeof(hash));
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6160); /* no PIN, no SE */
    fetch(card, 0x6160, &signature);
    assert_true(ec_good(vcard_image_of(card)->basic,
                        beid_span_of(hash, sizeof(hash)), &signature));
    CASE_EXPECT(card, "0088018132 9430" HASH_48, 0x6B00);
    CASE_EXPECT(card, "0088018116 9414" HASH_20, 0x6B00);
    CASE_EXPECT(card, "0088028116 9414" HASH_20, 0x6700);
    CASE_EXPECT(card, "0088028132 9530" HASH_48, 0x6A80);
    CASE_EXPECT(card, "0088028132 942F" HASH_48, 0x6A80);
    CASE_EXPECT(card, "0088028232 9530" HASH_48, 0x6A80);
    CASE_EXPECT(card, "0088028232 9430" HASH_48, 0x6A88);
    /* A success clears the environment, a failure does not. */
    CASE_EXPECT(card, "002241B6050480028482", 0x9000);
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "0088028232 9430" HASH_48, 0x6A88);
    CASE_EXPECT(card, "002A9E9A30" HASH_48, 0x6160);
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6160);
    CASE_EXPECT(card, "002A9E9A30" HASH_48, 0x6985);
    vcard_free(&card);
}

/* After 5000 calls a VERIFY is needed. */
static void
test_internal_authenticate_limit(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    vcard_internal_auth_set(card, 1);
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6160);
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6985);
    CASE_EXPECT(card, "0088028232 9430" HASH_48, 0x6A88); /* key before */
    vcard_reset(card);
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6985);
    CASE_EXPECT(card, "00200001 08 24 9999 FFFFFFFFFF", 0x63C2);
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6985);
    CASE_EXPECT(card, GOOD, 0x9000);
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6160);
    vcard_free(&card);

    card = case_card(VCARD_APPLET_1_7);
    CASE_EXPECT(card, "0088028132 9430" HASH_48, 0x6D00);
    vcard_free(&card);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mse),
        cmocka_unit_test(test_mse_algorithms),
        cmocka_unit_test(test_pso_order),
        cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_rsa_digest_info),
        cmocka_unit_test(test_rsa_raw_length),
        cmocka_unit_test(test_ec),
        cmocka_unit_test(test_internal_authenticate),
        cmocka_unit_test(test_internal_authenticate_limit),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
