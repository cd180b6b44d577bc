/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"

#include <beid/err.h>

#include <string.h>

static void
every_code_has_its_own_text(void **state)
{
    (void)state;
    for (int a = BEID_ERR_INTERNAL; a <= BEID_OK; a++) {
        const char *text = beid_err_text((enum beid_err)a);
        assert_non_null(text);
        assert_string_not_equal(text, "");
        assert_string_not_equal(text, "unknown error");
        for (int b = BEID_ERR_INTERNAL; b < a; b++) {
            assert_string_not_equal(text, beid_err_text((enum beid_err)b));
        }
    }
}

static void
foreign_values_have_a_text_too(void **state)
{
    (void)state;
    const int foreign[] = {1, BEID_ERR_INTERNAL - 1, 1000, -1000};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        /* Not from the enumeration, on purpose: it may come from a message. */
        enum beid_err err = BEID_OK;
        memcpy(&err, &foreign[i], sizeof err);
        assert_string_equal(beid_err_text(err), "unknown error");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_own_text),
        cmocka_unit_test(foreign_values_have_a_text_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
