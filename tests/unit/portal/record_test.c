/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "../unit.h"
#include "record.h"

#include <string.h>

static const struct session session = {.csrf = "token",
                                       .expires = 5000000000,
                                       .known = true,
                                       .verified_at = 4999999999,
                                       .subject = "pseudonym",
                                       .certificate = "",
                                       .given_names = "Nora Angèle",
                                       .surname = "Specimen"};

static void
encode(struct beid_buf *out)
{
    beid_buf_init(out, RECORD_MAX);
    record_put_session(out, &session);
    assert_int_equal(beid_buf_status(out), BEID_OK);
}

static void
session_comes_back(void **state)
{
    struct beid_buf buf;
    struct session out;
    (void)state;
    encode(&buf);
    assert_int_equal(record_parse_session(beid_buf_span(&buf), &out), BEID_OK);
    assert_int_equal(out.expires, session.expires);
    assert_int_equal(out.verified_at, session.verified_at);
    assert_true(out.known);
    assert_string_equal(out.given_names, session.given_names);
    assert_string_equal(out.surname, session.surname);
    assert_string_equal(out.certificate, "");
    beid_buf_clear(&buf);
}

/* Cut anywhere, or with something behind it, it is none of ours. */
static void
damage_is_noticed(void **state)
{
    struct beid_buf buf;
    struct session out = {.expires = 7};
    (void)state;
    encode(&buf);
    for (size_t len = 0; len < buf.len; len++) {
        assert_int_equal(record_parse_session(beid_span_of(buf.ptr, len), &out),
                         BEID_ERR_FORMAT);
    }
    assert_int_equal(out.expires, 7);
    beid_buf_put_u8(&buf, 0);
    assert_int_equal(record_parse_session(beid_buf_span(&buf), &out),
                     BEID_ERR_FORMAT);
    buf.ptr[0]++;
    assert_int_equal(
        record_parse_session(beid_span_of(buf.ptr, buf.len - 1), &out),
        BEID_ERR_FORMAT);
    beid_buf_clear(&buf);
}

/* A text that does not fit, or that ends early, is refused. */
static void
texts_are_bounded(void **state)
{
    struct beid_buf buf;
    struct nonce in = {.until = 99};
    struct nonce out = {.until = 7};
    (void)state;
    memset(in.value, 'v', sizeof in.value - 1);
    memset(in.about, 'a', sizeof in.about - 1);
    beid_buf_init(&buf, RECORD_MAX);
    record_put_nonce(&buf, &in);
    assert_int_equal(record_parse_nonce(beid_buf_span(&buf), &out), BEID_OK);
    assert_string_equal(out.value, in.value);
    assert_string_equal(out.about, in.about);
    assert_int_equal(out.until, 99);
    buf.ptr[20] = 0;
    assert_int_equal(record_parse_nonce(beid_buf_span(&buf), &out),
                     BEID_ERR_FORMAT);
    beid_buf_reset(&buf);
    beid_buf_put_u8(&buf, 1);
    beid_buf_put_u32(&buf, 0);
    beid_buf_put_u32(&buf, 99);
    beid_buf_put_u16(&buf, sizeof in.value);
    for (size_t i = 0; i < sizeof in.value; i++) {
        beid_buf_put_u8(&buf, 'v');
    }
    beid_buf_put_u16(&buf, 0);
    assert_int_equal(record_parse_nonce(beid_buf_span(&buf), &out),
                     BEID_ERR_FORMAT);
    beid_buf_clear(&buf);
}

/* A kept value comes back, and what is short or of another kind is refused. */
static void
entries(void **state)
{
    struct beid_buf buf;
    struct sealed in = {.created = 5, .until = (time_t)1 << 40};
    struct sealed out;
    (void)state;
    beid_buf_init(&in.value, ENTRY_VALUE_MAX);
    beid_buf_put_str(&in.value, "sealed");
    beid_buf_init(&buf, RECORD_ENTRY_MAX);
    record_put_entry(&buf, &in);
    assert_int_equal(record_parse_entry(beid_buf_span(&buf), &out), BEID_OK);
    assert_int_equal(out.created, 5);
    assert_int_equal(out.until, (time_t)1 << 40);
    assert_true(
        beid_span_same(beid_buf_span(&out.value), beid_buf_span(&in.value)));
    beid_buf_clear(&out.value);
    for (size_t len = 0; len < 17; len++) {
        assert_int_equal(record_parse_entry(beid_span_of(buf.ptr, len), &out),
                         BEID_ERR_FORMAT);
    }
    buf.ptr[0]++;
    assert_int_equal(record_parse_entry(beid_buf_span(&buf), &out),
                     BEID_ERR_FORMAT);
    beid_buf_clear(&buf);
    beid_buf_clear(&in.value);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(session_comes_back),
                                       cmocka_unit_test(damage_is_noticed),
                                       cmocka_unit_test(texts_are_bounded),
                                       cmocka_unit_test(entries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
