/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"
#include "sys/lines.h"

#include <openssl/evp.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TAB '\t'
#define TIME_LEN 20U /* 2026-11-25T18:40:00Z */
#define NUMBER_DIGITS 19U
#define HEAD_WORDS "beid-journal-head 1"

static void
put_hex(struct beid_buf *out, const uint8_t hash[JOURNAL_HASH_LEN])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < JOURNAL_HASH_LEN; i++) {
        beid_buf_put_u8(out, (uint8_t)digits[hash[i] >> 4U]);
        beid_buf_put_u8(out, (uint8_t)digits[hash[i] & 0x0FU]);
    }
}

static int
digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static bool
get_hex(struct beid_span text, uint8_t hash[JOURNAL_HASH_LEN])
{
    if (text.len != JOURNAL_HEX_LEN) {
        return false;
    }
    for (size_t i = 0; i < JOURNAL_HASH_LEN; i++) {
        int high = digit_of(text.ptr[2 * i]);
        int low = digit_of(text.ptr[(2 * i) + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        hash[i] = (uint8_t)((unsigned)high << 4U | (unsigned)low);
    }
    return true;
}

static bool
get_number(struct beid_span text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > NUMBER_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        value = value * 10U + (uint64_t)(text.ptr[i] - (unsigned)'0');
    }
    *out = value;
    return true;
}

static void
put_number(struct beid_buf *out, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    beid_buf_put_str(out, text);
}

static enum beid_err
put_time(struct beid_buf *out, int64_t seconds)
{
    char text[TIME_LEN + 1];
    struct tm parts;
    time_t when = (time_t)seconds;
    if (gmtime_r(&when, &parts) == NULL
        || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)
               != TIME_LEN) {
        return BEID_ERR_ARGUMENT;
    }
    beid_buf_put_str(out, text);
    return BEID_OK;
}

static bool
get_time(struct beid_span text, int64_t *out)
{
    char copy[TIME_LEN + 1];
    struct tm parts;
    if (text.len != TIME_LEN) {
        return false;
    }
    memcpy(copy, text.ptr, TIME_LEN);
    copy[TIME_LEN] = '\0';
    memset(&parts, 0, sizeof parts);
    const char *end = strptime(copy, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == NULL || *end != '\0') {
        return false;
    }
    *out = (int64_t)timegm(&parts);
    return true;
}

/* One field: nothing that could end it or the line. */
static void
put_field(struct beid_buf *out, struct beid_span field)
{
    beid_buf_put_u8(out, TAB);
    if (field.len == 0) {
        beid_buf_put_u8(out, '-');
    }
    for (size_t i = 0; i < field.len && i < JOURNAL_FIELD_MAX; i++) {
        bool control = field.ptr[i] < ' ' || field.ptr[i] == 0x7F;
        beid_buf_put_u8(out, control ? '?' : field.ptr[i]);
    }
}

static enum beid_err
hash_line(const uint8_t chain[JOURNAL_HASH_LEN], struct beid_span line,
          uint8_t out[JOURNAL_HASH_LEN])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned int len = 0;
    bool good = context != NULL
                && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1
                && EVP_DigestUpdate(context, chain, JOURNAL_HASH_LEN) == 1
                && EVP_DigestUpdate(context, line.ptr, line.len) == 1
                && EVP_DigestFinal_ex(context, out, &len) == 1;
    EVP_MD_CTX_free(context);
    return good && len == JOURNAL_HASH_LEN ? BEID_OK : BEID_ERR_INTERNAL;
}

enum beid_err
journal_line_put(struct beid_buf *out, const struct journal_entry *entry,
                 uint8_t chain[JOURNAL_HASH_LEN])
{
    uint8_t hash[JOURNAL_HASH_LEN];
    size_t start = out->len;
    put_number(out, entry->number);
    beid_buf_put_u8(out, TAB);
    enum beid_err err = put_time(out, entry->time);
    put_field(out, entry->origin);
    put_field(out, entry->kind);
    put_field(out, entry->resource);
    put_field(out, entry->shown);
    put_field(out, entry->outcome);
    put_field(out, entry->left);
    beid_buf_put_u8(out, TAB);
    if (err == BEID_OK) {
        err = beid_buf_status(out);
    }
    if (err == BEID_OK) {
        struct beid_span all = beid_buf_span(out);
        err = hash_line(chain, beid_span_of(all.ptr + start, all.len - start),
                        hash);
    }
    if (err == BEID_OK) {
        put_hex(out, hash);
        beid_buf_put_u8(out, '\n');
        err = beid_buf_status(out);
    }
    if (err == BEID_OK) {
        memcpy(chain, hash, sizeof hash);
    }
    return err;
}

static struct beid_span
field_or_nothing(struct beid_span *rest)
{
    struct beid_span field = beid_lines_field(rest, TAB);
    return beid_span_same(field, beid_span_str("-")) ? beid_span_of(NULL, 0)
                                                     : field;
}

enum beid_err
journal_line_get(struct beid_span line, uint8_t chain[JOURNAL_HASH_LEN],
                 struct journal_entry *out)
{
    struct journal_entry entry;
    uint8_t hash[JOURNAL_HASH_LEN];
    uint8_t told[JOURNAL_HASH_LEN];
    struct beid_span rest = line;
    memset(&entry, 0, sizeof entry);
    if (line.len > JOURNAL_LINE_MAX
        || !get_number(beid_lines_field(&rest, TAB), &entry.number)
        || !get_time(beid_lines_field(&rest, TAB), &entry.time)) {
        return BEID_ERR_FORMAT;
    }
    entry.origin = field_or_nothing(&rest);
    entry.kind = field_or_nothing(&rest);
    entry.resource = field_or_nothing(&rest);
    entry.shown = field_or_nothing(&rest);
    entry.outcome = field_or_nothing(&rest);
    entry.left = field_or_nothing(&rest);
    entry.hash = rest;
    if (!get_hex(rest, told)) {
        return BEID_ERR_FORMAT;
    }
    enum beid_err err = hash_line(
        chain, beid_span_of(line.ptr, line.len - JOURNAL_HEX_LEN), hash);
    if (err != BEID_OK) {
        return err;
    }
    memcpy(chain, told, sizeof told);
    *out = entry;
    return memcmp(hash, told, sizeof hash) == 0 ? BEID_OK : BEID_ERR_SIGNATURE;
}

enum beid_err
journal_first_put(struct beid_buf *out, uint64_t number,
                  const uint8_t chain[JOURNAL_HASH_LEN])
{
    beid_buf_put_str(out, JOURNAL_FIRST_LINE " ");
    put_number(out, number);
    beid_buf_put_u8(out, ' ');
    put_hex(out, chain);
    beid_buf_put_u8(out, '\n');
    return beid_buf_status(out);
}

/* Cuts a known word and the space behind it off. */
static bool
take_words(struct beid_span *rest, const char *words)
{
    struct beid_span want = beid_span_str(words);
    struct beid_span got;
    return beid_span_take(rest, want.len, &got) == BEID_OK
           && beid_span_same(got, want) && rest->len > 0
           && beid_lines_field(rest, ' ').len == 0;
}

enum beid_err
journal_first_get(struct beid_span line, uint64_t *number,
                  uint8_t chain[JOURNAL_HASH_LEN])
{
    struct beid_span rest = line;
    if (!take_words(&rest, JOURNAL_FIRST_LINE)
        || !get_number(beid_lines_field(&rest, ' '), number)
        || !get_hex(rest, chain)) {
        return BEID_ERR_FORMAT;
    }
    return BEID_OK;
}

enum beid_err
journal_head_put(struct beid_buf *out, const struct journal_head *head)
{
    char numbers[3][24];
    const uint64_t values[3] = {head->count, head->oldest, head->missed};
    for (size_t i = 0; i < 3; i++) {
        if (snprintf(numbers[i], sizeof numbers[i], "%0*" PRIu64,
                     (int)NUMBER_DIGITS, values[i])
            != (int)NUMBER_DIGITS) {
            return BEID_ERR_LIMIT;
        }
    }
    beid_buf_put_str(out, HEAD_WORDS " ");
    beid_buf_put_str(out, numbers[0]);
    beid_buf_put_u8(out, ' ');
    put_hex(out, head->hash);
    beid_buf_put_u8(out, ' ');
    beid_buf_put_str(out, numbers[1]);
    beid_buf_put_u8(out, ' ');
    beid_buf_put_str(out, numbers[2]);
    beid_buf_put_u8(out, '\n');
    return beid_buf_status(out);
}

enum beid_err
journal_head_get(struct beid_span text, struct journal_head *out)
{
    struct journal_head head;
    struct beid_span rest = text;
    memset(&head, 0, sizeof head);
    if (text.len == 0 || text.ptr[text.len - 1] != '\n') {
        return BEID_ERR_FORMAT;
    }
    rest.len--;
    if (!take_words(&rest, HEAD_WORDS)
        || !get_number(beid_lines_field(&rest, ' '), &head.count)
        || !get_hex(beid_lines_field(&rest, ' '), head.hash)
        || !get_number(beid_lines_field(&rest, ' '), &head.oldest)
        || !get_number(rest, &head.missed)) {
        return BEID_ERR_FORMAT;
    }
    *out = head;
    return BEID_OK;
}
