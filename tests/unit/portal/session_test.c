/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "session.h"

#include <string.h>

#define NOW 1000000

static const struct holder nora = {.subject = "nora", .given_names = "Nora"};

/* Requests of one visitor at the same time: each has a copy of the session. */
struct bench {
    struct site site;
    struct http_request request;
    struct http_reply replies[2];
    struct visit visits[2];
};

static struct visit *
visit_begin(struct bench *bench)
{
    assert_int_equal(store_new(NULL, NULL, 10, &bench->site.store), BEID_OK);
    bench->request = (struct http_request){.method = "POST", .path = "/"};
    bench->visits[0] = (struct visit){.site = &bench->site,
                                      .request = &bench->request,
                                      .reply = &bench->replies[0],
                                      .now = NOW};
    return &bench->visits[0];
}

/* Another request that has found the session of the first one. */
static struct visit *
visit_beside(struct bench *bench)
{
    bench->visits[1] = bench->visits[0];
    bench->visits[1].reply = &bench->replies[1];
    return &bench->visits[1];
}

static void
assert_nothing_begun(const struct visit *visit)
{
    assert_false(visit->has_session);
    assert_false(visit->session.known);
    assert_false(session_high(visit));
    assert_string_equal(visit->reply->cookies[0], "");
}

static void
logout_stops_a_step_up(void **state)
{
    static struct bench bench;
    struct session session;
    (void)state;
    struct visit *slow = visit_begin(&bench);
    assert_int_equal(session_open(slow), BEID_OK);
    assert_int_equal(session_raise(slow, &nora, 0), BEID_OK);
    assert_true(slow->has_session);
    struct visit *logout = visit_beside(&bench);
    slow->reply->cookies[0][0] = '\0';
    assert_int_equal(session_end(logout), BEID_OK);
    assert_int_equal(session_raise(slow, &nora, NOW), BEID_ERR_NOT_FOUND);
    assert_nothing_begun(slow);
    assert_int_equal(store_load(bench.site.store, slow->key, NOW, &session),
                     BEID_ERR_NOT_FOUND);
    store_free(&bench.site.store);
}

/* Of two clicks one begins a session: no other is left that nobody ends. */
static void
one_login_of_two(void **state)
{
    static struct bench bench;
    struct session session;
    (void)state;
    struct visit *first = visit_begin(&bench);
    assert_int_equal(session_open(first), BEID_OK);
    struct visit *second = visit_beside(&bench);
    second->reply->cookies[0][0] = '\0';
    assert_int_equal(session_raise(first, &nora, 0), BEID_OK);
    assert_int_equal(session_raise(second, &nora, 0), BEID_ERR_NOT_FOUND);
    assert_nothing_begun(second);
    assert_int_equal(store_load(bench.site.store, first->key, NOW, &session),
                     BEID_OK);
    assert_string_equal(session.subject, "nora");
    store_free(&bench.site.store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(logout_stops_a_step_up),
                                       cmocka_unit_test(one_login_of_two)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
