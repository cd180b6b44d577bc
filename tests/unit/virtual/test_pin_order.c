/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The structures of PC/SC part 10 as the virtual reader takes them. */

#include "../unit.h"
#include "card_case.h"
#include "pin_order.h"

#include <string.h>

#define VERIFY_TAIL "47040C0402011308000000000D000000"
#define VERIFY_DATA "002000010820FFFFFFFFFFFFFF"
#define VERIFY "1E1E89" VERIFY_TAIL VERIFY_DATA
#define MODIFY_HEAD "1E1E89470400080C040302"
#define MODIFY_TAIL                                                            \
    "0C0800010200000015000000"                                                 \
    "002400011020FFFFFFFFFFFFFF20FFFFFFFFFFFFFF"

static bool
reads(const char *hex, bool modify, const char *name, struct pin_order *out)
{
    uint8_t bytes[80];
    size_t len = case_hex(hex, bytes, sizeof(bytes));
    return pin_order_read(beid_span_of(bytes, len), modify,
                          pad_model_find(name, 0x0505), out);
}

static void
assert_apdu(const struct pin_order *order, const char *hex)
{
    uint8_t bytes[80];
    size_t len = case_hex(hex, bytes, sizeof(bytes));
    assert_int_equal(order->apdu_len, len);
    assert_memory_equal(order->apdu, bytes, len);
}

static void
test_verify(void **state)
{
    (void)state;
    static const struct pin_digits four = {4, {1, 2, 3, 4}};
    static const struct pin_digits five = {5, {1, 2, 3, 4, 5}};
    static const struct pin_digits twelve = {
        12, {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2}};
    struct pin_order order;
    assert_true(reads(VERIFY, false, "", &order));
    assert_int_equal(order.first_s, 30);
    assert_int_equal(order.min, 4);
    assert_int_equal(order.max, 12);
    assert_int_equal(order.language, 0x0813);
    pin_order_insert(&order, 0, &four);
    assert_apdu(&order, "0020000108241234FFFFFFFFFF");
    assert_true(reads(VERIFY, false, "", &order));
    pin_order_insert(&order, 0, &five);
    assert_apdu(&order, "00200001082512345FFFFFFFFF");
    pin_order_insert(&order, 0, &twelve);
    assert_apdu(&order, "00200001082C123456789012FF");
}

static void
test_modify(void **state)
{
    (void)state;
    static const struct pin_digits was = {4, {1, 2, 3, 4}};
    static const struct pin_digits is = {6, {6, 5, 4, 3, 2, 1}};
    struct pin_order order;
    assert_true(reads(MODIFY_HEAD "03" MODIFY_TAIL, true, "", &order));
    assert_true(order.ask_old);
    assert_true(order.confirm);
    pin_order_insert(&order, order.old_at, &was);
    pin_order_insert(&order, order.new_at, &is);
    assert_apdu(&order, "0024000110241234FFFFFFFFFF26654321FFFFFFFF");
    assert_false(reads(VERIFY, true, "", &order));
    assert_false(reads(MODIFY_HEAD "03" MODIFY_TAIL, false, "", &order));
    assert_false(reads(MODIFY_HEAD "04" MODIFY_TAIL, true, "", &order));
}

static void
test_models(void **state)
{
    (void)state;
    struct pin_order order;
    assert_false(reads(VERIFY, false, "SPRx32 USB", &order));
    assert_true(
        reads("1E1E01" VERIFY_TAIL VERIFY_DATA, false, "SPRx32 USB", &order));
    assert_false(
        reads("1E1E01" VERIFY_TAIL VERIFY_DATA, false, "another", &order));
    assert_int_equal(pad_model_find("SPRx32 USB", 0x0506)->format, 0);
    assert_false(reads(VERIFY, false, "Gemplus GemPC Pinpad", &order));
    assert_false(reads(VERIFY, false, "Dell keyboard", &order));
    assert_true(
        reads(MODIFY_HEAD "00" MODIFY_TAIL, true, "Dell keyboard", &order));
    assert_false(
        reads(MODIFY_HEAD "03" MODIFY_TAIL, true, "Vega Alpha", &order));
    assert_true(
        reads(MODIFY_HEAD "01" MODIFY_TAIL, true, "Vega Alpha", &order));
}

/* Every field cut off or turned over at each byte: never out of bounds. */
static void
test_damage(void **state)
{
    (void)state;
    uint8_t good[80];
    size_t len = case_hex(VERIFY, good, sizeof(good));
    for (size_t at = 0; at < len; at++) {
        struct pin_order order;
        const struct pad_model *model = pad_model_find("", 0);
        assert_false(
            pin_order_read(beid_span_of(good, at), false, model, &order));
        for (unsigned value = 0; value < 256; value++) {
            uint8_t bad[80];
            memcpy(bad, good, len);
            bad[at] = (uint8_t)value;
            if (pin_order_read(beid_span_of(bad, len), false, model, &order)) {
                const struct pin_digits most = {(uint8_t)order.max, {0}};
                pin_order_insert(&order, 0, &most);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_modify),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
