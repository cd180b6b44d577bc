/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "helpdesk.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* helpdesk.txt, by CMakeLists.txt. */
extern const unsigned char helpdesk_table[];
extern const size_t helpdesk_table_len;

#define CODE_MAX 32U
#define FINDINGS_MAX 64U
#define CHECK_MODULUS 251U

const char *const helpdesk_languages[HELPDESK_LANGUAGES] = {"nl", "fr", "de",
                                                            "en"};

/* The line at *at without its end, and *at behind it; false past the last. */
static bool
line_next(size_t *at, struct beid_span *out)
{
    if (*at >= helpdesk_table_len) {
        return false;
    }
    const unsigned char *from = helpdesk_table + *at;
    const unsigned char *end = memchr(from, '\n', helpdesk_table_len - *at);
    size_t len = end == NULL ? helpdesk_table_len - *at : (size_t)(end - from);
    *out = beid_span_of(from, len);
    *at += len + 1;
    return true;
}

/* The word up to the next blank, taken from the front of rest. */
static struct beid_span
word_next(struct beid_span *rest)
{
    const uint8_t *blank = memchr(rest->ptr, ' ', rest->len);
    size_t len = blank == NULL ? rest->len : (size_t)(blank - rest->ptr);
    struct beid_span word = beid_span_of(rest->ptr, len);
    size_t skip = blank == NULL ? len : len + 1;
    *rest = beid_span_of(rest->ptr + skip, rest->len - skip);
    return word;
}

bool
helpdesk_next(size_t *at, struct helpdesk_subject *out)
{
    struct beid_span line;
    while (line_next(at, &line)) {
        if (line.len > 0 && line.ptr[0] == '[') {
            return false; /* the entries follow */
        }
        if (line.len < 2 || line.ptr[1] != ' ' || line.ptr[0] == '#') {
            continue;
        }
        struct beid_span kind = word_next(&line);
        struct beid_span number = word_next(&line);
        *out =
            (struct helpdesk_subject){.kind = (enum helpdesk_kind)kind.ptr[0]};
        for (size_t i = 0; i < number.len && number.ptr[i] != '-'; i++) {
            out->number = out->number * 10 + (unsigned)(number.ptr[i] - '0');
        }
        out->name = word_next(&line);
        out->entry = line;
        return true;
    }
    return false;
}

static bool
is_head(struct beid_span line, struct beid_span entry)
{
    return line.len == entry.len + 2 && line.ptr[0] == '['
           && memcmp(line.ptr + 1, entry.ptr, entry.len) == 0;
}

struct beid_span
helpdesk_text(struct beid_span entry, const char *lang, const char *part)
{
    char key[24];
    struct beid_span line;
    size_t at = 0;
    bool inside = false;
    int len = snprintf(key, sizeof key, "%s.%s = ", lang, part);
    while (len > 0 && (size_t)len < sizeof key && line_next(&at, &line)) {
        if (line.len > 0 && line.ptr[0] == '[') {
            inside = is_head(line, entry);
        } else if (inside && line.len > (size_t)len
                   && memcmp(line.ptr, key, (size_t)len) == 0) {
            return beid_span_of(line.ptr + len, line.len - (size_t)len);
        }
    }
    return beid_span_of("", 0);
}

static void
add(struct helpdesk_answer *out, const struct helpdesk_subject *subject)
{
    if (out->count < HELPDESK_FOUND_MAX) {
        out->found[out->count++] = *subject;
    }
}

static char
upper(char letter)
{
    return (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
}

/* Letters in upper case without blanks; false when it is too long. */
static bool
tidy(const char *text, char out[CODE_MAX + 1])
{
    size_t len = 0;
    for (; *text != '\0'; text++) {
        if (isspace((unsigned char)*text)) {
            continue;
        }
        if (len == CODE_MAX) {
            return false;
        }
        out[len++] = upper(*text);
    }
    out[len] = '\0';
    return len > 0;
}

/* People read O, I and L for 0, 1 and 1. */
static void
digits_mend(char *code)
{
    for (; *code != '\0'; code++) {
        if (*code == 'O') {
            *code = '0';
        } else if (*code == 'I' || *code == 'L') {
            *code = '1';
        }
    }
}

/* "E", two digits, perhaps "-", five signs of Crockford's alphabet. */
static bool
decode_error(const char *text, struct helpdesk_answer *out)
{
    static const char signs[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char code[CODE_MAX + 1];
    memcpy(code, text, sizeof code);
    digits_mend(code + 1);
    const char *tail = code + (code[1] != '\0' && code[2] != '\0' ? 3 : 0);
    tail += *tail == '-' ? 1 : 0;
    if (code[0] != 'E' || tail == code || !isdigit((unsigned char)code[1])
        || !isdigit((unsigned char)code[2]) || strlen(tail) != 5
        || strspn(tail, signs) != 5) {
        return false;
    }
    unsigned number =
        (unsigned)(code[1] - '0') * 10 + (unsigned)(code[2] - '0');
    struct helpdesk_subject subject;
    size_t at = 0;
    while (helpdesk_next(&at, &subject)) {
        if (subject.kind == HELPDESK_ERROR && subject.number == number) {
            add(out, &subject);
        }
    }
    (void)snprintf(out->reference, sizeof out->reference, "E%02u-%.5s", number,
                   tail);
    out->kind = "agent";
    return out->count > 0;
}

/* As beid-agent-doctor(1) computes it. */
static unsigned
check_of(uint64_t mask)
{
    unsigned check = 0;
    for (unsigned shift = 0; shift < 64U; shift += 8U) {
        check =
            (check * 3U + (unsigned)(mask >> shift & 0xFFU)) % CHECK_MODULUS;
    }
    return check;
}

/* A hexadecimal number of 1 to most digits, taken from the front of *text. */
static bool
hex_take(const char **text, size_t most, uint64_t *out)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = strspn(*text, digits);
    *out = 0;
    for (size_t i = 0; i < len && len <= most; i++) {
        *out = *out << 4 | (uint64_t)(strchr(digits, (*text)[i]) - digits);
    }
    *text += len;
    return len > 0 && len <= most;
}

static void
findings_add(uint64_t mask, struct helpdesk_answer *out)
{
    struct helpdesk_subject subject;
    size_t at = 0;
    while (helpdesk_next(&at, &subject)) {
        bool nothing =
            subject.kind == HELPDESK_SITUATION && mask == 0
            && beid_span_same(subject.name, beid_span_str("nothing_found"));
        uint64_t bit = subject.kind == HELPDESK_FINDING
                           ? UINT64_C(1) << subject.number % FINDINGS_MAX
                           : 0;
        if (nothing || (mask & bit) != 0) {
            add(out, &subject);
        }
    }
}

/* "D1-", the findings, "-" and two digits that must fit. */
static bool
decode_doctor(const char *text, struct helpdesk_answer *out)
{
    char code[CODE_MAX + 1];
    uint64_t mask = 0;
    uint64_t check = 0;
    memcpy(code, text, sizeof code);
    digits_mend(code + 1);
    const char *at = code + 3;
    if (strncmp(code, "D1-", 3) != 0 || !hex_take(&at, 16, &mask)
        || *at++ != '-' || !hex_take(&at, 2, &check) || *at != '\0'
        || check != check_of(mask)) {
        return false;
    }
    findings_add(mask, out);
    uint64_t known = 0;
    for (size_t i = 0; i < out->count; i++) {
        known |= out->found[i].kind == HELPDESK_FINDING
                     ? UINT64_C(1) << out->found[i].number
                     : 0;
    }
    out->newer = known != mask;
    out->kind = "doctor";
    (void)snprintf(out->reference, sizeof out->reference, "D1-%llX-%02X",
                   (unsigned long long)mask, (unsigned)check);
    return true;
}

/* Names are told apart by their letters: "no_reader" is "no-reader". */
static bool
same_name(struct beid_span name, const char *text)
{
    if (strlen(text) != name.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char one = upper((char)name.ptr[i]);
        char two = text[i];
        if ((one == '-' ? '_' : one) != (two == '-' ? '_' : two)) {
            return false;
        }
    }
    return true;
}

static bool
decode_name(const char *text, struct helpdesk_answer *out)
{
    struct helpdesk_subject subject;
    size_t at = 0;
    while (out->count == 0 && helpdesk_next(&at, &subject)) {
        if (same_name(subject.name, text)) {
            add(out, &subject);
            (void)snprintf(out->reference, sizeof out->reference, "%.*s",
                           (int)subject.name.len, subject.name.ptr);
        }
    }
    out->kind = "name";
    return out->count > 0;
}

bool
helpdesk_decode(const char *text, struct helpdesk_answer *out)
{
    char code[CODE_MAX + 1] = {0};
    *out = (struct helpdesk_answer){0};
    if (!tidy(text, code)) {
        return false;
    }
    return decode_error(code, out) || decode_doctor(code, out)
           || decode_name(code, out);
}
