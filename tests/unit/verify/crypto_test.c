/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * The library's own OpenSSL context reads the keys of Belgian certificates as
 * OpenSSL itself does, no others, and does not depend on what the program
 * around it does to the default context.
 */
#include "../unit.h"
#include "crypto.h"
#include "internal.h"
#include "pki.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((time_t)24 * 3600)
/* SubjectPublicKeyInfo of P-384 ends with an open point of 97 bytes. */
#define POINT_SIZE 97
#define THREADS 8U

static const char point_mark[] = "\x03\x62\x00\x04";

static void *
context_of(void *user)
{
    (void)user;
    return crypto_context();
}

/* First: nobody has asked for the context yet. */
static void
made_once_by_many_threads(void **state)
{
    pthread_t threads[THREADS];
    void *first = NULL;
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, context_of, NULL),
                         0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *made = NULL;
        assert_int_equal(pthread_join(threads[i], &made), 0);
        assert_non_null(made);
        first = first == NULL ? made : first;
        assert_ptr_equal(made, first);
    }
}

/* A CA's certificate around this key, signed by another. */
static struct beid_buf
certificate_der(EVP_PKEY *key)
{
    EVP_PKEY *by = test_key();
    time_t now = time(NULL);
    unsigned char *der = NULL;
    struct beid_buf out;
    X509 *cert = test_cert_make(&(struct test_cert){.subject = "TEST CA",
                                                    .issuer = "TEST Root",
                                                    .key = key,
                                                    .issuer_key = by,
                                                    .hash = EVP_sha384(),
                                                    .ca = true,
                                                    .not_before = now - DAY,
                                                    .not_after = now + DAY});
    int len = i2d_X509(cert, &der);
    assert_true(len > 0);
    beid_buf_init(&out, 8192);
    beid_buf_put(&out, beid_span_of(der, (size_t)len));
    assert_int_equal(beid_buf_status(&out), BEID_OK);
    OPENSSL_free(der);
    X509_free(cert);
    EVP_PKEY_free(by);
    return out;
}

/* What we read of a certificate around the key, by its parameters. */
static void
same_key(EVP_PKEY *key, const char *type, const char *parameter)
{
    struct beid_buf der = certificate_der(key);
    X509 *cert = crypto_certificate(beid_buf_span(&der));
    assert_non_null(cert);
    const EVP_PKEY *read = X509_get0_pubkey(cert);
    assert_non_null(read);
    assert_true(EVP_PKEY_is_a(read, type));
    assert_int_equal(EVP_PKEY_get_bits(read), EVP_PKEY_get_bits(key));
    uint8_t ours[1024];
    uint8_t theirs[1024];
    size_t len = 0;
    size_t other = 0;
    if (strcmp(type, "EC") == 0) {
        char group[64] = "";
        char wanted[64] = "?";
        int is_explicit = 7;
        assert_int_equal(
            EVP_PKEY_get_group_name(read, group, sizeof group, NULL), 1);
        assert_int_equal(
            EVP_PKEY_get_group_name(key, wanted, sizeof wanted, NULL), 1);
        assert_string_equal(group, wanted);
        assert_int_equal(EVP_PKEY_get_int_param(
                             read,
                             OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                             &is_explicit),
                         1);
        assert_int_equal(is_explicit, 0);
        assert_int_equal(EVP_PKEY_get_octet_string_param(read, parameter, ours,
                                                         sizeof ours, &len),
                         1);
        assert_int_equal(EVP_PKEY_get_octet_string_param(key, parameter, theirs,
                                                         sizeof theirs, &other),
                         1);
    } else {
        BIGNUM *one = NULL;
        BIGNUM *two = NULL;
        assert_int_equal(EVP_PKEY_get_bn_param(read, parameter, &one), 1);
        assert_int_equal(EVP_PKEY_get_bn_param(key, parameter, &two), 1);
        len = (size_t)BN_bn2bin(one, ours);
        other = (size_t)BN_bn2bin(two, theirs);
        BN_free(one);
        BN_free(two);
    }
    assert_int_equal(len, other);
    assert_memory_equal(ours, theirs, len);
    X509_free(cert);
    beid_buf_clear(&der);
    EVP_PKEY_free(key);
}

static void
reads_the_keys_of_cards_and_cas(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) { /* points with other bytes each time */
        same_key(EVP_EC_gen("P-384"), "EC", OSSL_PKEY_PARAM_PUB_KEY);
    }
    same_key(EVP_EC_gen("P-256"), "EC", OSSL_PKEY_PARAM_PUB_KEY);
    same_key(EVP_EC_gen("P-521"), "EC", OSSL_PKEY_PARAM_PUB_KEY);
    same_key(EVP_RSA_gen(2048), "RSA", OSSL_PKEY_PARAM_RSA_N);
}

/* Written with a compressed point, which only OpenSSL's own decoder reads. */
static void
reads_a_compressed_point(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-384");
    assert_int_equal(EVP_PKEY_set_utf8_string_param(
                         key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                         OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED),
                     1);
    struct beid_buf der = certificate_der(key);
    assert_null(memmem(der.ptr, der.len, point_mark, sizeof point_mark - 1));
    X509 *cert = crypto_certificate(beid_buf_span(&der));
    assert_non_null(cert);
    assert_non_null(X509_get0_pubkey(cert));
    X509_free(cert);
    beid_buf_clear(&der);
    EVP_PKEY_free(key);
}

/* One bit away from the curve, and the point at infinity's marks. */
static void
refuses_a_point_off_the_curve(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-384");
    struct beid_buf der = certificate_der(key);
    uint8_t *mark = memmem(der.ptr, der.len, point_mark, sizeof point_mark - 1);
    assert_non_null(mark);
    uint8_t *point = mark + sizeof point_mark - 2;
    for (size_t at = 0; at < POINT_SIZE; at += 12) {
        point[at] ^= 1;
        X509 *cert = crypto_certificate(beid_buf_span(&der));
        assert_non_null(cert);
        assert_null(X509_get0_pubkey(cert));
        X509_free(cert);
        point[at] ^= 1;
    }
    memset(point + 1, 0, POINT_SIZE - 1);
    X509 *cert = crypto_certificate(beid_buf_span(&der));
    assert_non_null(cert);
    assert_null(X509_get0_pubkey(cert));
    X509_free(cert);
    beid_buf_clear(&der);
    EVP_PKEY_free(key);
}

static void
knows_no_other_keys_and_hashes(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct beid_buf der = certificate_der(key);
    X509 *cert = crypto_certificate(beid_buf_span(&der));
    assert_non_null(cert);
    assert_null(X509_get0_pubkey(cert));
    assert_null(EVP_MD_fetch(crypto_context(), "MD5", NULL));
    assert_null(EVP_SIGNATURE_fetch(crypto_context(), "ED25519", NULL));
    X509_free(cert);
    beid_buf_clear(&der);
    EVP_PKEY_free(key);
}

static void
nothing_behind_a_certificate(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-384");
    struct beid_buf der = certificate_der(key);
    for (size_t len = 0; len < der.len; len += 97) {
        assert_null(crypto_certificate(beid_span_of(der.ptr, len)));
    }
    beid_buf_put_u8(&der, 0);
    assert_null(crypto_certificate(beid_buf_span(&der)));
    beid_buf_clear(&der);
    EVP_PKEY_free(key);
}

/* Nobody sits before a portal's backend to type one. */
static void
asks_for_no_passphrase(void **state)
{
    static const char text[] =
        "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n";
    (void)state;
    BIO *mem = BIO_new_mem_buf(text, -1);
    X509 *cert = NULL;
    assert_false(crypto_pem_next(mem, &cert));
    assert_null(cert);
    BIO_free(mem);
    assert_null(certificate_read(text, sizeof text - 1));
}

static void
pem_ends_where_it_ends(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-384");
    struct beid_buf der = certificate_der(key);
    X509 *cert = crypto_certificate(beid_buf_span(&der));
    BIO *mem = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(mem, cert), 1);
    assert_int_equal(PEM_write_bio_PUBKEY(mem, key), 1);
    assert_int_equal(PEM_write_bio_X509(mem, cert), 1);
    assert_true(BIO_puts(mem, "a remark\n") > 0);
    X509_free(cert);
    for (int i = 0; i < 3; i++) {
        assert_true(crypto_pem_next(mem, &cert));
        assert_int_equal(cert != NULL, i < 2);
        X509_free(cert);
    }
    BIO_free(mem);
    beid_buf_clear(&der);
    EVP_PKEY_free(key);
}

/* A token below a pinned root, and the verdict on it. */
static enum beid_verify_result
judge(const struct beid_verify *verifier, const char *answer)
{
    struct beid_verify_report *report = NULL;
    enum beid_verify_result result = test_verify(verifier, answer, &report);
    beid_verify_report_free(&report);
    return result;
}

/* Where a program allows FIPS modules alone, and has none. */
static void
depends_on_no_other_context(void **state)
{
    (void)state;
    time_t now = time(NULL);
    EVP_PKEY *root = test_key();
    EVP_PKEY *holder = test_key();
    struct test_cert what = {.subject = "TEST Root",
                             .issuer = "TEST Root",
                             .key = root,
                             .issuer_key = root,
                             .hash = EVP_sha384(),
                             .ca = true,
                             .not_before = now - DAY,
                             .not_after = now + DAY};
    X509 *root_cert = test_cert_make(&what);
    what.subject = "Nora";
    what.key = holder;
    what.ca = false;
    X509 *holder_cert = test_cert_make(&what);
    char *answer = test_answer(holder_cert, holder, &root_cert, 1);
    struct pin pin = {.common_name = "TEST Root",
                      .not_before = now - DAY,
                      .not_after = now + DAY};
    struct beid_verify *verifier = NULL;
    assert_true(certificate_spki_sha256(root_cert, pin.spki_sha256));
    assert_int_equal(beid_verify_new(&verifier), BEID_VERIFY_OK);
    verifier->pins = &pin;
    verifier->pin_count = 1;
    assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
    assert_null(EVP_MD_fetch(NULL, "SHA2-256", NULL));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(judge(verifier, answer), BEID_VERIFY_OK);
    }
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
    beid_verify_free(&verifier);
    free(answer);
    X509_free(holder_cert);
    X509_free(root_cert);
    EVP_PKEY_free(holder);
    EVP_PKEY_free(root);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_once_by_many_threads),
        cmocka_unit_test(reads_the_keys_of_cards_and_cas),
        cmocka_unit_test(reads_a_compressed_point),
        cmocka_unit_test(refuses_a_point_off_the_curve),
        cmocka_unit_test(knows_no_other_keys_and_hashes),
        cmocka_unit_test(nothing_behind_a_certificate),
        cmocka_unit_test(asks_for_no_passphrase),
        cmocka_unit_test(pem_ends_where_it_ends),
        cmocka_unit_test(depends_on_no_other_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
