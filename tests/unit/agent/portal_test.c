/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "policy/portal.h"

#include <string.h>

#define GOOD                                                                   \
    "; a portal\n"                                                             \
    "name.nl=Mijn Burgerprofiel\n"                                             \
    "name.fr = Mon profil citoyen\n"                                           \
    "origin=https://www.mijnburgerprofiel.be\n"                                \
    "origin=https://mbp.example:8443\n"                                        \
    "resource-origin=https://loket.example\n"                                  \
    "allow=authenticate, step-up\n"                                            \
    "environment=acceptance\n"

static int
fresh(void **state)
{
    struct policy_portals *portals = NULL;
    assert_int_equal(policy_portals_new(&portals), BEID_OK);
    *state = portals;
    return 0;
}

static int
done(void **state)
{
    struct policy_portals *portals = *state;
    policy_portals_free(&portals);
    return 0;
}

static enum beid_err
add(void **state, const char *text)
{
    return policy_portals_add(*state, "test.conf", beid_span_str(text), false);
}

static void
a_good_file_is_read(void **state)
{
    assert_int_equal(add(state, GOOD), BEID_OK);
    const struct policy_portal *portal = policy_portals_find(
        *state, beid_span_str("https://www.mijnburgerprofiel.be"));
    assert_non_null(portal);
    assert_ptr_equal(
        policy_portals_find(*state, beid_span_str("https://mbp.example:8443")),
        portal);
    assert_string_equal(policy_portal_name(portal, BEID_LANG_NL),
                        "Mijn Burgerprofiel");
    assert_string_equal(policy_portal_name(portal, BEID_LANG_FR),
                        "Mon profil citoyen");
    assert_string_equal(policy_portal_name(portal, BEID_LANG_DE),
                        "Mijn Burgerprofiel");
    assert_true(policy_portal_allows(portal, POLICY_AUTHENTICATE));
    assert_true(policy_portal_allows(portal, POLICY_STEP_UP));
    assert_false(policy_portal_allows(portal, POLICY_SIGN));
    assert_false(policy_portal_allows(portal, POLICY_SIGNING_CERTIFICATE));
    assert_int_equal(policy_portal_environment(portal),
                     BEID_ENVIRONMENT_ACCEPTANCE);
}

/* An origin is found by exactly its bytes and by nothing else. */
static void
only_exact_origins_are_found(void **state)
{
    static const char *const strangers[] = {
        "",
        "null",
        "https://www.mijnburgerprofiel.be.evil.example",
        "https://evilwww.mijnburgerprofiel.be",
        "https://www.mijnburgerprofiel.b",
        "https://www.mijnburgerprofiel.be.",
        "https://www.mijnburgerprofiel.be:443",
        "https://www.mijnburgerprofiel.be:8443",
        "https://mbp.example",
        "https://WWW.mijnburgerprofiel.be",
        "http://www.mijnburgerprofiel.be",
        "https://loket.example", /* a resource origin is no origin */
        "www.mijnburgerprofiel.be",
    };
    assert_int_equal(add(state, GOOD), BEID_OK);
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        assert_null(policy_portals_find(*state, beid_span_str(strangers[i])));
    }
    assert_null(policy_portals_find(
        *state, beid_span_of("https://www.mijnburgerprofiel.be\0", 33)));
}

static void
a_bad_file_adds_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "name.nl=A\norigin=https://a.example\n",
        "name.nl=A\nallow=authenticate\n",
        "origin=https://a.example\nallow=authenticate\n",
        GOOD "unknown=1\n",
        GOOD "pin=1234\n",
        GOOD "name.it=A\n",
        GOOD "name.nl=twice\n",
        GOOD "name.de=\n",
        GOOD "name.de=a\tb\n",
        GOOD "name.de=a\x80z\n",
        GOOD "name.de=a\xE2\x80\xAEz\n",
        GOOD "name.de=a\xE2\x81\xA6z\n",
        GOOD "origin=http://a.example\n",
        GOOD "origin=https://localhost:8443\n",
        GOOD "origin=https://a.example/\n",
        GOOD "origin=\n",
        GOOD "origin=https://mbp.example:8443\n",
        GOOD "allow=everything\n",
        GOOD "allow=\n",
        GOOD "allow=authenticate\n",
        GOOD "environment=test\n",
        "[section]\n" GOOD,
        GOOD "no equals sign\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(add(state, bad[i]), BEID_ERR_FORMAT);
        assert_int_equal(policy_portals_count(*state), 0);
    }
    assert_int_equal(policy_portals_add(
                         *state, "nul.conf",
                         beid_span_of(GOOD "\0x=1\n", sizeof GOOD + 5), false),
                     BEID_ERR_FORMAT);
    assert_int_equal(policy_portals_count(*state), 0);
}

/* Threats W-04: who writes a wildcard believes that there are some. */
static void
a_wildcard_is_worse_than_an_error(void **state)
{
    static const char *const wild[] = {
        GOOD "origin=*\n",
        GOOD "origin=https://*.mijnburgerprofiel.be\n",
        GOOD "resource-origin=*\n",
        GOOD "allow=*\n",
        GOOD "unknown=*\n",
        "origin=https://*\n",
    };
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        assert_int_equal(add(state, wild[i]), BEID_ERR_DENIED);
    }
}

/* libinih would cut a long line in two and read the rest as another key. */
static void
a_long_line_is_not_cut_in_two(void **state)
{
    char text[600] = GOOD "name.de=";
    size_t start = strlen(text);
    memset(text + start, 'a', 188);
    memcpy(text + start + 188, "\norigin=https://b.example\n", 27);
    assert_int_equal(add(state, text), BEID_OK);
    memset(text + start, 'a', 199);
    memcpy(text + start + 199, "origin=https://b.example\n", 26);
    assert_int_equal(add(state, text), BEID_ERR_FORMAT);
}

static void
one_origin_has_one_portal(void **state)
{
    assert_int_equal(add(state, GOOD), BEID_OK);
    assert_int_equal(add(state, "name.nl=Ander\nallow=authenticate\n"
                                "origin=https://mbp.example:8443\n"),
                     BEID_ERR_FORMAT);
    assert_int_equal(add(state, "name.nl=Ander\nallow=authenticate\n"
                                "origin=https://other.example\n"),
                     BEID_OK);
    assert_int_equal(policy_portals_count(*state), 2);
}

static void
development_has_its_own_grammar(void **state)
{
    static const char local[] = "name.en=Demo\nallow=authenticate\n"
                                "origin=http://localhost:8080\n";
    struct beid_span text = beid_span_str(local);
    assert_int_equal(policy_portals_add(*state, "d.conf", text, false),
                     BEID_ERR_FORMAT);
    assert_int_equal(policy_portals_add(*state, "d.conf", text, true), BEID_OK);
    const struct policy_portal *portal =
        policy_portals_find(*state, beid_span_str("http://localhost:8080"));
    assert_non_null(portal);
    assert_string_equal(policy_portal_name(portal, BEID_LANG_NL), "Demo");
    assert_int_equal(policy_portal_environment(portal),
                     BEID_ENVIRONMENT_PRODUCTION);
    assert_int_equal(
        policy_portals_add(*state, "e.conf", beid_span_str(GOOD), true),
        BEID_ERR_FORMAT);
}

/* The citizen's file blocks by file name; a bad or unread one blocks all. */
static void
the_citizen_takes_away(void **state)
{
    static const struct {
        const char *text;
        bool unreadable;
        bool blocked;
    } cases[] = {{"", false, false},
                 {"block=other\n", false, false},
                 {"block=test\n", false, true},
                 {"nonsense\n", false, true},
                 {"", true, true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy_portals *portals = NULL;
        assert_int_equal(policy_portals_new(&portals), BEID_OK);
        assert_int_equal(policy_portals_restrict(portals,
                                                 beid_span_str(cases[i].text),
                                                 cases[i].unreadable),
                         BEID_OK);
        assert_int_equal(policy_portals_add(portals, "test.conf",
                                            beid_span_str(GOOD), false),
                         BEID_OK);
        const struct policy_portal *portal = policy_portals_find(
            portals, beid_span_str("https://www.mijnburgerprofiel.be"));
        assert_non_null(portal);
        assert_int_equal(policy_portal_blocked(portal), cases[i].blocked);
        assert_int_equal(policy_portal_allows(portal, POLICY_AUTHENTICATE),
                         !cases[i].blocked);
        policy_portals_free(&portals);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_file_is_read, fresh, done),
        cmocka_unit_test_setup_teardown(only_exact_origins_are_found, fresh,
                                        done),
        cmocka_unit_test_setup_teardown(a_bad_file_adds_nothing, fresh, done),
        cmocka_unit_test_setup_teardown(a_wildcard_is_worse_than_an_error,
                                        fresh, done),
        cmocka_unit_test_setup_teardown(a_long_line_is_not_cut_in_two, fresh,
                                        done),
        cmocka_unit_test_setup_teardown(one_origin_has_one_portal, fresh, done),
        cmocka_unit_test_setup_teardown(development_has_its_own_grammar, fresh,
                                        done),
        cmocka_unit_test(the_citizen_takes_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
