/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Dates of cards, in three languages. */
#include "../unit.h"
#include "card/identity_date.h"

#include <stdio.h>

struct date_case {
    const char *text;
    unsigned year;
    unsigned month;
    unsigned day;
};

typedef enum beid_err parse_date(struct beid_span text,
                                 struct identity_date *out);

static void
is_date(parse_date *parse, const struct date_case *expected)
{
    struct identity_date date = {1, 1, 1};
    assert_int_equal(parse(beid_span_str(expected->text), &date), BEID_OK);
    assert_int_equal(date.year, expected->year);
    assert_int_equal(date.month, expected->month);
    assert_int_equal(date.day, expected->day);
}

static void
is_none(parse_date *parse, const char *text)
{
    struct identity_date date = {1, 2, 3};
    assert_int_equal(parse(beid_span_str(text), &date), BEID_ERR_FORMAT);
    assert_int_equal(date.year, 1);
    assert_int_equal(date.month, 2);
    assert_int_equal(date.day, 3);
}

/* The days of one month, as the three languages write them. */
static void
every_form(const char *name, unsigned month)
{
    static const struct {
        int width; /* of the day */
        const char *before_month;
        const char *before_year;
    } forms[] = {{2, " ", " "},  {1, " ", " "},  {2, ".", "."},
                 {2, ".", ". "}, {1, ".", ". "}, {1, "  ", "  "}};
    for (size_t form = 0; form < sizeof forms / sizeof *forms; form++) {
        for (unsigned day = 1; day <= 28; day += 3) {
            char text[40];
            (void)snprintf(text, sizeof text, "%0*u%s%s%s1997",
                           forms[form].width, day, forms[form].before_month,
                           name, forms[form].before_year);
            is_date(identity_birth_parse,
                    &(struct date_case){text, 1997, month, day});
        }
    }
}

/* The table of facts §3.3, every month of every language. */
static void
every_month(void **state)
{
    (void)state;
    static const char *const months[3][12] = {
        {"JAN", "FEV", "MARS", "AVR", "MAI", "JUIN", "JUIL", "AOUT", "SEPT",
         "OCT", "NOV", "DEC"},
        {"JAN", "FEB", "MAAR", "APR", "MEI", "JUN", "JUL", "AUG", "SEP", "OKT",
         "NOV", "DEC"},
        {"JAN", "FEB", "M\xC3\x84R", "APR", "MAI", "JUN", "JUL", "AUG", "SEP",
         "OKT", "NOV", "DEZ"},
    };
    for (size_t language = 0; language < 3; language++) {
        for (unsigned month = 0; month < 12; month++) {
            every_form(months[language][month], month + 1);
        }
    }
}

static void
dates_of_birth(void **state)
{
    (void)state;
    static const struct date_case good[] = {
        {"01 MEI 1971", 1971, 5, 1},    {"1 JAN 1971", 1971, 1, 1},
        {"22.DEZ. 1997", 1997, 12, 22}, {"13.AUG. 1996", 1996, 8, 13},
        {"29 FEB 2000", 2000, 2, 29},   {"1948", 1948, 0, 0},
        {" 1948 ", 1948, 0, 0},         {"31 DEC 1900", 1900, 12, 31},
    };
    static const char *const bad[] = {
        "",
        "   ",
        "194",
        "19488",
        "0000",
        "1 JAN 0000",
        "01 JAN1971",
        "01JAN 1971",
        "001 JAN 1971",
        "00 JAN 1971",
        "32 JAN 1971",
        "31 APR 1971",
        "29 FEB 1900",
        "29 FEB 1971",
        "01 ZZZ 1971",
        "01 jan 1971",
        "01 JANU 1971",
        "01 JA 1971",
        "01  1971",
        "01 1971",
        "JAN 1971",
        "A1 JAN 1971",
        "-1 JAN 1971",
        "01 JAN 197A",
        "01 JAN +971",
        "01 M\xC4R 1971",
        "01 JAN 1971 JAN",
        "01-JAN-1971",
        "01\nJAN 1971",
        "01 JAN FEB 1971",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        is_date(identity_birth_parse, &good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is_none(identity_birth_parse, bad[i]);
    }
}

static void
dates_of_cards(void **state)
{
    (void)state;
    static const struct date_case good[] = {{"01.02.2030", 2030, 2, 1},
                                            {"29.02.2024", 2024, 2, 29},
                                            {"31.12.9999", 9999, 12, 31}};
    static const char *const bad[] = {
        "",           "01.02.203",  "01.02.20300", "1.2.2030",   "01-02-2030",
        "00.01.2030", "32.01.2030", "01.00.2030",  "01.13.2030", "29.02.2023",
        "01.02.0000", "a1.02.2030", "01.b2.2030",  "01.02.c030", " 1.02.2030",
        "2030.02.01", "01.02 2030", "01/02/2030"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        is_date(identity_date_parse, &good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        is_none(identity_date_parse, bad[i]);
    }
}

static void
comparisons(void **state)
{
    (void)state;
    struct identity_date day = {2026, 6, 15};
    assert_int_equal(identity_date_compare(day, day), 0);
    assert_true(identity_date_compare(day, (struct identity_date){2026, 6, 16})
                < 0);
    assert_true(identity_date_compare(day, (struct identity_date){2026, 7, 1})
                < 0);
    assert_true(identity_date_compare(day, (struct identity_date){2027, 1, 1})
                < 0);
    assert_true(identity_date_compare(day, (struct identity_date){2026, 6, 14})
                > 0);
    assert_true(identity_date_compare(day, (struct identity_date){2026, 5, 30})
                > 0);
    assert_true(identity_date_compare(day, (struct identity_date){2025, 12, 31})
                > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_month),
        cmocka_unit_test(dates_of_birth),
        cmocka_unit_test(dates_of_cards),
        cmocka_unit_test(comparisons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
