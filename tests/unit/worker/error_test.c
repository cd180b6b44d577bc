/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "worker/cryptoki_error.h"

#include <beid/slot_state.h>

#include <p11-kit/pkcs11.h>

static void
return_values_have_a_meaning(void **state)
{
    (void)state;
    static const struct {
        CK_RV rv;
        enum beid_err err;
    } rows[] = {
        {CKR_OK, BEID_OK},
        {BEID_RV_NO_SERVICE, BEID_ERR_NO_SERVICE},
        {CKR_PIN_INCORRECT, BEID_ERR_PIN_WRONG},
        {CKR_PIN_LOCKED, BEID_ERR_PIN_BLOCKED},
        {CKR_PIN_LEN_RANGE, BEID_ERR_PIN_LENGTH},
        {CKR_FUNCTION_CANCELED, BEID_ERR_CANCELLED},
        {CKR_DEVICE_REMOVED, BEID_ERR_CARD_REMOVED},
        {CKR_SESSION_HANDLE_INVALID, BEID_ERR_CARD_REMOVED},
        {CKR_TOKEN_NOT_PRESENT, BEID_ERR_NO_CARD},
        {CKR_TOKEN_NOT_RECOGNIZED, BEID_ERR_CARD_UNKNOWN},
        {CKR_DEVICE_ERROR, BEID_ERR_CARD},
        {CKR_SLOT_ID_INVALID, BEID_ERR_NO_READER},
        {CKR_HOST_MEMORY, BEID_ERR_MEMORY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(cryptoki_err(rows[i].rv), rows[i].err);
    }
}

/* Only CKR_OK is success; what we do not know is a bug, not a success. */
static void
nothing_else_is_success(void **state)
{
    (void)state;
    for (CK_RV rv = 1; rv < 0x400; rv++) {
        assert_int_not_equal(cryptoki_err(rv), BEID_OK);
    }
    assert_int_equal(cryptoki_err(0x3FF), BEID_ERR_INTERNAL);
    assert_int_equal(cryptoki_err(CKR_VENDOR_DEFINED), BEID_ERR_INTERNAL);
    assert_int_equal(cryptoki_err(~0UL), BEID_ERR_INTERNAL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(return_values_have_a_meaning),
        cmocka_unit_test(nothing_else_is_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
