/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "http/head.h"

#include <string.h>

#define ORIGIN "https://portal.example"
#define PORT 24880

static struct policy_portals *portals;

static int
fresh(void **state)
{
    static const char file[] = "name.nl=Portaal\nallow=authenticate\n"
                               "origin=" ORIGIN "\n";
    (void)state;
    assert_int_equal(policy_portals_new(&portals), BEID_OK);
    assert_int_equal(
        policy_portals_add(portals, "t.conf", beid_span_str(file), false),
        BEID_OK);
    return 0;
}

static int
done(void **state)
{
    (void)state;
    policy_portals_free(&portals);
    return 0;
}

static void
add(struct http_head *head, const char *name, const char *value)
{
    http_head_add(head, beid_span_str(name), beid_span_str(value));
}

/* A request that is accepted, without the field named in leave_out. */
static struct http_head
request(enum http_method method, const char *leave_out)
{
    static const char *const fields[][2] = {
        {"Host", "127.0.0.1:24880"}, {"Origin", ORIGIN},
        {"X-Beid-Agent", "1"},       {"Content-Type", "application/json"},
        {"Content-Length", "10"},    {"Sec-Fetch-Mode", "cors"}};
    struct http_head head = {.method = method, .http_1_1 = true, .size = 400};
    head.target =
        beid_span_str(method == HTTP_POST ? "/v1/authenticate" : "/v1/status");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bool body = strncmp(fields[i][0], "Content", 7) == 0;
        if (strcmp(fields[i][0], leave_out) != 0
            && (method == HTTP_POST || !body)) {
            add(&head, fields[i][0], fields[i][1]);
        }
    }
    return head;
}

static struct http_judgement
judge(const struct http_head *head)
{
    return http_judge(head, true, PORT, portals);
}

static void
assert_refused(const struct http_head *head, const char *rule)
{
    struct http_judgement judgement = judge(head);
    assert_int_equal(judgement.verdict, HTTP_REFUSE);
    assert_string_equal(judgement.rule, rule);
}

static void
assert_error(const struct http_head *head, enum api_error error)
{
    struct http_judgement judgement = judge(head);
    assert_int_equal(judgement.verdict, HTTP_ERROR);
    assert_int_equal(judgement.error, error);
}

static void
the_full_request_is_routed(void **state)
{
    struct http_head head = request(HTTP_POST, "");
    (void)state;
    struct http_judgement judgement = judge(&head);
    assert_int_equal(judgement.verdict, HTTP_ROUTE);
    assert_int_equal(judgement.route, API_AUTHENTICATE);
    head = request(HTTP_GET, "");
    judgement = judge(&head);
    assert_int_equal(judgement.verdict, HTTP_ROUTE);
    assert_int_equal(judgement.route, API_STATUS);
    /* Programs that are no browser send no Sec-Fetch-Mode. */
    head = request(HTTP_POST, "Sec-Fetch-Mode");
    assert_int_equal(judge(&head).verdict, HTTP_ROUTE);
}

static void
the_caller_comes_first(void **state)
{
    struct http_head head = request(HTTP_POST, "Origin");
    (void)state;
    struct http_judgement judgement = http_judge(&head, false, PORT, portals);
    assert_int_equal(judgement.verdict, HTTP_REFUSE);
    assert_string_equal(judgement.rule, "caller_not_allowed");
    head = request(HTTP_OPTIONS, "");
    judgement = http_judge(&head, false, PORT, portals);
    assert_int_equal(judgement.verdict, HTTP_REFUSE);
}

static void
host_and_origin_are_needed_once_and_exact(void **state)
{
    static const enum http_method methods[] = {HTTP_GET, HTTP_POST,
                                               HTTP_OPTIONS, HTTP_OTHER};
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct http_head head = request(methods[i], "Host");
        assert_refused(&head, "host_not_allowed");
        add(&head, "host", "localhost:24880");
        assert_refused(&head, "host_not_allowed");
        head = request(methods[i], "");
        add(&head, "HOST", "127.0.0.1:24880");
        assert_refused(&head, "host_not_allowed");
        head = request(methods[i], "Origin");
        assert_refused(&head, "origin_not_allowed");
        add(&head, "Origin", "null");
        assert_refused(&head, "origin_not_allowed");
        head = request(methods[i], "Origin");
        add(&head, "Origin", "https://evil.example");
        assert_refused(&head, "origin_not_allowed");
        head = request(methods[i], "");
        add(&head, "Origin", ORIGIN);
        assert_refused(&head, "origin_not_allowed");
        head = request(methods[i], "Host");
        add(&head, "Host", "127.0.0.1:24881");
        assert_refused(&head, "host_not_allowed");
    }
}

static void
what_parsers_disagree_about_is_refused_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        static const char *const names[] = {"", " Host", "Host ", "X Y",
                                            "X\xC3\xA9"};
        struct http_head head = request(HTTP_POST, "");
        if (i == 0) {
            head.http_1_1 = false;
        } else if (i == 1) {
            head.target =
                beid_span_str("http://127.0.0.1:24880/v1/authenticate");
        } else if (i == 2) {
            head.target = beid_span_str("");
        } else if (i == 3) {
            add(&head, "Transfer-Encoding", "chunked");
        } else if (i == 4) {
            add(&head, "transfer-encoding", "identity");
        } else if (i == 5) {
            add(&head, "Content-Length", "10");
        } else if (i == 6) {
            add(&head, "Upgrade", "websocket");
        } else {
            add(&head, names[i - 7], "x");
        }
        assert_error(&head, API_BAD_REQUEST);
        assert_true(judge(&head).at_once);
        assert_non_null(judge(&head).reason);
        /* But a stranger learns nothing of it. */
        struct http_head stranger = head;
        stranger.fields[HTTP_ORIGIN].value = beid_span_str("null");
        assert_refused(&stranger, "origin_not_allowed");
    }
}

static void
limits_are_exact(void **state)
{
    struct http_head head = request(HTTP_POST, "");
    (void)state;
    head.size = HTTP_HEADERS_MAX;
    assert_int_equal(judge(&head).verdict, HTTP_ROUTE);
    head.size++;
    assert_error(&head, API_HEADERS_TOO_LARGE);
    head = request(HTTP_POST, "Content-Length");
    add(&head, "Content-Length", "16384");
    assert_int_equal(judge(&head).verdict, HTTP_ROUTE);
    head = request(HTTP_POST, "Content-Length");
    add(&head, "Content-Length", "16385");
    assert_error(&head, API_PAYLOAD_TOO_LARGE);
    assert_false(judge(&head).at_once);
    head = request(HTTP_POST, "Content-Length");
    add(&head, "Content-Length", "99999999999999999999999999");
    assert_error(&head, API_PAYLOAD_TOO_LARGE);
    assert_true(judge(&head).at_once);
    head = request(HTTP_GET, "");
    add(&head, "Content-Length", "1");
    assert_error(&head, API_BAD_REQUEST);
    head = request(HTTP_GET, "");
    add(&head, "Content-Length", "0");
    assert_int_equal(judge(&head).verdict, HTTP_ROUTE);
}

static void
headers_of_a_page_are_needed(void **state)
{
    static const char *const types[] = {"",
                                        "text/plain",
                                        "application/x-www-form-urlencoded",
                                        "multipart/form-data",
                                        "application/json;charset=utf-8",
                                        "application/json ",
                                        "Application/JSON",
                                        "application/jsonx"};
    static const char *const modes[] = {"navigate",  "no-cors", "same-origin",
                                        "websocket", "",        "Cors",
                                        "cors, cors"};
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct http_head head = request(HTTP_POST, "Content-Type");
        assert_error(&head, API_UNSUPPORTED_MEDIA_TYPE);
        add(&head, "Content-Type", types[i]);
        assert_error(&head, API_UNSUPPORTED_MEDIA_TYPE);
    }
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct http_head head = request(HTTP_GET, "Sec-Fetch-Mode");
        add(&head, "Sec-Fetch-Mode", modes[i]);
        assert_error(&head, API_BAD_REQUEST);
        head.method = HTTP_OPTIONS;
        assert_error(&head, API_BAD_REQUEST);
    }
    struct http_head head = request(HTTP_POST, "X-Beid-Agent");
    assert_error(&head, API_BAD_REQUEST);
    add(&head, "X-Beid-Agent", "2");
    assert_error(&head, API_BAD_REQUEST);
    head = request(HTTP_POST, "");
    add(&head, "X-Beid-Agent", "1");
    assert_error(&head, API_BAD_REQUEST);
    head = request(HTTP_POST, "");
    add(&head, "Content-Type", "application/json");
    assert_error(&head, API_UNSUPPORTED_MEDIA_TYPE);
}

static void
paths_and_methods(void **state)
{
    static const char *const nowhere[] = {"/",
                                          "/v1",
                                          "/v1/",
                                          "/v1/status/",
                                          "/v1/status?x=1",
                                          "/v1/status?",
                                          "/V1/status",
                                          "/v2/status",
                                          "//v1/status",
                                          "/v1//status",
                                          "/./v1/status",
                                          "/v1/%73tatus",
                                          "/v1/status#x",
                                          "/v1/statusx"};
    (void)state;
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        struct http_head head = request(HTTP_GET, "");
        head.target = beid_span_str(nowhere[i]);
        assert_error(&head, API_NOT_FOUND);
    }
    struct http_head head = request(HTTP_POST, "");
    head.target = beid_span_str("/v1/status");
    assert_error(&head, API_METHOD_NOT_ALLOWED);
    assert_string_equal(judge(&head).allow, "GET, OPTIONS");
    head = request(HTTP_GET, "");
    head.target = beid_span_str("/v1/authenticate");
    assert_error(&head, API_METHOD_NOT_ALLOWED);
    assert_string_equal(judge(&head).allow, "POST, OPTIONS");
    head = request(HTTP_GET, "");
    head.method = HTTP_OTHER;
    assert_error(&head, API_METHOD_NOT_ALLOWED);
}

static void
preflight_needs_neither_header(void **state)
{
    struct http_head head = request(HTTP_OPTIONS, "X-Beid-Agent");
    (void)state;
    assert_int_equal(judge(&head).verdict, HTTP_PREFLIGHT);
    head.target = beid_span_str("/v1/anything");
    assert_int_equal(judge(&head).verdict, HTTP_PREFLIGHT);
}

static void
methods_have_their_case(void **state)
{
    (void)state;
    assert_int_equal(http_method_of("GET"), HTTP_GET);
    assert_int_equal(http_method_of("POST"), HTTP_POST);
    assert_int_equal(http_method_of("OPTIONS"), HTTP_OPTIONS);
    assert_int_equal(http_method_of("get"), HTTP_OTHER);
    assert_int_equal(http_method_of("HEAD"), HTTP_OTHER);
    assert_int_equal(http_method_of("PUT"), HTTP_OTHER);
    assert_int_equal(http_method_of(""), HTTP_OTHER);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_full_request_is_routed),
        cmocka_unit_test(the_caller_comes_first),
        cmocka_unit_test(host_and_origin_are_needed_once_and_exact),
        cmocka_unit_test(what_parsers_disagree_about_is_refused_at_once),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(headers_of_a_page_are_needed),
        cmocka_unit_test(paths_and_methods),
        cmocka_unit_test(preflight_needs_neither_header),
        cmocka_unit_test(methods_have_their_case),
    };
    return cmocka_run_group_tests(tests, fresh, done);
}
