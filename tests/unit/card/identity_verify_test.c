/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Signatures of every generation of the National Register's keys, and of keys
 * that it never had. */
#include "../unit.h"
#include "card/identity_verify.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <string.h>

#define ADDRESS "\x01\x01\x41\x02\x01\x42\x03\x01\x43"
#define FILE_LEN 512U

struct register_key {
    EVP_PKEY *key;
    unsigned char *certificate; /* self-signed, CN=RRN */
    size_t len;
};

static void
add_extension(X509 *x509, int nid, const char *value)
{
    X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(made);
    assert_int_equal(X509_add_ext(x509, made, -1), 1);
    X509_EXTENSION_free(made);
}

static struct register_key
register_of(EVP_PKEY *key, const char *name)
{
    struct register_key made = {.key = key};
    X509 *x509 = X509_new();
    assert_non_null(key);
    assert_non_null(x509);
    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
    assert_int_equal(X509_NAME_add_entry_by_txt(
                         X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                         (const unsigned char *)name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x509, X509_get_subject_name(x509)),
                     1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    add_extension(x509, NID_key_usage, "critical,digitalSignature,keyCertSign");
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    int len = i2d_X509(x509, &made.certificate);
    assert_true(len > 0);
    made.len = (size_t)len;
    X509_free(x509);
    return made;
}

static void
register_free(struct register_key *old)
{
    EVP_PKEY_free(old->key);
    OPENSSL_free(old->certificate);
}

/* The signature file: as long as file_len, zeros at its end. */
static struct beid_span
sign(const struct register_key *with, const EVP_MD *md, struct beid_span data,
     size_t file_len)
{
    static uint8_t file[FILE_LEN];
    size_t len = sizeof file;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    memset(file, 0, sizeof file);
    assert_int_equal(EVP_DigestSignInit(context, NULL, md, NULL, with->key), 1);
    assert_int_equal(EVP_DigestSign(context, file, &len, data.ptr, data.len),
                     1);
    EVP_MD_CTX_free(context);
    return beid_span_of(file, file_len == 0 ? len : file_len);
}

static enum beid_err
check(const struct register_key *with, const EVP_MD *md, size_t file_len)
{
    struct beid_span data = beid_span_str("identity");
    return identity_signature_check(beid_span_of(with->certificate, with->len),
                                    data, sign(with, md, data, file_len));
}

static void
generations(void **state)
{
    (void)state;
    struct register_key old = register_of(EVP_RSA_gen(1024), "RRN");
    struct register_key later = register_of(EVP_RSA_gen(2048), "RRN");
    struct register_key ec = register_of(EVP_EC_gen("P-384"), "RRN");
    assert_int_equal(check(&old, EVP_sha1(), 0), BEID_OK);
    assert_int_equal(check(&later, EVP_sha1(), 0), BEID_OK);
    assert_int_equal(check(&later, EVP_sha256(), 0), BEID_OK);
    assert_int_equal(check(&later, EVP_sha256(), 300), BEID_OK);
    assert_int_equal(check(&later, EVP_sha256(), 255), BEID_ERR_FORMAT);
    assert_int_equal(check(&later, EVP_sha512(), 0), BEID_ERR_SIGNATURE);
    assert_int_equal(check(&later, EVP_sha384(), 0), BEID_ERR_SIGNATURE);
    assert_int_equal(check(&ec, EVP_sha384(), 0), BEID_OK);
    assert_int_equal(check(&ec, EVP_sha384(), 128), BEID_OK);
    assert_int_equal(check(&ec, EVP_sha384(), 256), BEID_OK);
    assert_int_equal(check(&ec, EVP_sha256(), 256), BEID_ERR_SIGNATURE);
    assert_int_equal(check(&ec, EVP_sha384(), 60), BEID_ERR_FORMAT);
    register_free(&old);
    register_free(&later);
    register_free(&ec);
}

static void
keys_that_never_were(void **state)
{
    (void)state;
    struct register_key weak = register_of(EVP_RSA_gen(768), "RRN");
    struct register_key other = register_of(EVP_EC_gen("P-256"), "RRN");
    assert_int_equal(check(&weak, EVP_sha1(), 0), BEID_ERR_UNSUPPORTED);
    assert_int_equal(check(&other, EVP_sha384(), 0), BEID_ERR_UNSUPPORTED);
    register_free(&weak);
    register_free(&other);
}

/* Signed is the address without its padding, but the signature of the
 * identity with it. */
static void
padding_of_addresses(void **state)
{
    (void)state;
    struct register_key ec = register_of(EVP_EC_gen("P-384"), "RRN");
    struct beid_span rrn = beid_span_of(ec.certificate, ec.len);
    uint8_t signature[256] = {0x30, 0x00};
    uint8_t address[121] = ADDRESS;
    size_t len = sizeof ADDRESS - 1;
    uint8_t data[sizeof address + sizeof signature];
    memcpy(data, address, len);
    memcpy(data + len, signature, sizeof signature);
    struct beid_span made = sign(
        &ec, EVP_sha384(), beid_span_of(data, len + sizeof signature), 256);
    struct beid_span whole = beid_span_of(signature, sizeof signature);
    assert_int_equal(
        identity_address_check(rrn, beid_span_of(address, sizeof address),
                               whole, made),
        BEID_OK);
    assert_int_equal(
        identity_address_check(rrn, beid_span_of(address, len), whole, made),
        BEID_OK);
    assert_int_equal(
        identity_address_check(rrn, beid_span_of(address, sizeof address),
                               beid_span_of(signature, 2), made),
        BEID_ERR_SIGNATURE);
    assert_int_equal(identity_address_check(rrn, beid_span_of(address, len - 1),
                                            whole, made),
                     BEID_ERR_SIGNATURE);
    register_free(&ec);
}

/* Names do not make a root: anyone can take them. Nor is a CA the register. */
static void
roots_that_are_not_pinned(void **state)
{
    (void)state;
    static const char *const names[] = {"RRN", "Belgium Root CA6", "TEST RRN",
                                        "TEST Belgium Root CA"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct register_key own = register_of(EVP_EC_gen("P-384"), names[i]);
        struct register_key same = register_of(EVP_EC_gen("P-384"), names[i]);
        struct beid_span certificate = beid_span_of(own.certificate, own.len);
        struct beid_span stranger = beid_span_of(same.certificate, same.len);
        enum identity_issuer issuer = IDENTITY_ISSUER_BELGIUM;
        assert_int_equal(
            identity_issuer_check(certificate, certificate, &issuer), BEID_OK);
        assert_int_equal(issuer, IDENTITY_ISSUER_UNKNOWN);
        assert_int_equal(identity_issuer_check(certificate, stranger, &issuer),
                         BEID_ERR_SIGNATURE);
        register_free(&own);
        register_free(&same);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generations),
        cmocka_unit_test(keys_that_never_were),
        cmocka_unit_test(padding_of_addresses),
        cmocka_unit_test(roots_that_are_not_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
