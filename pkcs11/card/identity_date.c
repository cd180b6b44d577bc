/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "card/identity_date.h"

#include <stdbool.h>

#define YEAR_LEN 4U

struct month_name {
    const char *name;
    unsigned month;
};

/* The three languages together; none of the names clashes. */
static const struct month_name month_names[] = {
    {"JAN", 1},  {"FEV", 2},  {"FEB", 2},  {"MARS", 3}, {"MAAR", 3}, {"AVR", 4},
    {"APR", 4},  {"MAI", 5},  {"MÄR", 3},  {"MEI", 5},  {"JUIN", 6}, {"JUN", 6},
    {"JUIL", 7}, {"JUL", 7},  {"AOUT", 8}, {"AUG", 8},  {"SEPT", 9}, {"SEP", 9},
    {"OCT", 10}, {"OKT", 10}, {"NOV", 11}, {"DEC", 12}, {"DEZ", 12},
};

static bool
is_gap(uint8_t byte)
{
    return byte == ' ' || byte == '.';
}

/* A number of digits only. */
static enum beid_err
number_of(struct beid_span digits, unsigned *out)
{
    unsigned value = 0;
    if (digits.len == 0 || digits.len > YEAR_LEN) {
        return BEID_ERR_FORMAT;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return BEID_ERR_FORMAT;
        }
        value = value * 10 + (unsigned)(digits.ptr[i] - '0');
    }
    *out = value;
    return BEID_OK;
}

static unsigned
days_of(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static enum beid_err
checked(struct identity_date date, struct identity_date *out)
{
    if (date.year == 0 || date.month < 1 || date.month > 12 || date.day < 1
        || date.day > days_of(date.year, date.month)) {
        return BEID_ERR_FORMAT;
    }
    *out = date;
    return BEID_OK;
}

enum beid_err
identity_date_parse(struct beid_span text, struct identity_date *out)
{
    struct identity_date date = {0};
    if (text.len != 10 || text.ptr[2] != '.' || text.ptr[5] != '.') {
        return BEID_ERR_FORMAT;
    }
    enum beid_err err = number_of(beid_span_of(text.ptr, 2), &date.day);
    if (err == BEID_OK) {
        err = number_of(beid_span_of(text.ptr + 3, 2), &date.month);
    }
    if (err == BEID_OK) {
        err = number_of(beid_span_of(text.ptr + 6, YEAR_LEN), &date.year);
    }
    return err == BEID_OK ? checked(date, out) : err;
}

/* What is left of text without gaps at both ends. */
static struct beid_span
without_gaps(struct beid_span text)
{
    while (text.len > 0 && is_gap(text.ptr[0])) {
        text = beid_span_of(text.ptr + 1, text.len - 1);
    }
    while (text.len > 0 && is_gap(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

static enum beid_err
month_of(struct beid_span name, unsigned *out)
{
    for (size_t i = 0; i < sizeof month_names / sizeof *month_names; i++) {
        if (beid_span_same(name, beid_span_str(month_names[i].name))) {
            *out = month_names[i].month;
            return BEID_OK;
        }
    }
    return BEID_ERR_FORMAT;
}

enum beid_err
identity_birth_parse(struct beid_span text, struct identity_date *out)
{
    struct identity_date date = {0};
    struct beid_span rest = without_gaps(text);
    if (rest.len < YEAR_LEN) {
        return BEID_ERR_FORMAT;
    }
    size_t before = rest.len - YEAR_LEN;
    enum beid_err err =
        number_of(beid_span_of(rest.ptr + before, YEAR_LEN), &date.year);
    if (err != BEID_OK || date.year == 0) {
        return BEID_ERR_FORMAT;
    }
    if (before == 0) {
        *out = date;
        return BEID_OK;
    }
    if (!is_gap(rest.ptr[before - 1])) {
        return BEID_ERR_FORMAT;
    }
    size_t day = 0;
    while (day < before && !is_gap(rest.ptr[day])) {
        day++;
    }
    if (day > 2) {
        return BEID_ERR_FORMAT;
    }
    err = number_of(beid_span_of(rest.ptr, day), &date.day);
    if (err == BEID_OK) {
        err = month_of(without_gaps(beid_span_of(rest.ptr + day, before - day)),
                       &date.month);
    }
    return err == BEID_OK ? checked(date, out) : err;
}

int
identity_date_compare(struct identity_date a, struct identity_date b)
{
    if (a.year != b.year) {
        return a.year < b.year ? -1 : 1;
    }
    if (a.month != b.month) {
        return a.month < b.month ? -1 : 1;
    }
    return a.day == b.day ? 0 : (a.day < b.day ? -1 : 1);
}
