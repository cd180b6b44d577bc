/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "policy/rate.h"

static void
the_fifth_cancel_closes_the_door_for_two_minutes(void **state)
{
    static struct policy_rate rate;
    struct beid_span origin = beid_span_str("https://a.example");
    struct beid_span other = beid_span_str("https://b.example");
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(policy_rate_wait_ms(&rate, origin, 1000 + i), 0);
        policy_rate_cancelled(&rate, origin, 1000 + i * 10000);
    }
    assert_int_equal(policy_rate_wait_ms(&rate, origin, 41000), 80000);
    assert_int_equal(policy_rate_wait_ms(&rate, other, 41000), 0);
    assert_int_equal(policy_rate_wait_ms(&rate, origin, 120999), 1);
    assert_int_equal(policy_rate_wait_ms(&rate, origin, 121000), 0);
    policy_rate_cancelled(&rate, origin, 121000);
    assert_int_equal(policy_rate_wait_ms(&rate, origin, 121000), 10000);
}

static void
five_within_more_than_two_minutes_are_fine(void **state)
{
    static struct policy_rate rate;
    struct beid_span origin = beid_span_str("https://a.example");
    (void)state;
    for (int64_t i = 0; i < 200; i++) {
        int64_t now = i * (POLICY_CANCELS_WINDOW_MS / 4 + 1);
        assert_int_equal(policy_rate_wait_ms(&rate, origin, now), 0);
        policy_rate_cancelled(&rate, origin, now);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fifth_cancel_closes_the_door_for_two_minutes),
        cmocka_unit_test(five_within_more_than_two_minutes_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
