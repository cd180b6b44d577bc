/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "grant.h"
#include "identity.h"
#include "sso.h"

#include <string.h>

#define CODE "0123456789abcdef0123456789abcdef0123456789ab"

/* RFC 7636, appendix B. */
static void
challenge_is_s256(void **state)
{
    char out[SESSION_TOKEN_SIZE];
    (void)state;
    assert_int_equal(
        grant_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", out),
        BEID_OK);
    assert_string_equal(out, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_true(grant_challenge_good(out));
}

static void
texts_are_judged(void **state)
{
    char one[SESSION_TOKEN_SIZE];
    char other[SESSION_TOKEN_SIZE];
    char bound[SESSION_HEX_SIZE];
    char also[SESSION_HEX_SIZE];
    (void)state;
    assert_true(grant_code_good(CODE));
    assert_false(grant_code_good(NULL));
    assert_false(grant_code_good(""));
    assert_false(grant_code_good(CODE "0"));
    assert_false(
        grant_code_good("G123456789abcdef0123456789abcdef0123456789ab"));
    assert_false(grant_challenge_good(CODE));
    assert_true(sso_next("/sso?ask=" CODE));
    assert_false(sso_next("/sso?ask=" CODE "&x=https://evil.example"));
    assert_false(sso_next("//sso?ask=" CODE));
    assert_false(sso_next(NULL));
    assert_int_equal(grant_state("one", one), BEID_OK);
    assert_int_equal(grant_state("other", other), BEID_OK);
    assert_true(grant_code_good(one));
    assert_string_not_equal(one, other);
    /* Where one text ends and the other begins is part of it. */
    assert_int_equal(grant_bind("ab", "c", bound), BEID_OK);
    assert_int_equal(grant_bind("a", "bc", also), BEID_OK);
    assert_string_not_equal(bound, also);
}

static enum beid_err
parse(const char *json, struct identity *out)
{
    return identity_parse(beid_span_str(json), out);
}

static void
identity_comes_back(void **state)
{
    const struct identity in = {.subject = "pseudonym",
                                .given_names = "Nora \"Angèle\"",
                                .surname = "Proef\\persoon",
                                .verified_at = 1799999999,
                                .ticket = CODE};
    struct identity out;
    struct beid_buf json;
    (void)state;
    beid_buf_init(&json, IDENTITY_MAX);
    assert_int_equal(identity_encode(&in, &json), BEID_OK);
    assert_int_equal(identity_parse(beid_buf_span(&json), &out), BEID_OK);
    assert_string_equal(out.subject, in.subject);
    assert_string_equal(out.given_names, in.given_names);
    assert_string_equal(out.surname, in.surname);
    assert_int_equal(out.verified_at, in.verified_at);
    assert_string_equal(out.ticket, in.ticket);
    beid_buf_clear(&json);
}

static void
identity_is_judged(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"subject\":1,\"given_names\":\"\",\"surname\":\"\","
        "\"verified_at\":0,\"ticket\":\"\"}",
        "{\"subject\":\"\",\"given_names\":\"\",\"surname\":\"\","
        "\"verified_at\":\"0\",\"ticket\":\"\"}",
        "{\"subject\":\"\",\"given_names\":\"\",\"surname\":\"\","
        "\"verified_at\":-1,\"ticket\":\"\"}",
        "{\"subject\":\"\",\"given_names\":\"\",\"surname\":\"\","
        "\"verified_at\":1e300,\"ticket\":\"\"}",
        "{\"subject\":\"\",\"given_names\":\"\",\"surname\":\"\","
        "\"verified_at\":0,\"ticket\":\"" CODE "0\"}",
        "{\"subject\":\"\",\"given_names\":\"\",\"verified_at\":0,"
        "\"ticket\":\"\"}"};
    struct identity out = {.verified_at = 7};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse(bad[i], &out), BEID_ERR_FORMAT);
    }
    assert_int_equal(out.verified_at, 7);
    assert_int_equal(parse("{\"subject\":\"\",\"given_names\":\"\","
                           "\"surname\":\"\",\"verified_at\":0,"
                           "\"ticket\":\"\"}",
                           &out),
                     BEID_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(challenge_is_s256),
                                       cmocka_unit_test(texts_are_judged),
                                       cmocka_unit_test(identity_comes_back),
                                       cmocka_unit_test(identity_is_judged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
