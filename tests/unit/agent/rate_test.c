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

static void
an_origin_starts_so_many_then_at_its_pace(void **state)
{
    static struct policy_rate rate;
    struct beid_span origin = beid_span_str("https://a.example");
    struct beid_span other = beid_span_str("https://b.example");
    const int64_t now = 5000;
    (void)state;
    for (int i = 0; i < POLICY_ORIGIN_BURST; i++) {
        assert_int_equal(policy_rate_wait_ms(&rate, origin, now), 0);
        policy_rate_started(&rate, origin, now);
    }
    assert_int_equal(policy_rate_wait_ms(&rate, origin, now),
                     POLICY_ORIGIN_PACE_MS);
    assert_int_equal(policy_rate_wait_ms(&rate, other, now), 0);
    assert_int_equal(
        policy_rate_wait_ms(&rate, origin, now + POLICY_ORIGIN_PACE_MS - 1), 1);
    assert_int_equal(
        policy_rate_wait_ms(&rate, origin, now + POLICY_ORIGIN_PACE_MS), 0);
    policy_rate_started(&rate, origin, now + POLICY_ORIGIN_PACE_MS);
    assert_int_equal(
        policy_rate_wait_ms(&rate, origin, now + POLICY_ORIGIN_PACE_MS),
        POLICY_ORIGIN_PACE_MS);
    /* Left alone it is full again, and no more than full. */
    for (int i = 0; i < POLICY_ORIGIN_BURST; i++) {
        assert_int_equal(policy_rate_wait_ms(&rate, origin, 900000), 0);
        policy_rate_started(&rate, origin, 900000);
    }
    assert_int_equal(policy_rate_wait_ms(&rate, origin, 900000),
                     POLICY_ORIGIN_PACE_MS);
}

static void
what_the_citizen_completes_is_not_counted(void **state)
{
    static struct policy_rate rate;
    struct beid_span origin = beid_span_str("https://a.example");
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(policy_rate_wait_ms(&rate, origin, 1000 + i), 0);
        policy_rate_started(&rate, origin, 1000 + i);
        policy_rate_completed(&rate, origin);
    }
}

static void
all_origins_together_have_a_limit_too(void **state)
{
    static struct policy_rate rate;
    char name[] = "https://a.example";
    struct beid_span origin = beid_span_str(name);
    (void)state;
    for (int i = 0; i < POLICY_OVERALL_BURST; i++) {
        name[8] = (char)('a' + i % 26);
        assert_int_equal(policy_rate_wait_ms(&rate, origin, 7000), 0);
        policy_rate_started(&rate, origin, 7000);
    }
    name[8] = '0'; /* one that was never seen */
    assert_int_equal(policy_rate_wait_ms(&rate, origin, 7000),
                     POLICY_OVERALL_PACE_MS);
    assert_int_equal(
        policy_rate_wait_ms(&rate, origin, 7000 + POLICY_OVERALL_PACE_MS), 0);
}

static void
more_origins_than_slots_do_not_free_a_busy_one(void **state)
{
    static struct policy_rate rate;
    char name[] = "https://00.example";
    struct beid_span origin = beid_span_str(name);
    struct beid_span busy = beid_span_str("https://busy.example");
    int64_t now = 1000;
    (void)state;
    for (int i = 0; i < POLICY_ORIGIN_BURST; i++) {
        policy_rate_started(&rate, busy, now);
    }
    for (int i = 0; i < 99; i++) {
        name[8] = (char)('0' + i / 10);
        name[9] = (char)('0' + i % 10);
        now += 100;
        policy_rate_started(&rate, origin, now);
        policy_rate_completed(&rate, origin);
    }
    assert_true(policy_rate_wait_ms(&rate, busy, 1000) > 0);
    /* Nor does a name without an end, or none, count for anybody. */
    policy_rate_started(&rate, beid_span_of(NULL, 0), now);
    policy_rate_completed(&rate, beid_span_of(NULL, 0));
    assert_int_equal(policy_rate_wait_ms(&rate, origin, now), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fifth_cancel_closes_the_door_for_two_minutes),
        cmocka_unit_test(five_within_more_than_two_minutes_are_fine),
        cmocka_unit_test(an_origin_starts_so_many_then_at_its_pace),
        cmocka_unit_test(what_the_citizen_completes_is_not_counted),
        cmocka_unit_test(all_origins_together_have_a_limit_too),
        cmocka_unit_test(more_origins_than_slots_do_not_free_a_busy_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
