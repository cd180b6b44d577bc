/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "wire/utf8.h"

static void
whole_range_by_a_second_encoder(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x110000; point++) {
        uint8_t bytes[4];
        size_t len = 0;
        uint32_t read = 0;
        if (point < 0x80) {
            bytes[len++] = (uint8_t)point;
        } else if (point < 0x800) {
            bytes[len++] = (uint8_t)(0xC0 + point / 64);
            bytes[len++] = (uint8_t)(0x80 + point % 64);
        } else if (point < 0x10000) {
            bytes[len++] = (uint8_t)(0xE0 + point / 4096);
            bytes[len++] = (uint8_t)(0x80 + point / 64 % 64);
            bytes[len++] = (uint8_t)(0x80 + point % 64);
        } else {
            bytes[len++] = (uint8_t)(0xF0 + point / 262144);
            bytes[len++] = (uint8_t)(0x80 + point / 4096 % 64);
            bytes[len++] = (uint8_t)(0x80 + point / 64 % 64);
            bytes[len++] = (uint8_t)(0x80 + point % 64);
        }
        int allowed = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        struct beid_span rest = beid_span_of(bytes, len);
        assert_int_equal(beid_utf8_take(&rest, &read) == BEID_OK, allowed);
        if (allowed) {
            assert_int_equal(read, point);
            assert_int_equal(rest.len, 0);
            assert_false(beid_utf8_valid(beid_span_of(bytes, len - 1))
                         && len > 1);
        }
    }
}

static void
malformed_is_refused(void **state)
{
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFE",
        "\xFF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xC3",
        "\xC3(",
        "\xE2\x82",
        "a\xE2\x82g",
        "\xF0\x9F\x98",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(beid_utf8_valid(beid_span_str(bad[i])));
        assert_false(beid_utf8_plain(beid_span_str(bad[i])));
    }
    assert_true(beid_utf8_valid(beid_span_str("")));
    assert_true(beid_utf8_plain(
        beid_span_str("r\xC3\xA9sum\xC3\xA9 \xF0\x9F\x98\x80")));
}

static void
controls_are_not_plain(void **state)
{
    (void)state;
    assert_false(beid_utf8_plain(beid_span_str("a\tb")));
    assert_false(beid_utf8_plain(beid_span_str("a\x7F")));
    assert_false(beid_utf8_plain(beid_span_str("a\xC2\x80")));
    assert_false(beid_utf8_plain(beid_span_str("a\xC2\x9F")));
    assert_true(beid_utf8_plain(beid_span_str("a\xC2\xA0")));
    assert_false(beid_utf8_plain(beid_span_of("a\0b", 3)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_range_by_a_second_encoder),
        cmocka_unit_test(malformed_is_refused),
        cmocka_unit_test(controls_are_not_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
