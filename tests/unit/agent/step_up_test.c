/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "policy/once.h"
#include "policy/step_up.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN "https://p.example"
#define NOW 1800000000
#define JTI "0123456789abcdef"

static struct policy_portals *portals;

static int
open_portals(void **state)
{
    (void)state;
    static const char file[] = "name.nl=P\norigin=" ORIGIN "\n"
                               "origin=https://other.example\n"
                               "resource-origin=https://loket.example\n"
                               "allow=step-up\n";
    return policy_portals_new(&portals) == BEID_OK
                   && policy_portals_add(portals, "t", beid_span_str(file),
                                         false)
                          == BEID_OK
               ? 0
               : -1;
}

static int
close_portals(void **state)
{
    (void)state;
    policy_portals_free(&portals);
    return 0;
}

static struct policy_claims
good(void)
{
    struct policy_claims claims = {.iss = beid_span_str(ORIGIN),
                                   .aud = beid_span_str("beid-agent"),
                                   .jti = beid_span_str(JTI),
                                   .kind = beid_span_str("access"),
                                   .resource =
                                       beid_span_str(ORIGIN "/attesten"),
                                   .acr = beid_span_str("urn:example:high"),
                                   .txn = beid_span_str("42"),
                                   .iat = NOW,
                                   .exp = NOW + 120};
    for (size_t i = 0; i < BEID_LANG_COUNT; i++) {
        claims.text[i] = beid_span_str("Toegang tot uw attesten");
    }
    return claims;
}

static struct policy_step_up
judge_at(struct policy_claims claims, int64_t now, int64_t earliest)
{
    const struct policy_moment moment = {.now = now, .earliest = earliest};
    struct beid_span origin = beid_span_str(ORIGIN);
    return policy_step_up_judge(&claims, policy_portals_find(portals, origin),
                                origin, &moment);
}

static void
blames(struct policy_claims claims, const char *claim)
{
    struct policy_step_up judged = judge_at(claims, NOW, 0);
    assert_int_equal(judged.verdict, POLICY_BAD_CLAIM);
    assert_string_equal(judged.claim, claim);
}

static void
good_requests_pass(void **state)
{
    (void)state;
    struct policy_claims claims = good();
    struct policy_step_up judged = judge_at(claims, NOW, NOW);
    assert_int_equal(judged.verdict, POLICY_GOOD);
    assert_false(judged.statement);
    assert_int_equal(judged.certificate_len, 0);
    claims.kind = beid_span_str("statement");
    claims.certificate = beid_span_str("000102030405060708090A0b0c0d0e0f1011121"
                                       "31415161718191a1b1c1d1e1F");
    judged = judge_at(claims, NOW, NOW);
    assert_int_equal(judged.verdict, POLICY_GOOD);
    assert_true(judged.statement);
    assert_int_equal(judged.certificate_len, 32);
    for (uint8_t i = 0; i < 32; i++) {
        assert_int_equal(judged.certificate[i], i);
    }
}

/* Values that may not be, with the claim that is to be blamed. */
static const struct {
    size_t at; /* of the span in struct policy_claims */
    const char *value;
    const char *claim;
} wrong_claims[] = {
#define AT(field) offsetof(struct policy_claims, field)
    {AT(iss), "", "iss"},
    {AT(iss), "https://other.example", "iss"}, /* an origin of this portal */
    {AT(iss), ORIGIN "/", "iss"},
    {AT(iss), "https://P.example", "iss"},
    {AT(aud), "", "aud"},
    {AT(aud), "beid-agent2", "aud"},
    {AT(jti), "", "jti"},
    {AT(jti), "0123456789abcde", "jti"},
    {AT(jti),
     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
     "jti"},
    {AT(jti), "0123456789abcde/", "jti"},
    {AT(kind), "", "kind"},
    {AT(kind), "Access", "kind"},
    {AT(acr), "two words", "acr"},
    {AT(txn), "\xC3\xA9", "txn"},
    {AT(certificate), "00", "certificateSha256"},
    {AT(certificate),
     "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "certificateSha256"},
#undef AT
};

static void
every_claim_is_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_claims / sizeof wrong_claims[0]; i++) {
        struct policy_claims claims = good();
        const struct beid_span value = beid_span_str(wrong_claims[i].value);
        memcpy((char *)&claims + wrong_claims[i].at, &value, sizeof value);
        blames(claims, wrong_claims[i].claim);
    }
}

static void
every_text_is_checked(void **state)
{
    (void)state;
    /* Letter by letter, since as literals they would turn this line round. */
    static const char override[] = {'a', '\xE2', '\x80', '\xAE', ' ', 'b', 0};
    static const char isolate[] = {'a', '\xE2', '\x81', '\xA6', ' ', 'b', 0};
    static const char *const wrong[] = {"",
                                        "a\nb",
                                        "a\tb",
                                        "a\x7F",
                                        "a\xC2\x85", /* NEL */
                                        override,
                                        isolate,
                                        "a\xE2\x80\x8B", /* zero width */
                                        "a\xEF\xBB\xBF",
                                        "a\xFF",
                                        "a<b",
                                        " a",
                                        "a ",
                                        "a  b",
                                        "a\u00a0 b", /* no-break spaces */
                                        "a \u00a0b",
                                        "a\u00a0\u00a0b",
                                        "\u00a0a",
                                        "a\u00a0"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        for (size_t lang = 0; lang < BEID_LANG_COUNT; lang++) {
            struct policy_claims claims = good();
            claims.text[lang] = beid_span_str(wrong[i]);
            blames(claims, "text");
        }
    }
}

static void
resources_stay_below_their_origin(void **state)
{
    (void)state;
    static const char *const fine[] = {ORIGIN "/", ORIGIN "/a/b?c=d/../e",
                                       ORIGIN "/a..b/.c",
                                       "https://loket.example/x"};
    static const char *const wrong[] = {"",
                                        ORIGIN,
                                        ORIGIN ".evil.example/",
                                        ORIGIN ":8443/",
                                        ORIGIN "@evil.example/",
                                        "http://p.example/",
                                        "https://loket.example",
                                        "https://other.example/a",
                                        "/relative",
                                        ORIGIN "/../x",
                                        ORIGIN "/a/..",
                                        ORIGIN "/a/./b",
                                        ORIGIN "/a/%2e%2E/b",
                                        ORIGIN "/a/.%2e?x",
                                        ORIGIN "/a#b",
                                        ORIGIN "/a b",
                                        ORIGIN "/a\\b",
                                        ORIGIN "/\xC3\xA9"};
    struct policy_claims claims = good();
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        claims.resource = beid_span_str(fine[i]);
        assert_int_equal(judge_at(claims, NOW, 0).verdict, POLICY_GOOD);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        claims.resource = beid_span_str(wrong[i]);
        blames(claims, "resource");
    }
}

static void
texts_have_a_limit(void **state)
{
    (void)state;
    static char text[2 * (POLICY_STEP_UP_TEXT_MAX + 1) + 1];
    struct policy_claims claims = good();
    for (size_t i = 0; i < POLICY_STEP_UP_TEXT_MAX; i++) {
        memcpy(text + 2 * i, "\xC3\xA9", 3);
    }
    claims.text[BEID_LANG_FR] = beid_span_str(text);
    assert_int_equal(judge_at(claims, NOW, 0).verdict, POLICY_GOOD);
    memcpy(text + strlen(text), "\xC3\xA9", 3);
    claims.text[BEID_LANG_FR] = beid_span_str(text);
    blames(claims, "text");
}

static void
times_are_checked(void **state)
{
    (void)state;
    struct policy_claims claims = good();
    claims.exp = NOW + 121;
    blames(claims, "exp");
    claims.exp = NOW;
    blames(claims, "exp");
    claims = good();
    static const struct {
        int64_t now;
        int64_t earliest;
        enum policy_verdict verdict;
    } cases[] = {
        {NOW - 60, 0, POLICY_GOOD},        {NOW - 61, 0, POLICY_CLOCK_OFF},
        {NOW - 7200, 0, POLICY_CLOCK_OFF}, {NOW + 180, 0, POLICY_GOOD},
        {NOW + 181, 0, POLICY_EXPIRED},    {NOW + 3599, 0, POLICY_EXPIRED},
        {NOW + 3600, 0, POLICY_CLOCK_OFF}, {NOW, NOW, POLICY_GOOD},
        {NOW, NOW + 1, POLICY_EXPIRED}, /* issued before our start */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            judge_at(claims, cases[i].now, cases[i].earliest).verdict,
            cases[i].verdict);
    }
    assert_int_equal(judge_at(claims, NOW + 7200, 0).ahead_s, 7200);
}

static void
an_agent_that_began_again_is_stricter(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < 1000; ms += 333) {
        int64_t start = (int64_t)NOW * 1000 + ms;
        assert_int_equal(policy_step_up_earliest(start, false), NOW);
        /* What the former one took last came from the fastest clock. */
        struct policy_claims last = good();
        last.iat = NOW + POLICY_STEP_UP_SKEW_S;
        last.exp = last.iat + 1;
        assert_int_equal(judge_at(last, NOW, NOW).verdict, POLICY_GOOD);
        int64_t earliest = policy_step_up_earliest(start, true);
        assert_int_equal(judge_at(last, NOW, earliest).verdict, POLICY_EXPIRED);
        last.iat++;
        last.exp++;
        assert_int_equal(judge_at(last, NOW + 1, earliest).verdict,
                         POLICY_GOOD);
    }
}

static void
a_request_is_used_once(void **state)
{
    (void)state;
    struct policy_once *once = calloc(1, sizeof *once);
    struct beid_span origin = beid_span_str(ORIGIN);
    char jti[32];
    assert_non_null(once);
    assert_int_equal(policy_once_use(once, origin, beid_span_str(JTI), 5),
                     BEID_OK);
    assert_int_equal(policy_once_use(once, origin, beid_span_str(JTI), 5),
                     BEID_ERR_DENIED);
    assert_int_equal(policy_once_use(once, beid_span_str("https://q.example"),
                                     beid_span_str(JTI), 5),
                     BEID_OK);
    assert_int_equal(once->floor, 0);
    for (int i = 0; i < 2 * (int)POLICY_ONCE_REMEMBERED; i++) {
        (void)snprintf(jti, sizeof jti, "many-%d", i);
        assert_int_equal(
            policy_once_use(once, origin, beid_span_str(jti), 10 + i), BEID_OK);
    }
    /* What was forgotten is older than anything that is accepted from now. */
    assert_int_equal(once->floor, 10 + POLICY_ONCE_REMEMBERED - 1);
    assert_int_equal(once->count, POLICY_ONCE_REMEMBERED);
    free(once);
}

/* One at a time, as the memory fills and when it is full. */
static void
what_came_to_nothing_was_not_used(void **state)
{
    (void)state;
    struct policy_once *once = calloc(1, sizeof *once);
    struct beid_span origin = beid_span_str(ORIGIN);
    char jti[32];
    char before[32] = "none";
    assert_non_null(once);
    policy_once_give_back(once);
    assert_int_equal(once->count, 0);
    for (int i = 0; i < 2 * (int)POLICY_ONCE_REMEMBERED + 3; i++) {
        (void)snprintf(jti, sizeof jti, "many-%d", i);
        struct beid_span this = beid_span_str(jti);
        assert_int_equal(policy_once_use(once, origin, this, 10 + i), BEID_OK);
        policy_once_give_back(once);
        assert_int_equal(policy_once_use(once, origin, this, 10 + i), BEID_OK);
        assert_int_equal(policy_once_use(once, origin, this, 10 + i),
                         BEID_ERR_DENIED);
        if (i > 0) {
            /* The others are where they were. */
            assert_int_equal(
                policy_once_use(once, origin, beid_span_str(before), 9 + i),
                BEID_ERR_DENIED);
        }
        memcpy(before, jti, sizeof before);
    }
    assert_int_equal(once->count, POLICY_ONCE_REMEMBERED);
    assert_int_equal(once->floor, 10 + POLICY_ONCE_REMEMBERED + 2);
    free(once);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_requests_pass),
        cmocka_unit_test(every_claim_is_checked),
        cmocka_unit_test(every_text_is_checked),
        cmocka_unit_test(resources_stay_below_their_origin),
        cmocka_unit_test(texts_have_a_limit),
        cmocka_unit_test(times_are_checked),
        cmocka_unit_test(an_agent_that_began_again_is_stricter),
        cmocka_unit_test(a_request_is_used_once),
        cmocka_unit_test(what_came_to_nothing_was_not_used),
    };
    return cmocka_run_group_tests(tests, open_portals, close_portals);
}
