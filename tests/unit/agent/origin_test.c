/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "policy/origin.h"

#include <stdio.h>
#include <string.h>

/* What a browser can send as the Origin of a portal that is no test. */
static const char *const portal[] = {
    "https://www.mijnburgerprofiel.be",
    "https://portal.example:8443",
    "https://portal.example:1",
    "https://portal.example:65535",
    "https://portal.example:80",
    "https://a.b",
    "https://xn--mijnburgerprofil-1pb.be",
    "https://0x.be",
    "https://1.2.3.be",
};

static const char *const development[] = {
    "https://localhost:18443", "http://localhost:8080",
    "http://localhost:443",    "https://localhost:80",
    "http://localhost:1",      "https://localhost:65535",
};

/* Threats W-04 to W-06: nothing of this may ever stand on a list. */
static const char *const neither[] = {
    "",
    "null",
    "*",
    "https://*",
    "https://*.mijnburgerprofiel.be",
    "https://www.*.be",
    "www.mijnburgerprofiel.be",
    "//www.mijnburgerprofiel.be",
    "http://www.mijnburgerprofiel.be",
    "HTTPS://www.mijnburgerprofiel.be",
    "https://WWW.mijnburgerprofiel.be",
    "https://www.Mijnburgerprofiel.be",
    "https://www.mijnburgerprofiel.be/",
    "https://www.mijnburgerprofiel.be.",
    "https://www.mijnburgerprofiel.be.:8443",
    "https://.mijnburgerprofiel.be",
    "https://www..be",
    "https://www.mijnburgerprofiel.be:",
    "https://www.mijnburgerprofiel.be:443",
    "https://www.mijnburgerprofiel.be:0",
    "https://www.mijnburgerprofiel.be:0443",
    "https://www.mijnburgerprofiel.be:08443",
    "https://www.mijnburgerprofiel.be:65536",
    "https://www.mijnburgerprofiel.be:99999",
    "https://www.mijnburgerprofiel.be:100000",
    "https://www.mijnburgerprofiel.be:+44",
    "https://www.mijnburgerprofiel.be:44a",
    "https://www.mijnburgerprofiel.be: 44",
    "https://www.mijnburgerprofiel.be:8443/",
    "https://www.mijnburgerprofiel.be/path",
    "https://www.mijnburgerprofiel.be?query",
    "https://www.mijnburgerprofiel.be#fragment",
    "https://user@www.mijnburgerprofiel.be",
    "https://user:word@www.mijnburgerprofiel.be",
    "https://www.mijnburgerprofiel.be@evil.example",
    "https://www.mijn burgerprofiel.be",
    " https://www.mijnburgerprofiel.be",
    "https://www.mijnburgerprofiel.be ",
    "https://www.mijnburgerprofiel.be\t",
    "https://www.mijnburgerprofiel.be\r",
    "https://www.mijnburgerprofiel.be\n",
    "https://www.mijn\tburgerprofiel.be",
    "https://www.mijnburgerprofiel.be, https://evil.example",
    "https://www.mijnburgerprofiel.be https://evil.example",
    "https://www.mijnburgerprofiel.be%00",
    "https://www.mijnburgerprofiel.be%2e",
    "https://m\xC3\xADjn.be",
    "https://\xD0\xBCijnburgerprofiel.be",
    "https://-portal.be",
    "https://portal-.be",
    "https://portal_a.be",
    "https://portal.be\\",
    "https:/portal.be",
    "https:portal.be",
    "https:///portal.be",
    "https://portal",
    "https://localhost",
    "https://localhost:443",
    "http://localhost:80",
    "http://localhost",
    "http://localhost:",
    "http://localhost:8080/",
    "http://localhost:08080",
    "http://localhost.:8080",
    "http://LOCALHOST:8080",
    "http://127.0.0.1:8080",
    "https://127.0.0.1",
    "https://127.1",
    "https://0.0.0.0:8443",
    "https://1.2.3.4",
    "https://portal.127",
    "https://portal.0x7f",
    "https://[::1]:8443",
    "https://[::1]",
    "file://",
    "file:///etc/passwd",
    "data:text/html,x",
    "chrome-extension://abcdefghijklmnop",
    "moz-extension://abc.def",
    "ws://portal.example",
    "wss://portal.example",
    "ftp://portal.example",
    "javascript:alert(1)",
    "blob:https://portal.example",
};

static void
the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof portal / sizeof portal[0]; i++) {
        assert_true(policy_origin_portal(beid_span_str(portal[i])));
        assert_false(policy_origin_development(beid_span_str(portal[i])));
    }
    for (size_t i = 0; i < sizeof development / sizeof development[0]; i++) {
        assert_false(policy_origin_portal(beid_span_str(development[i])));
        assert_true(policy_origin_development(beid_span_str(development[i])));
    }
    assert_true(sizeof neither / sizeof neither[0] >= 60);
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++) {
        assert_false(policy_origin_portal(beid_span_str(neither[i])));
        assert_false(policy_origin_development(beid_span_str(neither[i])));
    }
    assert_false(policy_origin_portal(beid_span_of("https://a.b\0", 12)));
    assert_false(policy_origin_portal(beid_span_of("https://a\0.b", 12)));
}

/* RFC 1035 lengths and our own of 255, each ±1. */
static void
lengths(void **state)
{
    char text[400];
    (void)state;
    (void)snprintf(text, sizeof text, "https://%063d.be", 0);
    assert_true(policy_origin_portal(beid_span_str(text)));
    (void)snprintf(text, sizeof text, "https://%064d.be", 0);
    assert_false(policy_origin_portal(beid_span_str(text)));
    for (size_t i = strlen("https://"); i < sizeof text; i++) {
        text[i] = i % 2 == 0 ? 'a' : '.';
    }
    assert_true(policy_origin_portal(beid_span_of(text, 255)));
    assert_false(policy_origin_portal(beid_span_of(text, 257)));
    (void)snprintf(text, sizeof text, "https://%0300d.be", 0);
    assert_false(policy_origin_portal(beid_span_str(text)));
    assert_false(policy_origin_development(beid_span_str(text)));
}

static void
host_is_compared_byte_for_byte(void **state)
{
    static const char *const wrong[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:2488",
        "127.0.0.1:24881",
        "127.0.0.1:248800",
        "127.0.0.1:024880",
        "127.0.0.1:24880.",
        "127.0.0.1.:24880",
        " 127.0.0.1:24880",
        "127.0.0.1:24880 ",
        "127.1:24880",
        "127.0.0.2:24880",
        "0.0.0.0:24880",
        "0:24880",
        "2130706433:24880",
        "0x7f.1:24880",
        "[::1]:24880",
        "[::ffff:127.0.0.1]:24880",
        "localhost:24880",
        "LOCALHOST:24880",
        "evil.example:24880",
        "evil.example",
        "127.0.0.1:24880,evil.example",
        "evil@127.0.0.1:24880",
    };
    (void)state;
    assert_true(policy_host_ours(beid_span_str("127.0.0.1:24880"), 24880));
    assert_true(policy_host_ours(beid_span_str("127.0.0.1:1"), 1));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(policy_host_ours(beid_span_str(wrong[i]), 24880));
    }
    assert_false(
        policy_host_ours(beid_span_of("127.0.0.1:24880\0", 16), 24880));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),
        cmocka_unit_test(lengths),
        cmocka_unit_test(host_is_compared_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
