/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/identity_field.h"
#include "card_show.h"

#include <string.h>

static const char *
word_of_origin(enum card_origin origin)
{
    switch (origin) {
    case CARD_ORIGIN_BELGIUM:
        return "belgium";
    case CARD_ORIGIN_TEST:
        return "test";
    case CARD_ORIGIN_UNKNOWN:
        break;
    }
    return "unknown";
}

static const char *
word_of_result(enum card_result result)
{
    switch (result) {
    case CARD_GOOD:
        return "good";
    case CARD_WRONG:
        return "wrong";
    case CARD_UNCHECKED:
        break;
    }
    return "unchecked";
}

static const char *
word_of_holder(enum identity_holder holder)
{
    switch (holder) {
    case IDENTITY_HOLDER_BELGIAN:
        return "belgian";
    case IDENTITY_HOLDER_BELGIAN_CHILD:
        return "belgian-child";
    case IDENTITY_HOLDER_BOOTSTRAP:
        return "bootstrap";
    case IDENTITY_HOLDER_AUTHORISATION:
        return "authorisation";
    case IDENTITY_HOLDER_FOREIGNER:
        return "foreigner";
    case IDENTITY_HOLDER_FOREIGN_CHILD:
        break;
    }
    return "foreign-child";
}

static void
say_hex(struct json_say *json, const char *key, struct beid_span bytes)
{
    static const char digits[] = "0123456789abcdef";
    struct beid_buf text;
    beid_buf_init(&text, 2 * bytes.len);
    for (size_t i = 0; i < bytes.len; i++) {
        beid_buf_put_u8(&text, (uint8_t)digits[bytes.ptr[i] >> 4]);
        beid_buf_put_u8(&text, (uint8_t)digits[bytes.ptr[i] & 0x0FU]);
    }
    json_say_text(json, key, beid_buf_span(&text));
    beid_buf_clear(&text);
}

static void
say_field(struct json_say *json, const struct identity_field *field,
          struct beid_span value)
{
    char text[CARD_VALUE_MAX];
    switch (field->kind) {
    case IDENTITY_TEXT:
        card_plain(value, text);
        json_say_text(json, field->name, beid_span_str(text));
        break;
    case IDENTITY_BYTES:
        say_hex(json, field->name, value);
        break;
    case IDENTITY_FLAG:
        json_say_flag(json, field->name, true);
        break;
    }
}

/* Those that are present, inside an object. */
static void
say_fields(struct json_say *json, const struct identity_field *fields,
           size_t count, const struct beid_span *values, uint32_t present)
{
    for (size_t i = 0; i < count; i++) {
        if ((present & ((uint32_t)1 << i)) != 0) {
            say_field(json, &fields[i], values[i]);
        }
    }
}

static void
say_identity(struct json_say *json, const struct card_facts *facts)
{
    if (!facts->readable) {
        json_say_null(json, "identity");
        return;
    }
    json_say_open(json, "identity", '{');
    say_fields(json, identity_fields, IDENTITY_FIELDS, facts->identity.field,
               facts->identity.present);
    json_say_close(json, '}');
}

static void
say_address(struct json_say *json, const struct card_facts *facts)
{
    if (!facts->has_address) {
        json_say_null(json, "address");
        return;
    }
    json_say_open(json, "address", '{');
    say_fields(json, address_fields, ADDRESS_FIELDS, facts->address.field,
               facts->address.present);
    json_say_close(json, '}');
}

static void
say_date(struct json_say *json, const char *key, struct identity_date date)
{
    char text[CARD_DATE_LEN];
    if (date.year == 0) {
        json_say_null(json, key);
        return;
    }
    card_date(date, text);
    json_say_text(json, key, beid_span_str(text));
}

static void
say_document(struct json_say *json, const struct card_facts *facts,
             struct identity_date today)
{
    const struct identity_document *document = facts->document;
    if (!facts->readable) {
        json_say_null(json, "document");
        return;
    }
    json_say_open(json, "document", '{');
    if (document != NULL) {
        json_say_text(json, "holder",
                      beid_span_str(word_of_holder(document->holder)));
    } else {
        json_say_null(json, "holder");
    }
    if (document != NULL && document->letter != NULL) {
        json_say_text(json, "letter", beid_span_str(document->letter));
    } else {
        json_say_null(json, "letter");
    }
    say_date(json, "birth", facts->birth);
    say_date(json, "from", facts->from);
    say_date(json, "to", facts->to);
    json_say_flag(json, "expired",
                  facts->to.year != 0
                      && identity_date_compare(today, facts->to) > 0);
    json_say_close(json, '}');
}

static void
say_certificates(struct json_say *json, const struct card_facts *facts)
{
    json_say_open(json, "certificates", '[');
    for (size_t i = 0; i < CARD_CERTIFICATE_COUNT; i++) {
        const struct cli_certificate *one = &facts->certificate[i];
        if (one->der.len == 0) {
            continue;
        }
        json_say_open(json, NULL, '{');
        json_say_text(
            json, "label",
            beid_span_str(card_certificate_label((enum card_certificate)i)));
        json_say_text(json, "from", beid_span_str(one->from));
        json_say_text(json, "to", beid_span_str(one->to));
        json_say_bytes(json, "der", beid_buf_span(&one->der));
        json_say_close(json, '}');
    }
    json_say_close(json, ']');
}

static void
say_checks(struct json_say *json, const struct card_facts *facts)
{
    static const char *const keys[CARD_CHECK_COUNT] = {
        [CARD_CHECK_IDENTITY] = "identity",
        [CARD_CHECK_ADDRESS] = "address",
        [CARD_CHECK_PHOTO] = "photo",
        [CARD_CHECK_NUMBER] = "nationalNumber",
        [CARD_CHECK_CHIP] = "chip"};
    json_say_open(json, "checks", '{');
    json_say_text(json, "issuer", beid_span_str(word_of_origin(facts->origin)));
    for (size_t i = 0; i < CARD_CHECK_COUNT; i++) {
        json_say_text(json, keys[i],
                      beid_span_str(word_of_result(facts->check[i])));
    }
    json_say_close(json, '}');
    json_say_flag(json, "genuine", card_facts_hold(facts, CARD_ORIGIN_BELGIUM));
}

void
card_json(const struct card_facts *facts, struct identity_date today,
          struct json_say *json)
{
    json_say_open(json, NULL, '{');
    json_say_text(json, "chip", beid_span_str(facts->model));
    say_identity(json, facts);
    say_address(json, facts);
    say_document(json, facts, today);
    say_certificates(json, facts);
    say_checks(json, facts);
    json_say_close(json, '}');
}
