/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which certificate policies are a citizen's or a foreigner's, for which use. */
#include "../unit.h"
#include "internal.h"

#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

#define AUTHENTICATION BEID_VERIFY_USE_AUTHENTICATION
#define SIGNATURE BEID_VERIFY_USE_SIGNATURE

/*
 * Root, arc of the holder and use; inferred are those that nobody read in a
 * certificate (policy.c says why).
 */
static const struct {
    const char *oid;
    enum beid_verify_use use;
    int inferred;
} known[] = {
    {"2.16.56.1.1.1.2.2", AUTHENTICATION, 1},
    {"2.16.56.1.1.1.2.1", SIGNATURE, 0},
    {"2.16.56.1.1.1.7.2", AUTHENTICATION, 1},
    {"2.16.56.1.1.1.7.1", SIGNATURE, 1},
    {"2.16.56.9.1.1.2.2", AUTHENTICATION, 0},
    {"2.16.56.9.1.1.2.1", SIGNATURE, 0},
    {"2.16.56.9.1.1.7.2", AUTHENTICATION, 1},
    {"2.16.56.9.1.1.7.1", SIGNATURE, 1},
    {"2.16.56.10.1.1.2.2", AUTHENTICATION, 1},
    {"2.16.56.10.1.1.2.1", SIGNATURE, 1},
    {"2.16.56.10.1.1.7.2", AUTHENTICATION, 1},
    {"2.16.56.10.1.1.7.1", SIGNATURE, 1},
    {"2.16.56.12.1.1.2.2", AUTHENTICATION, 0},
    {"2.16.56.12.1.1.2.1", SIGNATURE, 0},
    {"2.16.56.12.1.1.7.2", AUTHENTICATION, 1},
    {"2.16.56.12.1.1.7.1", SIGNATURE, 1},
};

#define KNOWN (sizeof known / sizeof known[0])

static X509 *
certificate_with(const char *oid)
{
    X509 *cert = X509_new();
    POLICYINFO *policy = POLICYINFO_new();
    CERTIFICATEPOLICIES *policies = sk_POLICYINFO_new_null();
    assert_non_null(cert);
    assert_non_null(policy);
    policy->policyid = OBJ_txt2obj(oid, 1);
    assert_non_null(policy->policyid);
    assert_int_equal(sk_POLICYINFO_push(policies, policy), 1);
    assert_int_equal(
        X509_add1_ext_i2d(cert, NID_certificate_policies, policies, 0, 0), 1);
    CERTIFICATEPOLICIES_free(policies);
    return cert;
}

static enum beid_verify_result
judge(const struct beid_verify *verifier, const char *oid,
      enum beid_verify_use use, struct report *report)
{
    X509 *cert = certificate_with(oid);
    memset(report, 0, sizeof *report);
    enum beid_verify_result result = policy_check(verifier, cert, use, report);
    X509_free(cert);
    return result;
}

static void
each_policy_is_good_for_its_use(void **state)
{
    struct beid_verify *verifier = NULL;
    struct report report;
    (void)state;
    assert_int_equal(beid_verify_new(&verifier), BEID_VERIFY_OK);
    for (size_t i = 0; i < KNOWN; i++) {
        enum beid_verify_use use = known[i].use;
        assert_int_equal(judge(verifier, known[i].oid, use, &report),
                         BEID_VERIFY_OK);
        assert_string_equal(report.open.policy, known[i].oid);
        assert_int_equal(report.open.policy_inferred, known[i].inferred);
        assert_int_equal(judge(verifier, known[i].oid,
                               use == SIGNATURE ? AUTHENTICATION : SIGNATURE,
                               &report),
                         BEID_VERIFY_POLICY);
        assert_null(report.open.policy);
    }
    beid_verify_free(&verifier);
}

static void
inferred_ones_can_be_refused(void **state)
{
    struct beid_verify *verifier = NULL;
    struct report report;
    (void)state;
    assert_int_equal(beid_verify_new(&verifier), BEID_VERIFY_OK);
    beid_verify_refuse_inferred_policies(verifier);
    for (size_t i = 0; i < KNOWN; i++) {
        assert_int_equal(judge(verifier, known[i].oid, known[i].use, &report),
                         known[i].inferred == 1 ? BEID_VERIFY_POLICY
                                                : BEID_VERIFY_OK);
    }
    /* Named by the portal, one is its own choice and no inference. */
    assert_int_equal(
        beid_verify_add_policy(verifier, SIGNATURE, "2.16.56.10.1.1.7.1"),
        BEID_VERIFY_OK);
    assert_int_equal(judge(verifier, "2.16.56.10.1.1.7.1", SIGNATURE, &report),
                     BEID_VERIFY_OK);
    assert_int_equal(report.open.policy_inferred, 0);
    beid_verify_free(&verifier);
}

/* The neighbours of what is known: other arcs, holders, uses and lengths. */
static void
no_neighbour_is_accepted(void **state)
{
    static const int roots[] = {1, 2, 8, 9, 10, 11, 12, 13};
    struct beid_verify *verifier = NULL;
    struct report report;
    unsigned good = 0;
    (void)state;
    assert_int_equal(beid_verify_new(&verifier), BEID_VERIFY_OK);
    for (size_t root = 0; root < sizeof roots / sizeof roots[0]; root++) {
        for (int holder = 0; holder < 10; holder++) {
            for (int use = 0; use < 4; use++) {
                char oid[POLICY_SIZE];
                (void)snprintf(oid, sizeof oid, "2.16.56.%d.1.1.%d.%d",
                               roots[root], holder, use);
                good += judge(verifier, oid, AUTHENTICATION, &report)
                                == BEID_VERIFY_OK
                            ? 1
                            : 0;
                good +=
                    judge(verifier, oid, SIGNATURE, &report) == BEID_VERIFY_OK
                        ? 1
                        : 0;
            }
        }
    }
    assert_int_equal(good, KNOWN);
    assert_int_equal(
        judge(verifier, "2.16.56.12.1.1.2.2.1", AUTHENTICATION, &report),
        BEID_VERIFY_POLICY);
    assert_int_equal(
        judge(verifier, "2.16.56.12.1.1.2", AUTHENTICATION, &report),
        BEID_VERIFY_POLICY);
    beid_verify_free(&verifier);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_is_good_for_its_use),
        cmocka_unit_test(inferred_ones_can_be_refused),
        cmocka_unit_test(no_neighbour_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
