/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "wire/operation.h"

#include <string.h>

#define NONCE "01234567890123456789012345678901234567890123"

static struct beid_wire_operation
example(enum beid_wire_type type)
{
    struct beid_wire_operation in = {
        .type = type,
        .base = {.lang = "de",
                 .portal_name = beid_span_str("Portal"),
                 .origin = beid_span_str("https://p.example"),
                 .environment = BEID_ENVIRONMENT_ACCEPTANCE,
                 .timeout_ms = 30000,
                 .wait_for_card = true}};
    if (type == BEID_WIRE_STEP_UP) {
        in.base.nonce = beid_span_str(NONCE);
        in.statement = true;
        in.resource = beid_span_str("https://p.example/x");
        in.text = beid_span_str("Text \xC3\xA9");
        in.jti = beid_span_str("0123456789abcdef");
        in.issued = 1800000000;
    } else if (type == BEID_WIRE_SIGN) {
        static const uint8_t hash[48] = {1};
        in.certificate = beid_span_str("der");
        in.hash = beid_span_of(hash, sizeof hash);
        in.hash_function = BEID_HASH_SHA384;
        in.document = beid_span_str("Contract.pdf");
    } else if (type == BEID_WIRE_SIGN_FILE) {
        static const uint8_t hash[32] = {2};
        static const uint8_t sha384[48] = {3};
        in.sha384 = beid_span_of(sha384, sizeof sha384);
        in.hash = beid_span_of(hash, sizeof hash);
        in.hash_function = BEID_HASH_SHA256;
        in.document = beid_span_str("Contract.pdf");
        in.size = 0x123456789AU;
    } else if (type == BEID_WIRE_AUTHENTICATE) {
        in.base.nonce = beid_span_str(NONCE);
    }
    return in;
}

static enum beid_err
send(const struct beid_wire_operation *in, struct beid_buf *packet,
     struct beid_wire_operation *out)
{
    struct beid_wire_message message;
    beid_buf_reset(packet);
    enum beid_err err = beid_wire_put_operation(packet, 7, in);
    if (err == BEID_OK) {
        err = beid_wire_open(beid_buf_span(packet), &message);
    }
    if (err == BEID_OK) {
        assert_int_equal(message.operation, 7);
        err = beid_wire_get_operation(&message, out);
    }
    return err;
}

static void
every_operation_survives_the_way(void **state)
{
    (void)state;
    static const enum beid_wire_type types[] = {
        BEID_WIRE_AUTHENTICATE, BEID_WIRE_STEP_UP, BEID_WIRE_CERTIFICATE,
        BEID_WIRE_SIGN, BEID_WIRE_SIGN_FILE};
    struct beid_buf packet;
    beid_buf_init(&packet, BEID_WIRE_MAX);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct beid_wire_operation in = example(types[i]);
        struct beid_wire_operation out = {0};
        assert_true(beid_wire_is_operation(types[i]));
        assert_int_equal(send(&in, &packet, &out), BEID_OK);
        assert_int_equal(out.type, in.type);
        assert_string_equal(out.base.lang, "de");
        assert_true(beid_span_same(out.base.nonce, in.base.nonce));
        assert_int_equal(out.statement, in.statement);
        assert_true(beid_span_same(out.resource, in.resource));
        assert_true(beid_span_same(out.text, in.text));
        assert_true(beid_span_same(out.jti, in.jti));
        assert_int_equal(out.issued, in.issued);
        assert_true(beid_span_same(out.certificate, in.certificate));
        assert_true(beid_span_same(out.hash, in.hash));
        assert_int_equal(out.hash_function, in.hash_function);
        assert_true(beid_span_same(out.document, in.document));
        assert_true(beid_span_same(out.sha384, in.sha384));
        assert_true(out.size == in.size);
        /* No shorter message says the same. */
        for (size_t len = 9; len < packet.len; len++) {
            struct beid_wire_message cut = {
                .type = types[i],
                .operation = 7,
                .fields = beid_span_of(packet.ptr + 9, len - 9)};
            assert_int_not_equal(beid_wire_get_operation(&cut, &out), BEID_OK);
        }
    }
    assert_false(beid_wire_is_operation(BEID_WIRE_STATUS));
    beid_buf_clear(&packet);
}

/* One at a time, in one place: a test of many has a small frame this way. */
static struct beid_wire_operation *
made(enum beid_wire_type type)
{
    static struct beid_wire_operation operation;
    operation = example(type);
    return &operation;
}

static void
odd_values_are_refused(void **state)
{
    (void)state;
    struct beid_buf packet;
    struct beid_wire_operation out;
    beid_buf_init(&packet, BEID_WIRE_MAX);
#define TRY(kind, field, value)                                                \
    do {                                                                       \
        struct beid_wire_operation *in = made(BEID_WIRE_##kind);               \
        in->field = (value);                                                   \
        assert_int_not_equal(send(in, &packet, &out), BEID_OK);                \
    } while (0)
    TRY(STEP_UP, base.nonce, beid_span_str(""));
    TRY(STEP_UP, resource, beid_span_str(""));
    TRY(STEP_UP, resource, beid_span_str("https://\xC3\xA9"));
    TRY(STEP_UP, text, beid_span_str(""));
    TRY(STEP_UP, text, beid_span_str("a\nb"));
    TRY(STEP_UP, text, beid_span_str("\xFF"));
    TRY(STEP_UP, jti, beid_span_str("\xC3\xA9"));
    TRY(SIGN, base.nonce, beid_span_str(NONCE));
    TRY(CERTIFICATE, base.nonce, beid_span_str(NONCE));
    TRY(SIGN, certificate, beid_span_str(""));
    TRY(SIGN, hash, beid_span_str("short"));
    TRY(SIGN, hash_function, BEID_HASH_SHA512);
    TRY(SIGN, hash_function, BEID_HASH_NONE);
    TRY(SIGN, document, beid_span_str("a\nb"));
#undef TRY
    beid_buf_clear(&packet);
}

static void
a_document_reply_survives_the_way(void **state)
{
    (void)state;
    static const uint8_t cms[BEID_WIRE_CMS_MAX] = {0x30};
    struct beid_buf packet;
    struct beid_wire_message message;
    struct beid_wire_auth_reply out;
    struct beid_wire_auth_reply in = {.tries = BEID_WIRE_TRIES_UNKNOWN,
                                      .certificate = beid_span_str("cert"),
                                      .algorithm = BEID_ALGORITHM_RS256,
                                      .signature =
                                          beid_span_of(cms, sizeof cms),
                                      .document = beid_span_str("text\n")};
    beid_buf_init(&packet, BEID_WIRE_MAX);
    assert_int_equal(beid_wire_put_document_reply(&packet, 3, &in), BEID_OK);
    assert_int_equal(beid_wire_open(beid_buf_span(&packet), &message), BEID_OK);
    assert_int_equal(message.type, BEID_WIRE_DOCUMENT_REPLY);
    assert_int_equal(beid_wire_get_document_reply(&message, &out), BEID_OK);
    assert_true(beid_span_same(out.signature, in.signature));
    assert_true(beid_span_same(out.document, in.document));
    assert_int_not_equal(beid_wire_get_auth_reply(&message, &out), BEID_OK);
    /* A certificate alone; but nothing at all beside a failure. */
    in.signature = beid_span_of(NULL, 0);
    in.document = beid_span_of(NULL, 0);
    beid_buf_reset(&packet);
    assert_int_equal(beid_wire_put_document_reply(&packet, 3, &in), BEID_OK);
    in = (struct beid_wire_auth_reply){.err = BEID_ERR_CANCELLED,
                                       .document = beid_span_str("text")};
    beid_buf_reset(&packet);
    assert_int_not_equal(beid_wire_put_document_reply(&packet, 3, &in),
                         BEID_OK);
    beid_buf_clear(&packet);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_survives_the_way),
        cmocka_unit_test(odd_values_are_refused),
        cmocka_unit_test(a_document_reply_survives_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
