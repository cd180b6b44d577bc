/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "api/json.h"
#include "api/json_scan.h"
#include "api/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const good[] = {
    "{}",
    " \t\r\n{ \"a\" : 1 } \n",
    "[]",
    "[[[[]]]]",
    "{\"a\":{\"b\":[{}]}}",
    "[1,-1,0,-0,999999999999999]",
    "[true,false,null]",
    "\"\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
    "\"\\uD83D\\uDE00\"",
    "\"\\u0001\"",
    "\"\xC3\xA9\xF0\x9F\x98\x80\x7F\"",
    "1",
};

static const char *const bad[] = {
    "",
    " ",
    "{",
    "}",
    "{]",
    "[}",
    "{}{}",
    "{} x",
    "{},",
    "\xEF\xBB\xBF{}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{\"a\":1 \"b\":2}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\"=1}",
    "{\"a\":1;\"b\":2}",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1",
    "tru",
    "True",
    "nul",
    "truefalse",
    "NaN",
    "Infinity",
    "01",
    "-",
    "-01",
    "+1",
    "1.0",
    "1e3",
    "1E3",
    ".5",
    "0x10",
    "1000000000000000",
    "/* c */{}",
    "{}// c",
    "\"",
    "\"\\\"",
    "\"\n\"",
    "\"\t\"",
    "\"\x01\"",
    "\"\\x41\"",
    "\"\\u00\"",
    "\"\\u00g0\"",
    "\"\\u0000\"",
    "\"\\uD83D\"",
    "\"\\uD83Dx\"",
    "\"\\uD83D\\u0041\"",
    "\"\\uDE00\"",
    "\"\\uDE00\\uD83D\"",
    "\"\xFF\"",
    "\"\xC3\"",
    "\"\xED\xA0\x80\"",
    "\"\xC0\x80\"",
    "\xC2\xA0{}",
    "{\"a\":1}\x0B",
    "undefined",
};

static void
the_grammar(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(json_scan(beid_span_str(good[i])), BEID_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(json_scan(beid_span_str(bad[i])), BEID_ERR_FORMAT);
    }
    assert_int_equal(json_scan(beid_span_of("{}\0", 3)), BEID_ERR_FORMAT);
    assert_int_equal(json_scan(beid_span_of("\"a\0b\"", 5)), BEID_ERR_FORMAT);
}

/* Every cut of a good text is a bad one, and no bit beyond it is read. */
static void
cut_texts(void **state)
{
    static const char text[] =
        "{\"a\":[{\"b\":\"\\u00e9\xC3\xA9\\uD83D\\uDE00\"},true,-12,null]}";
    (void)state;
    assert_int_equal(json_scan(beid_span_str(text)), BEID_OK);
    for (size_t len = 0; len < strlen(text); len++) {
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, text, len);
        uint8_t *fit = realloc(exact, len == 0 ? 1 : len);
        assert_non_null(fit);
        assert_int_equal(json_scan(beid_span_of(fit, len)), BEID_ERR_FORMAT);
        free(fit);
    }
}

static void
depth(void **state)
{
    static char many[100000];
    (void)state;
    assert_int_equal(json_scan(beid_span_str("[[[[1]]]]")), BEID_OK);
    assert_int_equal(json_scan(beid_span_str("[[[[[1]]]]]")), BEID_ERR_LIMIT);
    assert_int_equal(
        json_scan(beid_span_str("{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}")),
        BEID_ERR_LIMIT);
    memset(many, '[', sizeof many);
    assert_int_equal(json_scan(beid_span_of(many, sizeof many)),
                     BEID_ERR_LIMIT);
}

enum {
    NAME,
    COUNT,
    FLAG,
    MEMBERS
};

static enum beid_err
read_text(const char *text, struct json_member members[MEMBERS],
          struct json_document **document, struct json_fault *fault)
{
    const struct json_member fresh[MEMBERS] = {
        [NAME] = {"name", JSON_TEXT, .required = true},
        [COUNT] = {"count", JSON_NUMBER, .required = false},
        [FLAG] = {"flag", JSON_FLAG, .required = false}};
    memcpy(members, fresh, sizeof fresh);
    return json_read(beid_span_str(text), members, MEMBERS, document, fault);
}

static void
members_are_read(void **state)
{
    struct json_member members[MEMBERS];
    struct json_document *document = NULL;
    struct json_fault fault;
    (void)state;
    assert_int_equal(read_text("{\"flag\":true,\"name\":\"a\\u00e9\","
                               "\"count\":4294967295}",
                               members, &document, &fault),
                     BEID_OK);
    assert_true(beid_span_same(members[NAME].text, beid_span_str("a\xC3\xA9")));
    assert_true(members[COUNT].present && members[COUNT].number == UINT32_MAX);
    assert_true(members[FLAG].present && members[FLAG].flag);
    json_free(&document);
    assert_null(document);
    assert_int_equal(read_text("{\"name\":\"\"}", members, &document, &fault),
                     BEID_OK);
    assert_false(members[COUNT].present);
    assert_int_equal(members[NAME].text.len, 0);
    json_free(&document);
}

static void
faults_name_the_member(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
        const char *member;
    } rows[] = {
        {"", "not JSON with whole numbers", ""},
        {"[]", "not a JSON object", ""},
        {"\"name\"", "not a JSON object", ""},
        {"null", "not a JSON object", ""},
        {"[[[[[]]]]]", "JSON too deep", ""},
        {"{}", "missing member", "name"},
        {"{\"count\":1}", "missing member", "name"},
        {"{\"name\":\"a\",\"pin\":\"1234\"}", "unknown member", "pin"},
        {"{\"Name\":\"a\"}", "unknown member", "Name"},
        {"{\"name \":\"a\"}", "unknown member", "name "},
        {"{\"\":1}", "unknown member", ""},
        {"{\"name\":\"a\",\"name\":\"b\"}", "duplicate member", "name"},
        {"{\"name\":\"a\",\"n\\u0061me\":\"b\"}", "duplicate member", "name"},
        {"{\"name\":1}", "wrong type of member", "name"},
        {"{\"name\":null}", "wrong type of member", "name"},
        {"{\"name\":{\"name\":\"a\"}}", "wrong type of member", "name"},
        {"{\"name\":[\"a\"]}", "wrong type of member", "name"},
        {"{\"name\":\"a\",\"count\":\"1\"}", "wrong type of member", "count"},
        {"{\"name\":\"a\",\"count\":-1}", "wrong type of member", "count"},
        {"{\"name\":\"a\",\"count\":4294967296}", "wrong type of member",
         "count"},
        {"{\"name\":\"a\",\"flag\":1}", "wrong type of member", "flag"},
        {"{\"name\":\"a\",\"flag\":\"true\"}", "wrong type of member", "flag"},
    };
    struct json_member members[MEMBERS];
    struct json_document *document = NULL;
    struct json_fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(read_text(rows[i].text, members, &document, &fault),
                         BEID_ERR_FORMAT);
        assert_string_equal(fault.reason, rows[i].reason);
        assert_string_equal(fault.member, rows[i].member);
        assert_null(document);
    }
}

/* A name is shown up to 64 bytes, and never half a character of it. */
static void
long_names_are_cut_between_characters(void **state)
{
    char text[300];
    struct json_member members[MEMBERS];
    struct json_document *document = NULL;
    struct json_fault fault;
    (void)state;
    (void)snprintf(text, sizeof text, "{\"%063d\xC3\xA9\":1}", 0);
    assert_int_equal(read_text(text, members, &document, &fault),
                     BEID_ERR_FORMAT);
    assert_int_equal(strlen(fault.member), 63);
    text[2] = '\xC3';
    text[3] = '\xA9';
    assert_int_equal(read_text(text, members, &document, &fault),
                     BEID_ERR_FORMAT);
    assert_int_equal(strlen(fault.member), 63);
    assert_memory_equal(fault.member,
                        "\xC3\xA9"
                        "0",
                        3);
}

static void
writing_escapes(void **state)
{
    struct beid_buf out;
    (void)state;
    beid_buf_init(&out, 1000);
    json_write_text(&out, beid_span_str("a\"b\\c\n\x01\x7F\xC3\xA9</script>"));
    assert_string_equal(beid_buf_cstr(&out),
                        "a\\\"b\\\\c\\u000a\\u0001\\u007f\xC3\xA9</script>");
    beid_buf_reset(&out);
    json_write_number(&out, UINT64_MAX);
    assert_string_equal(beid_buf_cstr(&out), "18446744073709551615");
    beid_buf_clear(&out);
}

/* RFC 4648 §10. */
static void
writing_base64(void **state)
{
    static const char *const rows[][2] = {{"", "\"\""},
                                          {"f", "\"Zg==\""},
                                          {"fo", "\"Zm8=\""},
                                          {"foo", "\"Zm9v\""},
                                          {"foob", "\"Zm9vYg==\""},
                                          {"fooba", "\"Zm9vYmE=\""},
                                          {"foobar", "\"Zm9vYmFy\""}};
    struct beid_buf out;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        beid_buf_init(&out, 100);
        json_write_base64(&out, beid_span_str(rows[i][0]));
        assert_string_equal(beid_buf_cstr(&out), rows[i][1]);
        beid_buf_clear(&out);
    }
    beid_buf_init(&out, 9);
    json_write_base64(&out, beid_span_str("foobar"));
    assert_int_equal(beid_buf_status(&out), BEID_ERR_LIMIT);
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grammar),
        cmocka_unit_test(cut_texts),
        cmocka_unit_test(depth),
        cmocka_unit_test(members_are_read),
        cmocka_unit_test(faults_name_the_member),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(writing_escapes),
        cmocka_unit_test(writing_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
