/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "wire/operation.h"
#include "wire/session.h"

#include <stdlib.h>
#include <string.h>

#define NONCE "01234567890123456789012345678901234567890123"

static const uint8_t sha256[32] = {1, 2, 3};

static struct beid_wire_authenticate
example(void)
{
    struct beid_wire_authenticate in = {
        .lang = "fr",
        .portal_name = beid_span_str("Mon portail \xC3\xA9"),
        .origin = beid_span_str("https://portal.example"),
        .environment = BEID_ENVIRONMENT_TEST,
        .development = true,
        .nonce = beid_span_str(NONCE),
        .certificate_sha256 = beid_span_of(sha256, sizeof sha256),
        .timeout_ms = 300000,
        .wait_for_card = true,
        .chain = false};
    return in;
}

static struct beid_wire_message
opened(const struct beid_buf *packet)
{
    struct beid_wire_message message = {0};
    assert_int_equal(beid_wire_open(beid_buf_span(packet), &message), BEID_OK);
    return message;
}

/* PROTOCOL.md, byte by byte: what another implementation would write. */
static void
the_header_is_as_documented(void **state)
{
    static const uint8_t expected[] = {0, 0, 0, 5, 0x03, 0, 0, 1, 2};
    struct beid_buf out;
    (void)state;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_empty(&out, BEID_WIRE_CANCEL, 258), BEID_OK);
    assert_int_equal(out.len, sizeof expected);
    assert_memory_equal(out.ptr, expected, sizeof expected);
    struct beid_wire_message message = opened(&out);
    assert_int_equal(message.type, BEID_WIRE_CANCEL);
    assert_int_equal(message.operation, 258);
    assert_int_equal(beid_wire_get_empty(&message), BEID_OK);
    beid_buf_clear(&out);
}

static void
wrong_lengths_and_types_are_refused(void **state)
{
    static const struct {
        uint8_t bytes[10];
        size_t len;
    } packets[] = {
        {{0}, 0},
        {{0, 0, 0}, 3},
        {{0, 0, 0, 0}, 4},
        {{0, 0, 0, 4, 3, 0, 0, 0}, 8},
        {{0, 0, 0, 6, 3, 0, 0, 0, 1}, 9}, /* says more than there is */
        {{0, 0, 0, 5, 3, 0, 0, 0, 1, 9}, 10}, /* more than it says */
        {{0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0, 1}, 9},
        {{0, 0, 0, 5, 0x00, 0, 0, 0, 1}, 9}, /* no such type */
        {{0, 0, 0, 5, 0x93, 0, 0, 0, 1}, 9},
    };
    struct beid_wire_message message = {.operation = 77};
    (void)state;
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        assert_int_equal(
            beid_wire_open(beid_span_of(packets[i].bytes, packets[i].len),
                           &message),
            BEID_ERR_FORMAT);
        assert_int_equal(message.operation, 77);
    }
}

static void
authenticate_survives_the_way(void **state)
{
    const struct beid_wire_authenticate in = example();
    struct beid_wire_authenticate read;
    struct beid_buf out;
    (void)state;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_authenticate(&out, 7, &in), BEID_OK);
    struct beid_wire_message message = opened(&out);
    assert_int_equal(message.type, BEID_WIRE_AUTHENTICATE);
    assert_int_equal(beid_wire_get_authenticate(&message, &read), BEID_OK);
    assert_string_equal(read.lang, "fr");
    assert_true(beid_span_same(read.portal_name, in.portal_name));
    assert_true(beid_span_same(read.origin, in.origin));
    assert_true(beid_span_same(read.nonce, in.nonce));
    assert_true(beid_span_same(read.certificate_sha256, in.certificate_sha256));
    assert_int_equal(read.environment, BEID_ENVIRONMENT_TEST);
    assert_true(read.development && read.wait_for_card && !read.chain);
    assert_int_equal(read.timeout_ms, 300000);
    beid_buf_clear(&out);
}

/* Every prefix of a good message is a bad one, and so is one byte more. */
static void
cut_messages_are_refused(void **state)
{
    const struct beid_wire_authenticate in = example();
    struct beid_wire_authenticate read = {.timeout_ms = 1};
    struct beid_buf out;
    (void)state;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_authenticate(&out, 7, &in), BEID_OK);
    struct beid_wire_message message = opened(&out);
    size_t whole = message.fields.len;
    for (message.fields.len = 0; message.fields.len < whole;
         message.fields.len++) {
        assert_int_not_equal(beid_wire_get_authenticate(&message, &read),
                             BEID_OK);
        assert_int_equal(read.timeout_ms, 1);
    }
    beid_buf_put_u8(&out, 0);
    message.fields = beid_span_of(out.ptr + 9, whole + 1);
    assert_int_equal(beid_wire_get_authenticate(&message, &read),
                     BEID_ERR_FORMAT);
    beid_buf_clear(&out);
}

static enum beid_err
put(struct beid_wire_authenticate in)
{
    struct beid_buf out;
    beid_buf_init(&out, BEID_WIRE_MAX);
    enum beid_err err = beid_wire_put_authenticate(&out, 1, &in);
    beid_buf_clear(&out);
    return err;
}

static void
authenticate_limits_hold_on_both_sides(void **state)
{
    char text[300];
    struct beid_wire_authenticate in = example();
    (void)state;
    memset(text, 'a', sizeof text);
    in.nonce = beid_span_of(text, 43);
    assert_int_equal(put(in), BEID_ERR_LIMIT);
    in.nonce = beid_span_of(text, 128);
    assert_int_equal(put(in), BEID_OK);
    in.nonce = beid_span_of(text, 129);
    assert_int_equal(put(in), BEID_ERR_LIMIT);
    in = example();
    in.nonce = beid_span_str(NONCE "\x7F");
    assert_int_equal(put(in), BEID_ERR_FORMAT);
    in = example();
    in.origin = beid_span_of(text, 255);
    assert_int_equal(put(in), BEID_OK);
    in.origin = beid_span_of(text, 256);
    assert_int_equal(put(in), BEID_ERR_LIMIT);
    in.origin = beid_span_str("https://\xC3\xA9.example");
    assert_int_equal(put(in), BEID_ERR_FORMAT);
    in.origin = beid_span_of(NULL, 0);
    assert_int_equal(put(in), BEID_ERR_LIMIT);
    in = example();
    in.portal_name = beid_span_of(text, 201);
    assert_int_equal(put(in), BEID_ERR_LIMIT);
    in.portal_name = beid_span_str("a\nb");
    assert_int_equal(put(in), BEID_ERR_FORMAT);
    in = example();
    in.certificate_sha256 = beid_span_of(sha256, 31);
    assert_int_equal(put(in), BEID_ERR_FORMAT);
    in.certificate_sha256 = beid_span_of(NULL, 0);
    assert_int_equal(put(in), BEID_OK);
    memcpy(in.lang, "it", 3);
    assert_int_equal(put(in), BEID_ERR_FORMAT);
}

/* A value outside an enumeration or a bool that is 2 must not get through. */
static void
odd_values_are_refused(void **state)
{
    const struct beid_wire_authenticate in = example();
    struct beid_wire_authenticate read;
    struct beid_buf out;
    (void)state;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_authenticate(&out, 7, &in), BEID_OK);
    struct beid_wire_message message = opened(&out);
    size_t environment = 9 + 4 + 2 + 4 + in.portal_name.len + 4 + in.origin.len;
    const size_t places[] = {environment, environment + 1, out.len - 1,
                             out.len - 2};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        uint8_t kept = out.ptr[places[i]];
        out.ptr[places[i]] = 3;
        assert_int_equal(beid_wire_get_authenticate(&message, &read),
                         BEID_ERR_FORMAT);
        out.ptr[places[i]] = kept;
        assert_int_equal(beid_wire_get_authenticate(&message, &read), BEID_OK);
    }
    beid_buf_clear(&out);
}

static void
status_reply_survives_the_way(void **state)
{
    struct beid_wire_status_reply in = {.err = BEID_ERR_NO_READER};
    struct beid_wire_status_reply read;
    struct beid_buf out;
    (void)state;
    for (unsigned int count = 0; count <= BEID_WIRE_READERS_MAX; count++) {
        in.count = (uint8_t)count;
        for (unsigned int i = 0; i < count; i++) {
            in.readers[i].pinpad = i % 2 == 1;
            in.readers[i].card = (enum beid_wire_card)(i % 5);
        }
        beid_buf_init(&out, BEID_WIRE_MAX);
        assert_int_equal(beid_wire_put_status_reply(&out, 3, &in), BEID_OK);
        struct beid_wire_message message = opened(&out);
        assert_int_equal(beid_wire_get_status_reply(&message, &read), BEID_OK);
        assert_int_equal(read.err, BEID_ERR_NO_READER);
        assert_int_equal(read.count, count);
        for (unsigned int i = 0; i < count; i++) {
            assert_int_equal(read.readers[i].card, in.readers[i].card);
            assert_int_equal(read.readers[i].pinpad, in.readers[i].pinpad);
        }
        beid_buf_clear(&out);
    }
    in.count = BEID_WIRE_READERS_MAX + 1;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_status_reply(&out, 3, &in), BEID_ERR_LIMIT);
    beid_buf_clear(&out);
}

static void
auth_reply_survives_the_way(void **state)
{
    static uint8_t large[BEID_WIRE_CERT_MAX + 1];
    struct beid_wire_auth_reply in = {
        .err = BEID_OK,
        .tries = 2,
        .certificate = beid_span_of(large, BEID_WIRE_CERT_MAX),
        .algorithm = BEID_ALGORITHM_ES384,
        .signature = beid_span_of(large, 96),
        .pin_entry = BEID_PIN_ENTRY_PINPAD,
        .chain_count = BEID_WIRE_CHAIN_MAX};
    struct beid_wire_auth_reply read;
    struct beid_buf out;
    (void)state;
    for (size_t i = 0; i < BEID_WIRE_CHAIN_MAX; i++) {
        in.chain[i] = beid_span_of(large, BEID_WIRE_CERT_MAX);
    }
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_auth_reply(&out, 9, &in), BEID_OK);
    struct beid_wire_message message = opened(&out);
    assert_int_equal(beid_wire_get_auth_reply(&message, &read), BEID_OK);
    assert_int_equal(read.tries, 2);
    assert_int_equal(read.algorithm, BEID_ALGORITHM_ES384);
    assert_int_equal(read.pin_entry, BEID_PIN_ENTRY_PINPAD);
    assert_int_equal(read.signature.len, 96);
    assert_int_equal(read.chain_count, BEID_WIRE_CHAIN_MAX);
    assert_int_equal(read.chain[3].len, BEID_WIRE_CERT_MAX);
    beid_buf_clear(&out);
    in.certificate.len++;
    assert_int_equal(beid_wire_put_auth_reply(&out, 9, &in), BEID_ERR_LIMIT);
    beid_buf_clear(&out);
}

/* Success without a signature, or a failure that carries one, is a lie. */
static void
auth_reply_must_be_consistent(void **state)
{
    const uint8_t byte = 1;
    const struct beid_wire_auth_reply good = {
        .certificate = beid_span_of(&byte, 1),
        .algorithm = BEID_ALGORITHM_RS256,
        .signature = beid_span_of(&byte, 1)};
    struct beid_wire_auth_reply bad[7] = {good, good, good, good,
                                          good, good, good};
    struct beid_buf out;
    (void)state;
    bad[0].certificate.len = 0;
    bad[1].algorithm = BEID_ALGORITHM_NONE;
    bad[2].signature.len = 0;
    bad[3].err = BEID_ERR_CANCELLED;
    bad[4] = (struct beid_wire_auth_reply){.err = BEID_ERR_CARD,
                                           .chain_count = 1,
                                           .chain = {beid_span_of(&byte, 1)}};
    bad[5].clock_behind_s = 1;
    bad[6] = (struct beid_wire_auth_reply){.err = BEID_ERR_CERT_EXPIRED,
                                           .clock_behind_s = 1};
    const struct beid_wire_auth_reply clock = {.err = BEID_ERR_CLOCK,
                                               .clock_behind_s = 86400};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        beid_buf_init(&out, BEID_WIRE_MAX);
        assert_int_equal(beid_wire_put_auth_reply(&out, 9, &bad[i]),
                         BEID_ERR_FORMAT);
        beid_buf_clear(&out);
    }
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_auth_reply(&out, 9, &good), BEID_OK);
    beid_buf_clear(&out);
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_auth_reply(&out, 9, &clock), BEID_OK);
    beid_buf_clear(&out);
}

/* Every error code passes; numbers that are none do not. */
static void
errors_survive_the_way(void **state)
{
    struct beid_buf out;
    enum beid_err read = BEID_OK;
    (void)state;
    for (int code = 0; code >= BEID_ERR_INTERNAL; code--) {
        beid_buf_init(&out, BEID_WIRE_MAX);
        assert_int_equal(beid_wire_put_prompt_fd(&out, 1, (enum beid_err)code),
                         BEID_OK);
        struct beid_wire_message message = opened(&out);
        assert_int_equal(beid_wire_get_prompt_fd(&message, &read), BEID_OK);
        assert_int_equal(read, code);
        out.ptr[9] = 1; /* positive */
        assert_int_equal(beid_wire_get_prompt_fd(&message, &read),
                         BEID_ERR_FORMAT);
        out.ptr[9] = 0x80; /* -128 */
        assert_int_equal(beid_wire_get_prompt_fd(&message, &read),
                         BEID_ERR_FORMAT);
        beid_buf_clear(&out);
    }
}

static void
small_messages_survive_the_way(void **state)
{
    struct beid_buf out;
    enum beid_wire_event event = BEID_EVENT_DONE;
    char lang[3] = "";
    struct beid_wire_portal_file file = {0};
    const struct beid_wire_portal_file in = {.name = beid_span_str("demo.conf"),
                                             .development = true};
    (void)state;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_event(&out, 4, BEID_EVENT_PIN_ENTRY),
                     BEID_OK);
    struct beid_wire_message message = opened(&out);
    assert_int_equal(beid_wire_get_event(&message, &event), BEID_OK);
    assert_int_equal(event, BEID_EVENT_PIN_ENTRY);
    out.ptr[9] = 0;
    assert_int_equal(beid_wire_get_event(&message, &event), BEID_ERR_FORMAT);
    out.ptr[9] = 7;
    assert_int_equal(beid_wire_get_event(&message, &event), BEID_ERR_FORMAT);
    beid_buf_reset(&out);
    assert_int_equal(beid_wire_put_prompt_start(&out, 4, "de"), BEID_OK);
    message = opened(&out);
    assert_int_equal(beid_wire_get_prompt_start(&message, lang), BEID_OK);
    assert_string_equal(lang, "de");
    beid_buf_reset(&out);
    assert_int_equal(beid_wire_put_portal_file(&out, &in), BEID_OK);
    message = opened(&out);
    assert_int_equal(beid_wire_get_portal_file(&message, &file), BEID_OK);
    assert_true(beid_span_same(file.name, in.name) && file.development);
    assert_int_equal(beid_wire_get_empty(&message), BEID_ERR_FORMAT);
    beid_buf_clear(&out);
}

static void
a_session_survives_the_way(void **state)
{
    struct beid_buf out;
    struct beid_wire_session got = {0};
    const struct beid_wire_session in = {.err = BEID_ERR_NOT_LOCAL,
                                         .keys_seen = true,
                                         .phrase =
                                             beid_span_str("Blauwe eend")};
    static char endless[BEID_WIRE_PHRASE_MAX + 1];
    (void)state;
    beid_buf_init(&out, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_session(&out, 7, &in), BEID_OK);
    struct beid_wire_message message = opened(&out);
    assert_int_equal(message.type, BEID_WIRE_SESSION_STATE);
    assert_int_equal(beid_wire_get_session(&message, &got), BEID_OK);
    assert_int_equal(got.err, BEID_ERR_NOT_LOCAL);
    assert_true(got.keys_seen && beid_span_same(got.phrase, in.phrase));
    out.ptr[10] = 2; /* no bool */
    assert_int_equal(beid_wire_get_session(&message, &got), BEID_ERR_FORMAT);
    memset(endless, 'a', sizeof endless);
    const char *const bad[] = {"a\nb", "\xFF"};
    struct beid_wire_session odd = in;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        beid_buf_reset(&out);
        odd.phrase = beid_span_str(bad[i]);
        assert_int_not_equal(beid_wire_put_session(&out, 7, &odd), BEID_OK);
    }
    beid_buf_reset(&out);
    odd.phrase = beid_span_of(endless, sizeof endless);
    assert_int_not_equal(beid_wire_put_session(&out, 7, &odd), BEID_OK);
    beid_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_as_documented),
        cmocka_unit_test(wrong_lengths_and_types_are_refused),
        cmocka_unit_test(authenticate_survives_the_way),
        cmocka_unit_test(cut_messages_are_refused),
        cmocka_unit_test(authenticate_limits_hold_on_both_sides),
        cmocka_unit_test(odd_values_are_refused),
        cmocka_unit_test(status_reply_survives_the_way),
        cmocka_unit_test(auth_reply_survives_the_way),
        cmocka_unit_test(auth_reply_must_be_consistent),
        cmocka_unit_test(errors_survive_the_way),
        cmocka_unit_test(small_messages_survive_the_way),
        cmocka_unit_test(a_session_survives_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
