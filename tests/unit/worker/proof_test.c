/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "issue.h"
#include "worker/proof.h"

#include <string.h>

#define ORIGIN "https://www.mijnburgerprofiel.be"
#define NONCE "dGhpcyBpcyBhIG5vbmNlIG9mIHRoaXJ0eS10d28gYnl0ZXM="

/* A card that signs, without a card. */
struct signer {
    EVP_PKEY *key;
    struct certificate certificate;
    struct beid_buf message;
    struct beid_buf signature; /* as OpenSSL gives it */
    struct beid_buf out;
};

static void
begin(struct signer *signer, enum issue_key kind)
{
    struct beid_buf der;
    signer->key = issue_make_key(kind);
    beid_buf_init(&der, 8192);
    beid_buf_init(&signer->message, PROOF_MESSAGE_MAX);
    beid_buf_init(&signer->signature, 512);
    beid_buf_init(&signer->out, 512);
    struct issue_order order = {
        .common_name = beid_span_str("Nora Specimen (Authentication)"),
        .issuer = "TEST Citizen CA",
        .key = signer->key,
        .issuer_key = signer->key,
        .from = -10,
        .until = 10,
    };
    issue_certificate(&order, &der);
    certificate_init(&signer->certificate);
    assert_int_equal(
        certificate_parse(beid_buf_span(&der), &signer->certificate), BEID_OK);
    beid_buf_clear(&der);
    assert_int_equal(proof_message(signer->certificate.algorithm,
                                   beid_span_str(ORIGIN), beid_span_str(NONCE),
                                   &signer->message),
                     BEID_OK);
}

static void
sign(struct signer *signer)
{
    unsigned char signature[512];
    size_t len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(
        EVP_DigestSignInit(context, NULL,
                           proof_hash(signer->certificate.algorithm), NULL,
                           signer->key),
        1);
    assert_int_equal(EVP_DigestSign(context, signature, &len,
                                    signer->message.ptr, signer->message.len),
                     1);
    EVP_MD_CTX_free(context);
    beid_buf_reset(&signer->signature);
    beid_buf_put(&signer->signature, beid_span_of(signature, len));
}

static enum beid_err
finish(struct signer *signer)
{
    return proof_finish(&signer->certificate, beid_buf_span(&signer->message),
                        beid_buf_span(&signer->signature), &signer->out);
}

static void
end(struct signer *signer)
{
    certificate_clear(&signer->certificate);
    beid_buf_clear(&signer->message);
    beid_buf_clear(&signer->signature);
    beid_buf_clear(&signer->out);
    EVP_PKEY_free(signer->key);
}

/* Of origin and nonce, computed with sha256sum. */
static void
the_message_is_two_hashes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0x54, 0xA1, 0xCB, 0xA0, 0x44, 0xF2, 0x0D, 0x37, 0x06, 0xC4, 0xD6,
        0xC8, 0x4F, 0xB9, 0xFB, 0x9A, 0x7C, 0x8D, 0xA9, 0x22, 0x09, 0x91,
        0xE6, 0x09, 0x2D, 0x50, 0x8F, 0x65, 0xB8, 0xF3, 0x3B, 0x75, 0x1F,
        0x89, 0x32, 0x1C, 0x4D, 0x9C, 0x8B, 0xB6, 0xFA, 0x23, 0x6E, 0xB4,
        0x48, 0x33, 0x28, 0xF4, 0xF0, 0x54, 0x4A, 0xC5, 0x67, 0xD7, 0xD1,
        0xA2, 0x39, 0x37, 0xE5, 0x6E, 0x07, 0xE0, 0xB8, 0xAB,
    };
    struct beid_buf message;
    beid_buf_init(&message, PROOF_MESSAGE_MAX);
    assert_int_equal(proof_message(BEID_ALGORITHM_RS256, beid_span_str(ORIGIN),
                                   beid_span_str(NONCE), &message),
                     BEID_OK);
    assert_int_equal(message.len, sizeof expected);
    assert_memory_equal(message.ptr, expected, sizeof expected);
    assert_int_equal(proof_message(BEID_ALGORITHM_ES384, beid_span_str(ORIGIN),
                                   beid_span_str(NONCE), &message),
                     BEID_OK);
    assert_int_equal(message.len, 96);
    assert_int_equal(proof_message(BEID_ALGORITHM_NONE, beid_span_str(ORIGIN),
                                   beid_span_str(NONCE), &message),
                     BEID_ERR_ARGUMENT);
    beid_buf_clear(&message);
}

static void
an_ec_signature_leaves_as_raw_numbers(void **state)
{
    (void)state;
    struct signer signer;
    begin(&signer, ISSUE_P384);
    /* Often enough to meet numbers that are shorter than 48 bytes. */
    for (int i = 0; i < 600; i++) {
        sign(&signer);
        assert_int_equal(finish(&signer), BEID_OK);
        assert_int_equal(signer.out.len, 96);
    }
    end(&signer);
}

static void
an_rsa_signature_leaves_as_it_is(void **state)
{
    (void)state;
    struct signer signer;
    begin(&signer, ISSUE_RSA);
    sign(&signer);
    assert_int_equal(finish(&signer), BEID_OK);
    assert_true(beid_span_same(beid_buf_span(&signer.out),
                               beid_buf_span(&signer.signature)));
    end(&signer);
}

static void
check_refused(enum issue_key kind)
{
    struct signer signer;
    begin(&signer, kind);
    sign(&signer);
    signer.message.ptr[5] ^= 1;
    assert_int_equal(finish(&signer), BEID_ERR_SIGNATURE);
    assert_int_equal(signer.out.len, 0);
    signer.message.ptr[5] ^= 1;
    assert_int_equal(finish(&signer), BEID_OK);
    signer.signature.ptr[signer.signature.len - 1] ^= 1;
    assert_int_equal(finish(&signer), BEID_ERR_SIGNATURE);
    beid_buf_put_u8(&signer.signature, 0);
    assert_int_equal(finish(&signer), BEID_ERR_SIGNATURE);
    beid_buf_reset(&signer.signature);
    assert_int_equal(finish(&signer), BEID_ERR_SIGNATURE);
    end(&signer);
}

/* Nothing leaves that does not verify. */
static void
a_wrong_signature_does_not_leave(void **state)
{
    (void)state;
    check_refused(ISSUE_P384);
    check_refused(ISSUE_RSA);
}

static void
another_cards_signature_does_not_leave(void **state)
{
    (void)state;
    struct signer shown;
    struct signer other;
    begin(&shown, ISSUE_P384);
    begin(&other, ISSUE_P384);
    sign(&other);
    beid_buf_put(&shown.signature, beid_buf_span(&other.signature));
    assert_int_equal(finish(&shown), BEID_ERR_SIGNATURE);
    end(&shown);
    end(&other);
}

/* Numbers that no card may send: zero, and longer than the order. */
static void
odd_numbers_do_not_leave(void **state)
{
    (void)state;
    static const uint8_t zeros[] = {0x30, 0x06, 0x02, 0x01,
                                    0x00, 0x02, 0x01, 0x00};
    struct signer signer;
    begin(&signer, ISSUE_P384);
    beid_buf_put(&signer.signature, beid_span_of(zeros, sizeof zeros));
    assert_int_equal(finish(&signer), BEID_ERR_SIGNATURE);
    beid_buf_reset(&signer.signature);
    beid_buf_put(&signer.signature, beid_span_of("\x30\x37\x02\x32\x01", 5));
    for (int i = 0; i < 49; i++) {
        beid_buf_put_u8(&signer.signature, 0);
    }
    beid_buf_put(&signer.signature, beid_span_of("\x02\x01\x01", 3));
    assert_int_equal(finish(&signer), BEID_ERR_SIGNATURE);
    end(&signer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_message_is_two_hashes),
        cmocka_unit_test(an_ec_signature_leaves_as_raw_numbers),
        cmocka_unit_test(an_rsa_signature_leaves_as_it_is),
        cmocka_unit_test(a_wrong_signature_does_not_leave),
        cmocka_unit_test(another_cards_signature_does_not_leave),
        cmocka_unit_test(odd_numbers_do_not_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
