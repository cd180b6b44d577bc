/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "policy/jws.h"
#include "policy/portal.h"
#include "signer.h"

#include <string.h>

#define HEAD "name.nl=P\norigin=https://p.example\nallow=step-up\n"
#define MESSAGE "header.payload"

static const char *const algorithms[] = {"ES256", "ES384", "EdDSA", "PS256",
                                         "RS256"};

static enum beid_err
read_file(const char *text, struct policy_portals **out)
{
    assert_int_equal(policy_portals_new(out), BEID_OK);
    return policy_portals_add(*out, "t.conf", beid_span_str(text), false);
}

static const struct policy_request_key *
key_of(const struct policy_portals *portals, const char *kid)
{
    return policy_portal_key(
        policy_portals_find(portals, beid_span_str("https://p.example")),
        beid_span_str(kid));
}

/* Every algorithm verifies its own signature, and no other key's or text's. */
static void
each_algorithm_with_a_real_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        struct beid_buf file;
        struct beid_buf signature;
        struct policy_portals *portals = NULL;
        EVP_PKEY *key = signer_key(algorithms[i]);
        beid_buf_init(&file, 8192);
        beid_buf_init(&signature, 512);
        beid_buf_put_str(&file, HEAD);
        signer_pin(&file, "k1", algorithms[i], key);
        assert_int_equal(read_file(beid_buf_cstr(&file), &portals), BEID_OK);
        const struct policy_request_key *pinned = key_of(portals, "k1");
        assert_non_null(pinned);
        assert_null(key_of(portals, "k2"));
        assert_string_equal(policy_request_key_algorithm_name(pinned),
                            algorithms[i]);
        signer_sign(&signature, algorithms[i], key, beid_span_str(MESSAGE));
        struct beid_span good = beid_buf_span(&signature);
        assert_int_equal(
            policy_request_key_verify(pinned, beid_span_str(MESSAGE), good),
            BEID_OK);
        assert_int_equal(
            policy_request_key_verify(pinned, beid_span_str(MESSAGE "x"), good),
            BEID_ERR_SIGNATURE);
        for (size_t at = 0; at < good.len; at += 7) {
            signature.ptr[at] ^= 1U;
            assert_int_equal(
                policy_request_key_verify(pinned, beid_span_str(MESSAGE), good),
                BEID_ERR_SIGNATURE);
            signature.ptr[at] ^= 1U;
        }
        assert_int_equal(
            policy_request_key_verify(pinned, beid_span_str(MESSAGE),
                                      beid_span_of(good.ptr, good.len - 1)),
            BEID_ERR_SIGNATURE);
        assert_int_equal(policy_request_key_verify(pinned,
                                                   beid_span_str(MESSAGE),
                                                   beid_span_of(NULL, 0)),
                         BEID_ERR_SIGNATURE);
        policy_portals_free(&portals);
        EVP_PKEY_free(key);
        beid_buf_clear(&file);
        beid_buf_clear(&signature);
    }
}

/* An RSA key answers to the one padding that was pinned. */
static void
rsa_has_one_padding(void **state)
{
    (void)state;
    static const char *const pinned[] = {"PS256", "RS256"};
    EVP_PKEY *key = signer_key("RS256");
    for (size_t i = 0; i < 2; i++) {
        struct beid_buf file;
        struct beid_buf signature;
        struct policy_portals *portals = NULL;
        beid_buf_init(&file, 8192);
        beid_buf_init(&signature, 512);
        beid_buf_put_str(&file, HEAD);
        signer_pin(&file, "k", pinned[i], key);
        assert_int_equal(read_file(beid_buf_cstr(&file), &portals), BEID_OK);
        signer_sign(&signature, pinned[1 - i], key, beid_span_str(MESSAGE));
        assert_int_equal(policy_request_key_verify(key_of(portals, "k"),
                                                   beid_span_str(MESSAGE),
                                                   beid_buf_span(&signature)),
                         BEID_ERR_SIGNATURE);
        policy_portals_free(&portals);
        beid_buf_clear(&file);
        beid_buf_clear(&signature);
    }
    EVP_PKEY_free(key);
}

static void
refuse(const char *rest, const char *end)
{
    struct beid_buf file;
    struct policy_portals *portals = NULL;
    beid_buf_init(&file, 16384);
    beid_buf_put_str(&file, HEAD);
    beid_buf_put_str(&file, rest);
    beid_buf_put_str(&file, end);
    assert_int_equal(read_file(beid_buf_cstr(&file), &portals),
                     BEID_ERR_FORMAT);
    policy_portals_free(&portals);
    beid_buf_clear(&file);
}

static void
bad_keys_spoil_the_file(void **state)
{
    (void)state;
    struct beid_buf pin;
    EVP_PKEY *good = signer_key("ES256");
    EVP_PKEY *curve = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
    EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    beid_buf_init(&pin, 8192);
    refuse("request-key.k=nonsense\n", "");
    refuse("request-key.k=-----BEGIN PUBLIC KEY-----\n", "");
    refuse("request-algorithm.k=RS256\n", "");
    refuse("request-key.k=-----BEGIN PUBLIC KEY-----\n  AAAA\n"
           "  -----END PUBLIC KEY-----\n",
           "");
    signer_pin(&pin, "k", "ES256", good);
    refuse(beid_buf_cstr(&pin), "  more\n");
    refuse(beid_buf_cstr(&pin), "request-algorithm.k=RS256\n");
    refuse(beid_buf_cstr(&pin), "request-algorithm.k=none\n");
    refuse(beid_buf_cstr(&pin), "request-algorithm.k=ES256\n"
                                "request-algorithm.k=ES256\n");
    beid_buf_reset(&pin);
    signer_pin(&pin, "not ok", "ES256", good);
    refuse(beid_buf_cstr(&pin), "");
    beid_buf_reset(&pin);
    signer_pin(&pin, "k", "ES512", curve);
    refuse(beid_buf_cstr(&pin), "");
    beid_buf_reset(&pin);
    signer_pin(&pin, "k", "PS256", rsa);
    refuse(beid_buf_cstr(&pin), "");
    beid_buf_reset(&pin);
    for (char kid[] = "a"; kid[0] <= 'e'; kid[0]++) {
        signer_pin(&pin, kid, "ES256", good);
    }
    refuse(beid_buf_cstr(&pin), "");
    EVP_PKEY_free(good);
    EVP_PKEY_free(curve);
    EVP_PKEY_free(rsa);
    beid_buf_clear(&pin);
}

static void
split_as(const char *text, enum beid_err want)
{
    struct policy_jws jws;
    policy_jws_init(&jws);
    assert_int_equal(policy_jws_split(beid_span_str(text), &jws), want);
    policy_jws_clear(&jws);
}

static void
the_compact_form_is_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           ".",         "..",         "YQ",        "YQ.YQ",
        "YQ.YQ.",     ".YQ.YQ",    "YQ..YQ",     "YQ.YQ.YQ.", "YQ.YQ.YQ.YQ",
        "YQ==.YQ.YQ", "YR.YQ.YQ",  "YWE.YWF.YQ", "Y.YQ.YQ",   "YQ.Y+.YQ",
        "YQ.YQ.Y/",   " YQ.YQ.YQ", "YQ.YQ.YQ\n", "YQ.Y Q.YQ", "YQ.\xC3\xA9.YQ",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        split_as(bad[i], BEID_ERR_FORMAT);
    }
    struct policy_jws jws;
    policy_jws_init(&jws);
    assert_int_equal(policy_jws_split(beid_span_str("YQ.YWI.YWJj"), &jws),
                     BEID_OK);
    assert_true(beid_span_same(beid_buf_span(&jws.header), beid_span_str("a")));
    assert_true(
        beid_span_same(beid_buf_span(&jws.payload), beid_span_str("ab")));
    assert_true(
        beid_span_same(beid_buf_span(&jws.signature), beid_span_str("abc")));
    assert_true(beid_span_same(jws.signing_input, beid_span_str("YQ.YWI")));
    policy_jws_clear(&jws);
}

static void
every_algorithm_can_be_loaded_early(void **state)
{
    (void)state;
    assert_int_equal(policy_request_key_warm(), BEID_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_algorithm_with_a_real_key),
        cmocka_unit_test(rsa_has_one_padding),
        cmocka_unit_test(bad_keys_spoil_the_file),
        cmocka_unit_test(the_compact_form_is_strict),
        cmocka_unit_test(every_algorithm_can_be_loaded_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
