/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "grammar.h"

#include <stdio.h>
#include <string.h>

static enum beid_err
json(const char *text)
{
    return json_grammar(beid_span_str(text));
}

static void
json_accepts(void **state)
{
    static const char *const good[] = {"{}",
                                       " [] ",
                                       "\t\r\n1 ",
                                       "\"\"",
                                       "true",
                                       "false",
                                       "null",
                                       "-0",
                                       "0.5",
                                       "1e5",
                                       "1E+5",
                                       "1e-5",
                                       "[1,2,[3]]",
                                       "{\"a\":{\"b\":[{}]}}",
                                       "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
                                       "\"\\ud83d\\ude00\"",
                                       "\"é€😀\"",
                                       "[[[[[[[[1]]]]]]]]",
                                       "\"\x7f\""};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (json(good[i]) != BEID_OK) {
            fail_msg("refused: %s", good[i]);
        }
    }
}

static void
json_refuses(void **state)
{
    static const char *const bad[] = {
        "", " ", "{", "}", "[", "[1", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "-", "+1", "1.", ".5", "1e",
        "1e+", "0x1", "NaN", "Infinity", "tru", "True", "nulls", "1 2", "{}{}",
        "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u0000\"",
        "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
        "\"\n\"", "\"\t\"", "/**/1", "1//", "\xef\xbb\xbf{}",
        /* UTF-8: lone tail, overlong, surrogate, too high, cut short */
        "\"\x80\"", "\"\xc0\xaf\"", "\"\xc1\x81\"", "\"\xe0\x80\xaf\"",
        "\"\xed\xa0\x80\"", "\"\xf0\x80\x80\x80\"", "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"", "\"\xc3\"", "\"\xe2\x82\"", "\"\xc3(\"",
        "\"\xe2\x82"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (json(bad[i]) != BEID_ERR_FORMAT) {
            fail_msg("not refused: %s", bad[i]);
        }
    }
    assert_int_equal(json_grammar(beid_span_of("\"a\0b\"", 5)),
                     BEID_ERR_FORMAT);
    assert_int_equal(json_grammar(beid_span_of("1\0", 2)), BEID_ERR_FORMAT);
}

static void
json_depth(void **state)
{
    (void)state;
    assert_int_equal(json("[[[[[[[[[1]]]]]]]]]"), BEID_ERR_LIMIT);
    assert_int_equal(json("{\"a\":[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]}"),
                     BEID_ERR_LIMIT);
    static char deep[100001];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(json(deep), BEID_ERR_LIMIT);
    /* Side by side is not deep. */
    assert_int_equal(json("[[1],[2],[3],[4],[5],[6],[7],[8],[9]]"), BEID_OK);
}

static void
base64_known(void **state)
{
    static const struct {
        const char *text;
        const char *bytes;
    } known[] = {{"Zg==", "f"},         {"Zm8=", "fo"},
                 {"Zm9v", "foo"},       {"Zm9vYg==", "foob"},
                 {"Zm9vYmE=", "fooba"}, {"Zm9vYmFy", "foobar"}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct beid_buf out;
        beid_buf_init(&out, 64);
        assert_int_equal(base64_decode(known[i].text, &out), BEID_OK);
        assert_string_equal(beid_buf_cstr(&out), known[i].bytes);
        beid_buf_clear(&out);
    }
}

static void
base64_refuses(void **state)
{
    static const char *const bad[] = {
        "",         "Z",        "Zg",         "Zg=",  "Zg===", "Zh==",
        "Zm9=",     "Zm8",      "Z===",       "====", "Zm 9v", "Zm9v\n",
        "\nZm9v",   " Zm9v",    "Zm9v ",      "Zm9-", "Zm_v",  "Zm8=Zm8=",
        "Zg==Zg==", "Zm9vZg=a", "Zm\xc3\xa9v"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct beid_buf out;
        beid_buf_init(&out, 64);
        if (base64_decode(bad[i], &out) != BEID_ERR_FORMAT) {
            fail_msg("not refused: %s", bad[i]);
        }
        beid_buf_clear(&out);
    }
    struct beid_buf small;
    beid_buf_init(&small, 5);
    assert_int_equal(base64_decode("Zm9vYmFy", &small), BEID_ERR_LIMIT);
    beid_buf_clear(&small);
}

static void
times(void **state)
{
    static const struct {
        const char *text;
        time_t at;
    } good[] = {{"1970-01-01T00:00:00Z", 0},
                {"2020-06-03T10:01:31Z", 1591178491},
                {"2020-06-03t12:01:31.250+02:00", 1591178491},
                {"2020-06-03T04:31:31-05:30", 1591178491},
                {"2024-02-29T00:00:00z", 1709164800},
                {"2016-12-31T23:59:60Z", 1483228800}};
    static const char *const bad[] = {"",
                                      "2020",
                                      "2020-06-03",
                                      "2020-06-03T10:01:31",
                                      "2020-06-03 10:01:31Z",
                                      "2020-06-03T10:01Z",
                                      "2020-13-01T00:00:00Z",
                                      "2020-00-01T00:00:00Z",
                                      "2020-06-00T00:00:00Z",
                                      "2023-02-29T00:00:00Z",
                                      "2020-06-03T24:00:00Z",
                                      "2020-06-03T10:60:00Z",
                                      "2020-06-03T10:01:61Z",
                                      "2020-06-03T10:01:31ZZ",
                                      "2020-06-03T10:01:31+24:00",
                                      "2020-06-03T10:01:31+02",
                                      "2020-06-03T10:01:31+0200",
                                      "2020-06-03T10:01:31.Z",
                                      "20-06-03T10:01:31Z",
                                      "+2020-06-03T10:01:31Z"};
    char text[RFC3339_SIZE];
    time_t at = 0;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(rfc3339_parse(good[i].text, &at), BEID_OK);
        assert_true(at == good[i].at);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (rfc3339_parse(bad[i], &at) != BEID_ERR_FORMAT) {
            fail_msg("not refused: %s", bad[i]);
        }
    }
    rfc3339_format(1591178491, text);
    assert_string_equal(text, "2020-06-03T10:01:31Z");
}

static void
origins(void **state)
{
    static const char *const good[] = {"https://a",
                                       "https://www.mijnburgerprofiel.be",
                                       "https://portal.example:8443",
                                       "https://xn--bcher-kva.example",
                                       "https://localhost:18443",
                                       "http://localhost",
                                       "http://localhost:8080",
                                       "http://127.0.0.1:8080",
                                       "http://[::1]:8080",
                                       "https://127.0.0.1:1",
                                       "https://a:80",
                                       "http://localhost:443",
                                       "https://a:65535"};
    static const char *const bad[] = {"",
                                      "null",
                                      "a",
                                      "https:",
                                      "https://",
                                      "https://a/",
                                      "https://a:",
                                      "https://a:443",
                                      "http://localhost:80",
                                      "https://a:0",
                                      "https://a:065",
                                      "https://a:65536",
                                      "https://a:8443/",
                                      "https://a:8x",
                                      "HTTPS://a",
                                      "https://A",
                                      "https://a b",
                                      "https://u@a",
                                      "https://a?b",
                                      "https://a#b",
                                      "https://*.a",
                                      "http://a",
                                      "http://localhost.evil.example",
                                      "http://127.0.0.10",
                                      "ftp://a",
                                      "https://a\n",
                                      "https://a\t",
                                      "https://b\xc3\xbc.example",
                                      "file://",
                                      " https://a",
                                      "https://a "};
    char large[300] = "https://";
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!origin_wellformed(good[i])) {
            fail_msg("refused: %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (origin_wellformed(bad[i])) {
            fail_msg("not refused: %s", bad[i]);
        }
    }
    memset(large + 8, 'a', 247);
    assert_true(origin_wellformed(large)); /* 255 */
    large[255] = 'a';
    assert_false(origin_wellformed(large));
}

static void
nonces(void **state)
{
    char text[130];
    (void)state;
    memset(text, 'n', sizeof text);
    text[129] = '\0';
    assert_false(nonce_wellformed(text));
    text[128] = '\0';
    assert_true(nonce_wellformed(text));
    text[44] = '\0';
    assert_true(nonce_wellformed(text));
    text[20] = ' ';
    assert_false(nonce_wellformed(text));
    text[20] = '\x7f';
    assert_false(nonce_wellformed(text));
    text[20] = '~';
    assert_true(nonce_wellformed(text));
    text[43] = '\0';
    assert_false(nonce_wellformed(text));
    assert_false(nonce_wellformed(""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_accepts),   cmocka_unit_test(json_refuses),
        cmocka_unit_test(json_depth),     cmocka_unit_test(base64_known),
        cmocka_unit_test(base64_refuses), cmocka_unit_test(times),
        cmocka_unit_test(origins),        cmocka_unit_test(nonces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
