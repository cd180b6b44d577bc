/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is on the cards: bytes, profiles, signatures. */

#include "../unit.h"
#include "card_case.h"
#include "person.h"

#include <beid/tlv.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

static struct beid_span
file_of(const struct vcard *card, uint16_t df, uint16_t id)
{
    return vcard_image_file(vcard_image_of(card), df, id);
}

static struct beid_span
belpic(const struct vcard *card, uint16_t id)
{
    return file_of(card, VCARD_DF_BELPIC, id);
}

static void
bytes_are(struct beid_span file, const char *hex)
{
    uint8_t expected[256];
    size_t len = case_hex(hex, expected, sizeof(expected));
    assert_int_equal(file.len, len);
    assert_memory_equal(file.ptr, expected, len);
}

/* The dumps and tables of belgian-eid-card.md §2.5. */
static void
test_pkcs15_rsa(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_7);
    bytes_are(file_of(card, VCARD_MF, 0x2F00),
              "61234F0CA000000177504B43532D3135500642454C50494351043F00DF007305"
              "0603603802");
    bytes_are(belpic(card, 0x5031),
              "A00A300804063F00DF005035A40A300804063F00DF005037A80A300804063F00"
              "DF005034");
    bytes_are(belpic(card, 0x5034),
              "3033300F0C0942617369632050494E030206C03003040101A11B30190302020C"
              "0A01000201040201088001010401FF300404023F00");
    bytes_are(belpic(card, 0x5035),
              "303A30170C0E41757468656E7469636174696F6E030206C0040101300F040102"
              "03020520030203B802020082A10E300C300604043F00DF0002020800"
              "303930150C095369676E6174757265030206C004010102010130100401030303"
              "060040030203B802020083A10E300C300604043F00DF0002020800");
    bytes_are(belpic(card, 0x5037),
              "302C30170C0E41757468656E7469636174696F6E030206C00401013003040102"
              "A10C300A300804063F00DF005038"
              "302730120C095369676E6174757265030206C00401013003040103A10C300A30"
              "0804063F00DF005039"
              "3023300B0C024341030206C004010130060401040101FFA10C300A300804063F"
              "00DF00503A"
              "3025300D0C04526F6F74030206C004010130060401060101FFA10C300A300804"
              "063F00DF00503B");
    struct beid_span token = belpic(card, 0x5032);
    assert_int_equal(token.len, 41);
    assert_memory_equal(token.ptr + 7, vcard_image_of(card)->serial, 16);
    assert_memory_equal(token.ptr + 35, "\x9e\x04\x04\x03\x00\x00", 6);
    vcard_free(&card);
}

static void
test_pkcs15_ec(void **state)
{
    (void)state;
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct beid_span cdf = belpic(card, 0x5037);
    struct beid_span keys = belpic(card, 0x5035);
    assert_int_equal(cdf.len, 175);
    assert_int_equal(keys.len, 119);
    assert_memory_equal(keys.ptr, "\xa0\x3a", 2);
    assert_memory_equal(keys.ptr + 117, "\x01\x80", 2);
    bytes_are(beid_span_of(cdf.ptr, 49),
              "302F30170C0E41757468656E7469636174696F6E030206400401013006040102"
              "830100A10C300A300804063F00DF005038");
    struct beid_tlv entry;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(beid_der_take(&cdf, &entry), BEID_OK);
    }
    assert_int_equal(cdf.len, 0);
    vcard_free(&card);
}

/* Certificate and padding of a file; NULL when it is the absent form. */
static X509 *
certificate_in(struct beid_span file, size_t padding)
{
    size_t total = 0;
    if (file.len > 0 && file.ptr[0] == 0) {
        return NULL;
    }
    assert_int_equal(beid_der_total(file, file.len, &total), BEID_OK);
    assert_int_equal(file.len, total + padding);
    for (size_t i = total; i < file.len; i++) {
        assert_int_equal(file.ptr[i], 0);
    }
    const unsigned char *der = file.ptr;
    X509 *cert = d2i_X509(NULL, &der, (long)total);
    assert_non_null(cert);
    return cert;
}

static void
has_extension(const X509 *cert, int nid, bool expected)
{
    assert_int_equal(X509_get_ext_by_NID(cert, nid, -1) >= 0, expected);
}

static void
policy_is(const X509 *cert, const char *expected)
{
    CERTIFICATEPOLICIES *policies =
        X509_get_ext_d2i(cert, NID_certificate_policies, NULL, NULL);
    char text[64];
    assert_non_null(policies);
    (void)OBJ_obj2txt(text, sizeof(text),
                      sk_POLICYINFO_value(policies, 0)->policyid, 1);
    assert_string_equal(text, expected);
    CERTIFICATEPOLICIES_free(policies);
}

/* What holds for both generations. */
static void
profile_check(struct vcard *card, X509 *auth, X509 *sign, X509 *ca)
{
    const struct vcard_image *image = vcard_image_of(card);
    char line[256];
    assert_int_equal(X509_get_key_usage(auth), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_key_usage(sign), KU_NON_REPUDIATION);
    has_extension(auth, NID_basic_constraints, false);
    has_extension(auth, NID_subject_key_identifier, false);
    has_extension(auth, NID_authority_key_identifier, true);
    has_extension(auth, NID_info_access, true);
    has_extension(auth, NID_crl_distribution_points, true);
    has_extension(auth, NID_qcStatements, false);
    has_extension(sign, NID_qcStatements, true);
    policy_is(auth, "2.16.56.12.1.1.2.2");
    policy_is(sign, "2.16.56.12.1.1.2.1");
    assert_int_equal(X509_verify(auth, X509_get0_pubkey(ca)), 1);
    assert_int_equal(X509_verify(sign, X509_get0_pubkey(ca)), 1);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(auth), image->auth), 1);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(sign), image->sign), 1);
    (void)X509_NAME_oneline(X509_get_subject_name(auth), line, sizeof(line));
    assert_string_equal(line, "/C=BE/CN=Nora Proefpersoon (Authentication)"
                              "/SN=Proefpersoon/GN=Nora Ang\\xC3\\xA8le"
                              "/serialNumber=71050100041");
    X509_NAME *name = X509_get_subject_name(auth);
    ASN1_STRING *common =
        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 1));
    ASN1_STRING *given = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 3));
    assert_int_equal(ASN1_STRING_type(common), V_ASN1_PRINTABLESTRING);
    assert_int_equal(ASN1_STRING_type(given), V_ASN1_UTF8STRING);
}

static void
profile(enum vcard_applet applet, int size_min, int size_max)
{
    bool ec = applet == VCARD_APPLET_1_8;
    size_t padding = ec ? 1100 : 50;
    struct vcard *card = case_card(applet);
    X509 *auth = certificate_in(belpic(card, 0x5038), padding);
    X509 *sign = certificate_in(belpic(card, 0x5039), padding);
    X509 *ca = certificate_in(belpic(card, 0x503A), padding);
    X509 *root = certificate_in(belpic(card, 0x503B), ec ? 1100 : 0);
    X509 *rrn = certificate_in(belpic(card, 0x503C), ec ? 1100 : 0);
    profile_check(card, auth, sign, ca);
    has_extension(auth, NID_ext_key_usage, ec);
    has_extension(sign, NID_ext_key_usage, false);
    has_extension(auth, NID_netscape_cert_type, !ec);
    assert_int_equal(X509_verify(ca, X509_get0_pubkey(root)), 1);
    assert_int_equal(X509_verify(root, X509_get0_pubkey(root)), 1);
    assert_int_equal(X509_verify(rrn, X509_get0_pubkey(root)), 1);
    int size = i2d_X509(auth, NULL);
    assert_in_range(size, size_min, size_max);
    X509_free(auth);
    X509_free(sign);
    X509_free(ca);
    X509_free(root);
    X509_free(rrn);
    vcard_free(&card);
}

static void
test_profiles(void **state)
{
    (void)state;
    profile(VCARD_APPLET_1_7, 1380, 1450);
    profile(VCARD_APPLET_1_8, 1050, 1120);
}

static bool
signed_by(X509 *signer, const char *md, struct beid_span data,
          struct beid_span signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = signature.len;
    if (EVP_PKEY_is_a(X509_get0_pubkey(signer), "EC") == 1) {
        len = (size_t)signature.ptr[1] + 2; /* DER, zero-padded */
    }
    bool good =
        EVP_DigestVerifyInit_ex(ctx, NULL, md, NULL, NULL,
                                X509_get0_pubkey(signer), NULL)
            > 0
        && EVP_DigestVerify(ctx, signature.ptr, len, data.ptr, data.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

static void
field_is(struct beid_span file, uint8_t tag, struct beid_span value)
{
    struct beid_tlv field;
    do {
        assert_int_equal(beid_belpic_take(&file, &field), BEID_OK);
    } while (field.tag != tag);
    assert_true(beid_span_same(field.value, value));
}

static void
hash_field_is(struct beid_span file, uint8_t tag, const char *md,
              struct beid_span hashed)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    assert_int_equal(
        EVP_Q_digest(NULL, md, NULL, hashed.ptr, hashed.len, digest, &len), 1);
    field_is(file, tag, beid_span_of(digest, len));
}

static void
identity(enum vcard_applet applet, const char *md, const char *photo_md)
{
    struct vcard *card = case_card(applet);
    bool ec = applet == VCARD_APPLET_1_8;
    X509 *rrn = certificate_in(belpic(card, 0x503C), ec ? 1100 : 0);
    struct beid_span id = file_of(card, VCARD_DF_ID, 0x4031);
    struct beid_span id_signature = file_of(card, VCARD_DF_ID, 0x4032);
    struct beid_span address = file_of(card, VCARD_DF_ID, 0x4033);
    struct beid_span photo = file_of(card, VCARD_DF_ID, 0x4035);
    struct beid_span basic = file_of(card, VCARD_DF_ID, 0x4040);
    field_is(id, 0x02, beid_span_of(vcard_image_of(card)->serial, 16));
    field_is(id, 0x06, beid_span_str("71050100041"));
    hash_field_is(id, 0x11, photo_md, photo);
    assert_true(signed_by(rrn, md, id, id_signature));
    assert_int_equal(address.len, ec ? 121 : 117);
    struct beid_buf both;
    beid_buf_init(&both, 1024);
    beid_buf_put(&both, beid_span_trim_zeros(address));
    beid_buf_put(&both, id_signature);
    assert_true(signed_by(rrn, md, beid_buf_span(&both),
                          file_of(card, VCARD_DF_ID, 0x4034)));
    beid_buf_clear(&both);
    assert_int_equal(id_signature.len, 256);
    assert_int_equal(basic.len, ec ? 120 : 0);
    assert_int_equal(file_of(card, VCARD_DF_ID, 0x4038).len, ec ? 0 : 20);
    assert_int_equal(file_of(card, VCARD_DF_ID, 0x4039).len, ec ? 0 : 100);
    if (ec) {
        hash_field_is(id, 0x1A, "SHA384", basic);
    }
    X509_free(rrn);
    vcard_free(&card);
}

static void
test_identity(void **state)
{
    (void)state;
    identity(VCARD_APPLET_1_7, "SHA256", "SHA1");
    identity(VCARD_APPLET_1_8, "SHA384", "SHA384");
}

/* Start of frame: 8 bits, 195 lines, 150 columns, one component. */
static void
test_photo(void **state)
{
    (void)state;
    static const uint8_t frame[] = {0xFF, 0xC0, 0x00, 0x0B, 0x08,
                                    0x00, 0xC3, 0x00, 0x96, 0x01};
    struct vcard *card = case_card(VCARD_APPLET_1_8);
    struct beid_span photo = file_of(card, VCARD_DF_ID, 0x4035);
    assert_in_range(photo.len, 2000, 3584);
    assert_memory_equal(photo.ptr, "\xff\xd8\xff\xe0", 4);
    assert_memory_equal(photo.ptr + photo.len - 2, "\xff\xd9", 2);
    bool found = false;
    for (size_t i = 0; i + sizeof(frame) <= photo.len; i++) {
        found = found || memcmp(photo.ptr + i, frame, sizeof(frame)) == 0;
    }
    assert_true(found);
    vcard_free(&card);
}

static void
absent(enum vcard_applet applet, const char *person, bool auth)
{
    struct vcard *card = case_card_of(applet, person);
    bool ec = applet == VCARD_APPLET_1_8;
    struct beid_span cdf = belpic(card, 0x5037);
    struct beid_span sign = belpic(card, 0x5039);
    assert_int_equal(cdf.len, ec ? 175 : 163);
    assert_int_equal(sign.len, ec ? 2500 : 1300);
    assert_int_equal(beid_span_trim_zeros(sign).len, 0);
    assert_int_equal(belpic(card, 0x5038).ptr[0], auth ? 0x30 : 0x00);
    struct beid_tlv entry;
    for (int entries = auth ? 3 : 2; entries > 0; entries--) {
        assert_int_equal(beid_der_take(&cdf, &entry), BEID_OK);
    }
    assert_true(cdf.len > 0);
    assert_int_equal(beid_span_trim_zeros(cdf).len, 0);
    vcard_free(&card);
}

static void
test_absent_certificates(void **state)
{
    (void)state;
    absent(VCARD_APPLET_1_7, "no-signature", true);
    absent(VCARD_APPLET_1_8, "no-signature", true);
    absent(VCARD_APPLET_1_8, "youth", true);
    absent(VCARD_APPLET_1_8, "minor", false);
}

static void
test_people(void **state)
{
    (void)state;
    char number[PERSON_NUMBER_LEN + 1];
    person_number(person_find("adult"), number);
    assert_string_equal(number, "71050100041"); /* 97 - 710501000 % 97 */
    person_number(person_find("minor"), number);
    assert_string_equal(number, "15092200038"); /* with 2 in front */
    person_number(person_find("youth"), number);
    assert_string_equal(number, "13031800074");
    assert_null(person_find("nobody"));

    struct vcard *card = case_card_of(VCARD_APPLET_1_8, "expired");
    X509 *auth = certificate_in(belpic(card, 0x5038), 1100);
    assert_true(X509_cmp_current_time(X509_get0_notAfter(auth)) < 0);
    X509_free(auth);
    vcard_free(&card);

    card = case_card_of(VCARD_APPLET_1_8, "foreigner");
    X509 *ca = certificate_in(belpic(card, 0x503A), 1100);
    char name[64];
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(ca), NID_commonName,
                                    name, sizeof(name));
    assert_string_equal(name, "TEST Foreigner CA");
    X509_free(ca);
    vcard_free(&card);
}

/* The same directory gives the same card again. */
static void
test_card_is_kept(void **state)
{
    (void)state;
    struct vcard *one = case_card(VCARD_APPLET_1_8);
    struct vcard *two = case_card(VCARD_APPLET_1_8);
    assert_true(beid_span_same(belpic(one, 0x5038), belpic(two, 0x5038)));
    assert_memory_equal(vcard_image_of(one)->serial,
                        vcard_image_of(two)->serial, 16);
    vcard_free(&one);
    vcard_free(&two);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pkcs15_rsa),
        cmocka_unit_test(test_pkcs15_ec),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_photo),
        cmocka_unit_test(test_absent_certificates),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_card_is_kept),
    };
    return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
