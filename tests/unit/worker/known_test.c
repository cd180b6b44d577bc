/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "issue.h"
#include "worker/known.h"

#include <string.h>

#define PEOPLE (KNOWN_MAX + 2U)

static EVP_PKEY *key;
static struct beid_buf ders[PEOPLE];

static int
issue_all(void **state)
{
    (void)state;
    key = issue_make_key(ISSUE_P384);
    for (size_t i = 0; i < PEOPLE; i++) {
        const char name[] = {'P', (char)('0' + (char)i), '\0'};
        const struct issue_order order = {
            .common_name = beid_span_str(name),
            .issuer = "TEST Citizen CA",
            .key = key,
            .issuer_key = key,
            .from = -3600,
            .until = 3600,
        };
        beid_buf_init(&ders[i], 65536);
        issue_certificate(&order, &ders[i]);
    }
    return 0;
}

static int
free_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        beid_buf_clear(&ders[i]);
    }
    EVP_PKEY_free(key);
    return 0;
}

static void
expect(struct known *known, size_t person)
{
    struct certificate direct;
    struct certificate certificate;
    certificate_init(&direct);
    certificate_init(&certificate);
    struct beid_span der = beid_buf_span(&ders[person]);
    assert_int_equal(certificate_parse(der, &direct), BEID_OK);
    assert_int_equal(known_parse(known, der, &certificate), BEID_OK);
    assert_true(beid_span_same(beid_buf_span(&certificate.holder),
                               beid_buf_span(&direct.holder)));
    assert_memory_equal(certificate.sha256, direct.sha256,
                        CERTIFICATE_SHA256_LEN);
    assert_int_equal(certificate.algorithm, direct.algorithm);
    assert_true(certificate.from_test_ca);
    assert_int_equal(X509_cmp(certificate.x509, direct.x509), 0);
    certificate_clear(&direct);
    certificate_clear(&certificate);
}

/* In any order, more of them than there is room for, again and again. */
static void
it_is_as_if_it_were_parsed(void **state)
{
    (void)state;
    static const size_t order[] = {0, 0, 1, 0, 1, 2, 3, 3, 0, 1, 0, 2};
    struct known known;
    known_init(&known);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        expect(&known, order[i]);
    }
    known_clear(&known);
    expect(&known, 0);
    known_clear(&known);
}

static void
the_same_bytes_are_parsed_once(void **state)
{
    (void)state;
    struct known known;
    struct certificate first;
    struct certificate second;
    known_init(&known);
    certificate_init(&first);
    certificate_init(&second);
    struct beid_span der = beid_buf_span(&ders[0]);
    assert_int_equal(known_parse(&known, der, &first), BEID_OK);
    assert_int_equal(known_parse(&known, der, &second), BEID_OK);
    assert_ptr_equal(first.x509, second.x509);
    /* Each is one's own. */
    certificate_clear(&first);
    known_clear(&known);
    assert_int_equal(second.holder.len, 2);
    assert_int_equal(
        certificate_check_time(&second, time(NULL), &(uint32_t){0}), BEID_OK);
    certificate_clear(&second);
}

static void
nothing_else_is_taken_for_it(void **state)
{
    (void)state;
    struct known known;
    struct certificate certificate;
    struct beid_buf changed;
    known_init(&known);
    certificate_init(&certificate);
    beid_buf_init(&changed, 65536);
    assert_int_equal(known_parse(&known, beid_buf_span(&ders[0]), &certificate),
                     BEID_OK);
    certificate_clear(&certificate);
    assert_int_equal(known_parse(&known,
                                 beid_span_of(ders[0].ptr, ders[0].len - 1),
                                 &certificate),
                     BEID_ERR_FORMAT);
    assert_int_equal(known_parse(&known, beid_span_of(NULL, 0), &certificate),
                     BEID_ERR_FORMAT);
    beid_buf_put(&changed, beid_buf_span(&ders[0]));
    changed.ptr[changed.len - 1] ^= 1U;
    assert_int_equal(known_parse(&known, beid_buf_span(&changed), &certificate),
                     BEID_OK);
    struct certificate old;
    certificate_init(&old);
    assert_int_equal(known_parse(&known, beid_buf_span(&ders[0]), &old),
                     BEID_OK);
    assert_memory_not_equal(old.sha256, certificate.sha256,
                            CERTIFICATE_SHA256_LEN);
    certificate_clear(&old);
    certificate_clear(&certificate);
    known_clear(&known);
    beid_buf_clear(&changed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_if_it_were_parsed),
        cmocka_unit_test(the_same_bytes_are_parsed_once),
        cmocka_unit_test(nothing_else_is_taken_for_it),
    };
    return cmocka_run_group_tests(tests, issue_all, free_all);
}
