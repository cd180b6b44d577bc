/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "api/reply.h"

#include <stdio.h>
#include <string.h>

/* The codes of design §4 in their frozen order. */
static const char *const codes[] = {
    "bad_request",
    "not_found",
    "method_not_allowed",
    "unsupported_media_type",
    "payload_too_large",
    "headers_too_large",
    "operation_not_allowed",
    "portal_blocked",
    "rate_limited",
    "busy",
    "pcscd_unavailable",
    "no_reader",
    "no_card",
    "reader_in_use",
    "unsupported_card",
    "card_too_old",
    "card_mute",
    "card_removed",
    "card_mismatch",
    "card_error",
    "certificate_missing",
    "certificate_expired",
    "clock_skew",
    "pin_incorrect",
    "pin_blocked",
    "user_cancelled",
    "user_timeout",
    "prompt_unavailable",
    "request_expired",
    "request_replayed",
    "request_key_unknown",
    "request_signature_invalid",
    "internal",
    "session_not_local",
};

static void
the_table_has_every_code(void **state)
{
    (void)state;
    assert_int_equal(sizeof codes / sizeof codes[0], API_ERROR_COUNT);
    for (unsigned int i = 0; i < API_ERROR_COUNT; i++) {
        const struct api_error_info *info = api_error_info((enum api_error)i);
        assert_string_equal(info->code, codes[i]);
        assert_in_range(info->status, 400, 599);
        /* Browsers repeat a request by themselves on 408 and 401 prompts. */
        assert_true(info->status != 401 && info->status != 408);
        for (unsigned int lang = 0; lang < BEID_LANG_COUNT; lang++) {
            assert_true(strlen(beid_text((enum beid_lang)lang, info->text))
                        > 10);
        }
    }
    assert_string_equal(api_error_info(API_ERROR_COUNT)->code, "internal");
}

static void
worker_errors_have_their_code(void **state)
{
    static const struct {
        enum beid_err err;
        const char *code;
    } rows[] = {
        {BEID_ERR_NO_SERVICE, "pcscd_unavailable"},
        {BEID_ERR_NO_READER, "no_reader"},
        {BEID_ERR_NO_CARD, "no_card"},
        {BEID_ERR_READER_BUSY, "reader_in_use"},
        {BEID_ERR_CARD_UNKNOWN, "unsupported_card"},
        {BEID_ERR_CARD_TOO_OLD, "card_too_old"},
        {BEID_ERR_CARD_MUTE, "card_mute"},
        {BEID_ERR_CARD_REMOVED, "card_removed"},
        {BEID_ERR_CARD_MISMATCH, "card_mismatch"},
        {BEID_ERR_CARD, "card_error"},
        {BEID_ERR_NO_CERTIFICATE, "certificate_missing"},
        {BEID_ERR_CERT_EXPIRED, "certificate_expired"},
        {BEID_ERR_CLOCK, "clock_skew"},
        {BEID_ERR_PIN_WRONG, "pin_incorrect"},
        {BEID_ERR_PIN_BLOCKED, "pin_blocked"},
        {BEID_ERR_CANCELLED, "user_cancelled"},
        {BEID_ERR_TIMEOUT, "user_timeout"},
        {BEID_ERR_PROMPT, "prompt_unavailable"},
        {BEID_ERR_BUSY, "busy"},
        {BEID_ERR_NOT_LOCAL, "session_not_local"},
        {BEID_ERR_INTERNAL, "internal"},
        {BEID_ERR_MEMORY, "internal"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(api_error_info(api_error_of(rows[i].err))->code,
                            rows[i].code);
    }
    for (int code = 0; code >= BEID_ERR_INTERNAL; code--) {
        assert_in_range(api_error_of((enum beid_err)code), 0,
                        API_ERROR_COUNT - 1);
    }
}

static void
an_error_answer_has_its_members(void **state)
{
    const struct api_problem problem = {.error = API_BUSY,
                                        .lang = BEID_LANG_EN,
                                        .reason = "unknown member",
                                        .member = "a\"b\\",
                                        .retry_after_ms = 2000};
    char reference[API_REFERENCE_LEN + 1];
    char expected[1000];
    struct api_reply reply;
    (void)state;
    api_reply_init(&reply);
    api_reply_problem(&reply, &problem, reference);
    assert_int_equal(reply.status, 409);
    assert_int_equal(strlen(reference), API_REFERENCE_LEN);
    assert_memory_equal(reference, "E10-", 4);
    (void)snprintf(expected, sizeof expected,
                   "{\"error\":{\"code\":\"busy\",\"message\":\"%s (unknown "
                   "member: a\\\"b\\\\)\",\"reference\":\"%s\","
                   "\"retryable\":true,\"retryAfterMs\":2000}}",
                   beid_text(BEID_LANG_EN, BEID_TEXT_BUSY), reference);
    assert_string_equal(beid_buf_cstr(&reply.body), expected);
    api_reply_clear(&reply);
}

static void
references_differ(void **state)
{
    const struct api_problem problem = {.error = API_INTERNAL};
    char first[API_REFERENCE_LEN + 1];
    char second[API_REFERENCE_LEN + 1];
    struct api_reply reply;
    (void)state;
    api_reply_init(&reply);
    api_reply_problem(&reply, &problem, first);
    api_reply_problem(&reply, &problem, second);
    assert_memory_equal(first, "E33-", 4);
    assert_string_not_equal(first, second);
    api_reply_clear(&reply);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_every_code),
        cmocka_unit_test(worker_errors_have_their_code),
        cmocka_unit_test(an_error_answer_has_its_members),
        cmocka_unit_test(references_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
