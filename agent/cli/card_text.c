/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card_show.h"
#include "say.h"

#include <stdio.h>
#include <string.h>

#define INDENT 2U
#define DAY_LEN 16U

/* A line with one value; none when the field is empty. */
static void
line(enum beid_lang lang, enum beid_text_id id, const char *value)
{
    const struct say_word words[] = {{"value", value}, {NULL, NULL}};
    if (value[0] != '\0') {
        say_text(stdout, INDENT, lang, id, words);
    }
}

static void
field_line(enum beid_lang lang, enum beid_text_id id, struct beid_span field)
{
    char value[CARD_VALUE_MAX];
    card_plain(field, value);
    line(lang, id, value);
}

static void
section(enum beid_lang lang, enum beid_text_id id)
{
    (void)fputc('\n', stdout);
    say_text(stdout, 0, lang, id, NULL);
}

/* As people here write it; a birth may be a year alone. */
static void
day_of(struct identity_date date, char out[DAY_LEN])
{
    if (date.month == 0) {
        (void)snprintf(out, DAY_LEN, "%04u", date.year % 10000U);
    } else {
        (void)snprintf(out, DAY_LEN, "%02u.%02u.%04u", date.day % 100U,
                       date.month % 100U, date.year % 10000U);
    }
}

static void
names(const struct card_facts *facts, enum beid_lang lang)
{
    const struct beid_span *field = facts->identity.field;
    char given[CARD_VALUE_MAX];
    char initial[CARD_VALUE_MAX];
    char all[2 * CARD_VALUE_MAX];
    field_line(lang, BEID_TEXT_CARD_SURNAME, field[IDENTITY_SURNAME]);
    card_plain(field[IDENTITY_GIVEN_NAMES], given);
    card_plain(field[IDENTITY_THIRD_INITIAL], initial);
    (void)snprintf(all, sizeof all, "%s%s%s", given,
                   initial[0] != '\0' ? " " : "", initial);
    line(lang, BEID_TEXT_CARD_GIVEN_NAMES, all);
}

static void
birth(const struct card_facts *facts, enum beid_lang lang)
{
    char day[DAY_LEN] = "";
    char place[CARD_VALUE_MAX];
    char text[CARD_VALUE_MAX];
    card_plain(facts->identity.field[IDENTITY_BIRTH_PLACE], place);
    card_plain(facts->identity.field[IDENTITY_BIRTH_DATE], text);
    day_of(facts->birth, day);
    const struct say_word words[] = {
        {"date", facts->birth.year != 0 ? day : text},
        {"place", place},
        {NULL, NULL}};
    say_text(stdout, INDENT, lang, BEID_TEXT_CARD_BORN, words);
}

/* M; F, V or W in the language of the card (facts §3.2). */
static void
sex(struct beid_span field, enum beid_lang lang)
{
    if (field.len != 1) {
        return;
    }
    if (field.ptr[0] == 'M') {
        say_text(stdout, INDENT, lang, BEID_TEXT_CARD_MALE, NULL);
    } else if (strchr("FVW", field.ptr[0]) != NULL && field.ptr[0] != 0) {
        say_text(stdout, INDENT, lang, BEID_TEXT_CARD_FEMALE, NULL);
    }
}

static void
show_identity(const struct card_facts *facts, enum beid_lang lang)
{
    const struct beid_span *field = facts->identity.field;
    section(lang, BEID_TEXT_CARD_IDENTITY);
    names(facts, lang);
    field_line(lang, BEID_TEXT_CARD_NOBLE, field[IDENTITY_NOBLE]);
    birth(facts, lang);
    sex(field[IDENTITY_SEX], lang);
    field_line(lang, BEID_TEXT_CARD_NATIONALITY, field[IDENTITY_NATIONALITY]);
    field_line(lang, BEID_TEXT_CARD_NATIONAL_NUMBER,
               field[IDENTITY_NATIONAL_NUMBER]);
}

static void
show_address(const struct card_facts *facts, enum beid_lang lang)
{
    char zip[CARD_VALUE_MAX];
    char town[CARD_VALUE_MAX];
    char both[2 * CARD_VALUE_MAX];
    char street[CARD_VALUE_MAX];
    section(lang, BEID_TEXT_CARD_ADDRESS);
    if (!facts->has_address) {
        say_text(stdout, INDENT, lang, BEID_TEXT_CARD_ABSENT, NULL);
        return;
    }
    card_plain(facts->address.field[ADDRESS_STREET], street);
    card_plain(facts->address.field[ADDRESS_ZIP], zip);
    card_plain(facts->address.field[ADDRESS_MUNICIPALITY], town);
    (void)snprintf(both, sizeof both, "%s %s", zip, town);
    say_wrapped(stdout, INDENT, beid_span_str(street));
    say_wrapped(stdout, INDENT, beid_span_str(both));
}

static enum beid_text_id
document_text(const struct identity_document *document)
{
    switch (document->holder) {
    case IDENTITY_HOLDER_BELGIAN:
        return BEID_TEXT_CARD_BELGIAN;
    case IDENTITY_HOLDER_BELGIAN_CHILD:
        return BEID_TEXT_CARD_BELGIAN_CHILD;
    case IDENTITY_HOLDER_BOOTSTRAP:
    case IDENTITY_HOLDER_AUTHORISATION:
        return BEID_TEXT_CARD_OFFICIAL;
    case IDENTITY_HOLDER_FOREIGNER:
        return BEID_TEXT_CARD_FOREIGNER;
    case IDENTITY_HOLDER_FOREIGN_CHILD:
        break;
    }
    return BEID_TEXT_CARD_FOREIGN_CHILD;
}

static void
show_validity(const struct card_facts *facts, struct identity_date today,
              enum beid_lang lang)
{
    char from[DAY_LEN];
    char to[DAY_LEN];
    if (facts->from.year == 0) {
        return;
    }
    day_of(facts->from, from);
    day_of(facts->to, to);
    enum beid_text_id id = BEID_TEXT_CARD_VALID;
    if (identity_date_compare(today, facts->to) > 0) {
        id = BEID_TEXT_CARD_EXPIRED;
    } else if (identity_date_compare(today, facts->from) < 0) {
        id = BEID_TEXT_CARD_NOT_YET;
    }
    const struct say_word words[] = {{"from", from}, {"to", to}, {NULL, NULL}};
    say_text(stdout, INDENT, lang, id, words);
}

static void
show_document(const struct card_facts *facts, struct identity_date today,
              enum beid_lang lang)
{
    const struct beid_span *field = facts->identity.field;
    section(lang, BEID_TEXT_CARD_DOCUMENT);
    if (facts->document != NULL) {
        const struct say_word words[] = {{"value", facts->document->letter},
                                         {NULL, NULL}};
        say_text(stdout, INDENT, lang, document_text(facts->document), words);
    } else {
        field_line(lang, BEID_TEXT_CARD_OTHER_TYPE, field[IDENTITY_DOCUMENT]);
    }
    field_line(lang, BEID_TEXT_CARD_NUMBER, field[IDENTITY_CARD_NUMBER]);
    show_validity(facts, today, lang);
    field_line(lang, BEID_TEXT_CARD_ISSUED, field[IDENTITY_MUNICIPALITY]);
    line(lang, BEID_TEXT_CARD_CHIP, facts->model);
}

/* "2036-11-22" read back; the year is 0 when there is no certificate. */
static struct identity_date
date_of(const char *text)
{
    struct identity_date date = {0};
    /* NOLINTNEXTLINE(cert-err34-c): the digits are the module's */
    if (sscanf(text, "%4u-%2u-%2u", &date.year, &date.month, &date.day) != 3) {
        date = (struct identity_date){0};
    }
    return date;
}

static void
show_certificates(const struct card_facts *facts, struct identity_date today,
                  enum beid_lang lang)
{
    static const enum beid_text_id uses[] = {
        [CARD_CERTIFICATE_AUTHENTICATION] = BEID_TEXT_CARD_LOGGING_IN,
        [CARD_CERTIFICATE_SIGNATURE] = BEID_TEXT_CARD_SIGNING};
    section(lang, BEID_TEXT_CARD_CERTIFICATES);
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        struct identity_date end = date_of(facts->certificate[i].to);
        enum beid_text_id id = BEID_TEXT_CARD_CERTIFICATE;
        char to[DAY_LEN];
        day_of(end, to);
        if (end.year == 0) {
            id = BEID_TEXT_CARD_NO_CERTIFICATE;
        } else if (identity_date_compare(today, end) > 0) {
            id = BEID_TEXT_CARD_OLD_CERTIFICATE;
        }
        const struct say_word words[] = {
            {"use", beid_text(lang, uses[i])}, {"to", to}, {NULL, NULL}};
        say_text(stdout, INDENT, lang, id, words);
    }
}

static const enum beid_text_id check_texts[CARD_CHECK_COUNT] = {
    [CARD_CHECK_IDENTITY] = BEID_TEXT_CARD_CHECK_IDENTITY,
    [CARD_CHECK_ADDRESS] = BEID_TEXT_CARD_CHECK_ADDRESS,
    [CARD_CHECK_PHOTO] = BEID_TEXT_CARD_CHECK_PHOTO,
    [CARD_CHECK_NUMBER] = BEID_TEXT_CARD_CHECK_NUMBER,
    [CARD_CHECK_CHIP] = BEID_TEXT_CARD_CHECK_CHIP,
};

static const enum beid_text_id result_texts[] = {
    [CARD_UNCHECKED] = BEID_TEXT_CARD_UNCHECKED,
    [CARD_GOOD] = BEID_TEXT_CARD_GOOD,
    [CARD_WRONG] = BEID_TEXT_CARD_WRONG,
};

static void
show_checks(const struct card_facts *facts, enum beid_lang lang)
{
    static const enum beid_text_id origins[] = {
        [CARD_ORIGIN_UNKNOWN] = BEID_TEXT_CARD_FROM_NOBODY,
        [CARD_ORIGIN_TEST] = BEID_TEXT_CARD_FROM_TEST,
        [CARD_ORIGIN_BELGIUM] = BEID_TEXT_CARD_FROM_BELGIUM};
    section(lang, BEID_TEXT_CARD_CHECKS);
    say_text(stdout, INDENT, lang, origins[facts->origin], NULL);
    for (size_t i = 0; i < CARD_CHECK_COUNT; i++) {
        enum beid_text_id result = result_texts[facts->check[i]];
        if (i == CARD_CHECK_CHIP && facts->check[i] == CARD_UNCHECKED) {
            result = BEID_TEXT_CARD_CANNOT; /* applet 1.7 */
        }
        const struct say_word words[] = {
            {"what", beid_text(lang, check_texts[i])},
            {"result", beid_text(lang, result)},
            {NULL, NULL}};
        say_text(stdout, INDENT, lang, BEID_TEXT_CARD_CHECK, words);
    }
}

void
card_text(const struct card_facts *facts, struct identity_date today,
          enum beid_lang lang)
{
    say_text(stdout, 0, lang, BEID_TEXT_CARD_HEADER, NULL);
    if (facts->readable) {
        show_identity(facts, lang);
        show_address(facts, lang);
        show_document(facts, today, lang);
    } else {
        say_text(stdout, INDENT, lang, BEID_TEXT_CARD_UNREADABLE, NULL);
    }
    show_certificates(facts, today, lang);
    show_checks(facts, lang);
}
