/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../../unit.h"
#include "cli/json_say.h"

#define REPLACED "\xEF\xBF\xBD"

static void
text(const char *value, const char *expected)
{
    struct json_say json;
    json_say_init(&json);
    json_say_text(&json, NULL, beid_span_str(value));
    assert_string_equal(beid_buf_cstr(&json.text), expected);
    beid_buf_clear(&json.text);
}

static void
what_is_utf8_stays_as_it_is(void **state)
{
    (void)state;
    text("", "\"\"");
    text("caf\xC3\xA9", "\"caf\xC3\xA9\"");
    text("\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"");
    text("a\"\\\n\x7F", "\"a\\\"\\\\\\u000a\\u007f\"");
}

static void
what_is_not_is_replaced_byte_by_byte(void **state)
{
    (void)state;
    text("caf\xE9", "\"caf" REPLACED "\"");
    text("\xC3", "\"" REPLACED "\"");
    text("\xC3\xA9\xC3x", "\"\xC3\xA9" REPLACED "x\"");
    text("\xC0\xAF", "\"" REPLACED REPLACED "\""); /* overlong */
    text("\xED\xA0\x80", "\"" REPLACED REPLACED REPLACED "\""); /* surrogate */
    text("\xF4\x90\x80\x80", "\"" REPLACED REPLACED REPLACED REPLACED "\"");
    text("\xFF\"", "\"" REPLACED "\\\"\"");
}

static void
a_path_is_told_exactly(void **state)
{
    (void)state;
    struct json_say json;
    json_say_init(&json);
    json_say_open(&json, NULL, '{');
    json_say_path(&json, "file", "/tmp/caf\xC3\xA9");
    json_say_path(&json, "signature", "caf\xE9.p7s");
    json_say_flag(&json, "last", true);
    json_say_close(&json, '}');
    assert_string_equal(beid_buf_cstr(&json.text),
                        "{\"file\":\"/tmp/caf\xC3\xA9\","
                        "\"signature\":\"caf" REPLACED ".p7s\","
                        "\"signatureBase64\":\"Y2Fm6S5wN3M=\","
                        "\"last\":true}");
    beid_buf_clear(&json.text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_utf8_stays_as_it_is),
        cmocka_unit_test(what_is_not_is_replaced_byte_by_byte),
        cmocka_unit_test(a_path_is_told_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
