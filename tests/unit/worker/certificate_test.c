/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "issue.h"
#include "worker/certificate.h"
#include "worker/chain.h"

#include <string.h>

static EVP_PKEY *ca_key;
static EVP_PKEY *card_key;

static int
make_keys(void **state)
{
    (void)state;
    ca_key = issue_make_key(ISSUE_P384);
    card_key = issue_make_key(ISSUE_P384);
    return 0;
}

static int
free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(card_key);
    return 0;
}

static struct issue_order
order_for(struct beid_span common_name)
{
    return (struct issue_order){
        .common_name = common_name,
        .issuer = "TEST Citizen CA",
        .key = card_key,
        .issuer_key = ca_key,
        .from = -3600,
        .until = 3600,
    };
}

static void
make(const struct issue_order *order, struct certificate *out)
{
    struct beid_buf der;
    beid_buf_init(&der, 65536);
    issue_certificate(order, &der);
    certificate_init(out);
    assert_int_equal(certificate_parse(beid_buf_span(&der), out), BEID_OK);
    beid_buf_clear(&der);
}

static void
check_holder(struct beid_span common_name, struct beid_span expected)
{
    struct certificate certificate;
    struct issue_order order = order_for(common_name);
    make(&order, &certificate);
    assert_true(beid_span_same(beid_buf_span(&certificate.holder), expected));
    certificate_clear(&certificate);
}

static void
the_holder_is_the_name_without_its_suffix(void **state)
{
    (void)state;
    check_holder(beid_span_str("Nora Specimen (Authentication)"),
                 beid_span_str("Nora Specimen"));
    check_holder(beid_span_str("Zo\u00eb D'Hooghe (Authentication)"),
                 beid_span_str("Zo\u00eb D'Hooghe"));
    check_holder(beid_span_str("Nora Specimen"),
                 beid_span_str("Nora Specimen"));
    check_holder(beid_span_str(" (Authentication)"),
                 beid_span_str(" (Authentication)"));
    check_holder(beid_span_of("A\0B (Authentication)", 20),
                 beid_span_of("A\0B", 3));
}

static void
a_huge_name_is_cut(void **state)
{
    (void)state;
    static char name[4000];
    memset(name, 'N', sizeof name);
    check_holder(beid_span_of(name, sizeof name),
                 beid_span_of(name, CERTIFICATE_HOLDER_MAX));
}

static void
an_overlong_certificate_is_refused(void **state)
{
    (void)state;
    static char name[65536];
    memset(name, 'N', sizeof name);
    struct beid_buf der;
    struct certificate certificate;
    beid_buf_init(&der, 1U << 20U);
    struct issue_order order = order_for(beid_span_of(name, sizeof name));
    issue_certificate(&order, &der);
    certificate_init(&certificate);
    assert_int_equal(certificate_parse(beid_buf_span(&der), &certificate),
                     BEID_ERR_FORMAT);
    assert_null(certificate.x509);
    beid_buf_clear(&der);
}

static void
only_a_whole_certificate_is_read(void **state)
{
    (void)state;
    struct beid_buf der;
    struct certificate certificate;
    beid_buf_init(&der, 65536);
    struct issue_order order = order_for(beid_span_str("A"));
    issue_certificate(&order, &der);
    certificate_init(&certificate);
    for (size_t len = 0; len < der.len; len++) {
        assert_int_equal(
            certificate_parse(beid_span_of(der.ptr, len), &certificate),
            BEID_ERR_FORMAT);
    }
    beid_buf_put_u8(&der, 0);
    assert_int_equal(certificate_parse(beid_buf_span(&der), &certificate),
                     BEID_ERR_FORMAT);
    beid_buf_clear(&der);
}

static void
the_key_decides_the_algorithm(void **state)
{
    (void)state;
    static const struct {
        enum issue_key kind;
        enum beid_err err;
        enum beid_wire_algorithm algorithm;
    } rows[] = {
        {ISSUE_RSA, BEID_OK, BEID_ALGORITHM_RS256},
        {ISSUE_P384, BEID_OK, BEID_ALGORITHM_ES384},
        {ISSUE_P256, BEID_ERR_UNSUPPORTED, BEID_ALGORITHM_NONE},
        {ISSUE_ED25519, BEID_ERR_UNSUPPORTED, BEID_ALGORITHM_NONE},
    };
    struct beid_buf der;
    beid_buf_init(&der, 65536);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate certificate;
        struct issue_order order = order_for(beid_span_str("A"));
        order.key = issue_make_key(rows[i].kind);
        issue_certificate(&order, &der);
        certificate_init(&certificate);
        assert_int_equal(certificate_parse(beid_buf_span(&der), &certificate),
                         rows[i].err);
        assert_int_equal(certificate.algorithm, rows[i].algorithm);
        certificate_clear(&certificate);
        EVP_PKEY_free(order.key);
    }
    beid_buf_clear(&der);
}

static void
test_cas_are_told_by_their_name(void **state)
{
    (void)state;
    static const struct {
        const char *issuer;
        bool test;
    } rows[] = {
        {"TEST Citizen CA", true}, {"TEST A", true},    {"Citizen CA", false},
        {"TEST", false},           {"TEST ", false},    {"TESTING CA", false},
        {"test CA", false},        {" TEST CA", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct certificate certificate;
        struct issue_order order = order_for(beid_span_str("A"));
        order.issuer = rows[i].issuer;
        make(&order, &certificate);
        assert_int_equal(certificate.from_test_ca, rows[i].test);
        certificate_clear(&certificate);
    }
}

static void
validity_ends_on_both_sides(void **state)
{
    (void)state;
    struct certificate certificate;
    struct issue_order order = order_for(beid_span_str("A"));
    make(&order, &certificate);
    time_t now = time(NULL);
    uint32_t behind = 1;
    assert_int_equal(certificate_check_time(&certificate, now, &behind),
                     BEID_OK);
    assert_int_equal(behind, 0);
    assert_int_equal(certificate_check_time(&certificate, now + 7200, &behind),
                     BEID_ERR_CERT_EXPIRED);
    assert_int_equal(behind, 0);
    /* Nobody has a card of tomorrow: the clock is behind. */
    assert_int_equal(certificate_check_time(&certificate, now - 7200, &behind),
                     BEID_ERR_CLOCK);
    assert_in_range(behind, 1, 7200);
    assert_int_equal(certificate_check_time(&certificate, 0, &behind),
                     BEID_ERR_CLOCK);
    assert_in_range(behind, now - 7200, now);
    certificate_clear(&certificate);
}

static void
make_ca(EVP_PKEY *key, struct beid_buf *out)
{
    struct issue_order order = order_for(beid_span_str("TEST Citizen CA"));
    order.key = key;
    order.issuer_key = key;
    issue_certificate(&order, out);
}

static void
only_the_real_issuer_is_believed(void **state)
{
    (void)state;
    EVP_PKEY *other_key = issue_make_key(ISSUE_P384);
    struct beid_buf ca;
    struct beid_buf other;
    struct certificate certificate;
    struct issue_order order = order_for(beid_span_str("A"));
    beid_buf_init(&ca, 8192);
    beid_buf_init(&other, 8192);
    make(&order, &certificate);
    make_ca(ca_key, &ca);
    make_ca(other_key, &other); /* the same name, another key */
    assert_int_equal(certificate_check_issuer(&certificate, beid_buf_span(&ca)),
                     BEID_OK);
    assert_int_equal(
        certificate_check_issuer(&certificate, beid_buf_span(&other)),
        BEID_ERR_SIGNATURE);
    assert_int_equal(
        certificate_check_issuer(&certificate, beid_span_str("no")),
        BEID_ERR_FORMAT);
    beid_buf_clear(&ca);
    beid_buf_clear(&other);
    certificate_clear(&certificate);
    EVP_PKEY_free(other_key);
}

static void
issuers_are_remembered(void **state)
{
    (void)state;
    struct chain_memory memory;
    struct beid_buf ca;
    struct certificate certificate;
    struct issue_order order = order_for(beid_span_str("A"));
    beid_buf_init(&ca, 8192);
    make(&order, &certificate);
    make_ca(ca_key, &ca);
    chain_init(&memory);
    assert_null(chain_find(&memory, &certificate));
    chain_keep(&memory, beid_buf_span(&ca), beid_span_str("root"));
    const struct chain *found = chain_find(&memory, &certificate);
    assert_non_null(found);
    assert_true(beid_span_same(beid_buf_span(&found->ca), beid_buf_span(&ca)));
    assert_true(
        beid_span_same(beid_buf_span(&found->root), beid_span_str("root")));
    /* As many others push it out. */
    for (size_t i = 0; i < CHAIN_REMEMBERED; i++) {
        chain_keep(&memory, beid_span_str("another"), beid_span_of(NULL, 0));
    }
    assert_null(chain_find(&memory, &certificate));
    chain_clear(&memory);
    beid_buf_clear(&ca);
    certificate_clear(&certificate);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_holder_is_the_name_without_its_suffix),
        cmocka_unit_test(a_huge_name_is_cut),
        cmocka_unit_test(an_overlong_certificate_is_refused),
        cmocka_unit_test(only_a_whole_certificate_is_read),
        cmocka_unit_test(the_key_decides_the_algorithm),
        cmocka_unit_test(test_cas_are_told_by_their_name),
        cmocka_unit_test(validity_ends_on_both_sides),
        cmocka_unit_test(only_the_real_issuer_is_believed),
        cmocka_unit_test(issuers_are_remembered),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
