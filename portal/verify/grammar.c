/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>

#define DAY_SECONDS 86400
/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: a zone may lead beyond, where
 * no certificate's time can be compared any more. */
#define RFC3339_FIRST (-62167219200)
#define RFC3339_LAST 253402300799
#define ORIGIN_MAX 255U
#define NONCE_MIN 44U
#define NONCE_MAX 128U

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* How many '=' end the text; 3 when the text cannot be base64 at all. */
static size_t
base64_padding(const char *text, size_t len)
{
    if (len == 0 || len % 4 != 0) {
        return 3;
    }
    size_t body = strspn(text, base64_digits);
    size_t pad = len - body;
    if (pad > 2 || strspn(text + body, "=") != pad) {
        return 3;
    }
    if (pad == 0) {
        return 0;
    }
    /* The last digit carries 2 or 4 bits that belong to no byte. */
    const char *last = strchr(base64_digits, text[body - 1]);
    unsigned stray = pad == 1 ? 0x03U : 0x0FU;
    return ((unsigned)(last - base64_digits) & stray) == 0 ? pad : 3;
}

enum beid_err
base64_decode(const char *text, struct beid_buf *out)
{
    size_t len = strlen(text);
    size_t pad = base64_padding(text, len);
    if (pad > 2) {
        return BEID_ERR_FORMAT;
    }
    size_t before = out->len;
    uint8_t *room = beid_buf_extend(out, len / 4 * 3);
    if (room == NULL) {
        return beid_buf_status(out);
    }
    if (len > INT32_MAX
        || EVP_DecodeBlock(room, (const unsigned char *)text, (int)len) < 0) {
        return BEID_ERR_FORMAT;
    }
    return beid_buf_truncate(out, before + len / 4 * 3 - pad);
}

/* Exactly count digits as a number, moving *text; -1 when there are fewer. */
static int
fixed_digits(const char **text, int count)
{
    int number = 0;
    for (; count > 0; count--, (*text)++) {
        if (**text < '0' || **text > '9') {
            return -1;
        }
        number = number * 10 + (**text - '0');
    }
    return number;
}

/* The zone designator: seconds east of UTC. */
static enum beid_err
zone(const char *text, time_t *offset)
{
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *offset = 0;
        return BEID_OK;
    }
    if (*text != '+' && *text != '-') {
        return BEID_ERR_FORMAT;
    }
    int sign = *text == '-' ? -1 : 1;
    text++;
    int hours = fixed_digits(&text, 2);
    if (hours < 0 || hours > 23 || *text++ != ':') {
        return BEID_ERR_FORMAT;
    }
    int minutes = fixed_digits(&text, 2);
    if (minutes < 0 || minutes > 59 || *text != '\0') {
        return BEID_ERR_FORMAT;
    }
    *offset = (time_t)sign * (hours * 3600 + minutes * 60);
    return BEID_OK;
}

/* date "T" time, up to the seconds. */
static enum beid_err
date_time(const char **text, struct tm *out)
{
    static const struct {
        int count;
        char after;
    } parts[6] = {{4, '-'}, {2, '-'}, {2, 'T'}, {2, ':'}, {2, ':'}, {2, 0}};
    int got[6] = {0};
    for (size_t i = 0; i < 6; i++) {
        got[i] = fixed_digits(text, parts[i].count);
        if (got[i] < 0) {
            return BEID_ERR_FORMAT;
        }
        if (parts[i].after == 0) {
            break;
        }
        char c = *(*text)++;
        if (c != parts[i].after && !(c == 't' && parts[i].after == 'T')) {
            return BEID_ERR_FORMAT;
        }
    }
    *out = (struct tm){.tm_year = got[0] - 1900,
                       .tm_mon = got[1] - 1,
                       .tm_mday = got[2],
                       .tm_hour = got[3],
                       .tm_min = got[4],
                       .tm_sec = got[5]};
    return BEID_OK;
}

enum beid_err
rfc3339_parse(const char *text, time_t *out)
{
    struct tm parts;
    time_t offset = 0;
    enum beid_err err = date_time(&text, &parts);
    if (err != BEID_OK) {
        return err;
    }
    if (*text == '.') {
        text++;
        size_t fraction = strspn(text, "0123456789");
        if (fraction == 0) {
            return BEID_ERR_FORMAT;
        }
        text += fraction;
    }
    err = zone(text, &offset);
    if (err != BEID_OK || parts.tm_sec > 60) {
        return BEID_ERR_FORMAT;
    }
    struct tm normal = parts;
    time_t at = timegm(&normal);
    /* timegm() carries overflow (31 April, 24:00) into the next field. */
    struct tm back = parts;
    back.tm_sec = parts.tm_sec == 60 ? 59 : parts.tm_sec;
    struct tm carried = back;
    (void)timegm(&carried);
    if (carried.tm_mday != back.tm_mday || carried.tm_mon != back.tm_mon
        || carried.tm_hour != back.tm_hour || carried.tm_min != back.tm_min) {
        return BEID_ERR_FORMAT;
    }
    at -= offset;
    if (at < RFC3339_FIRST || at > RFC3339_LAST) {
        return BEID_ERR_FORMAT;
    }
    *out = at;
    return BEID_OK;
}

void
rfc3339_format(time_t at, char out[RFC3339_SIZE])
{
    struct tm parts;
    if (gmtime_r(&at, &parts) == NULL
        || strftime(out, RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
}

/* A decimal port of 1 to 65535 without leading zero that is not standard. */
static bool
port_wellformed(const char *text, const char *standard)
{
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 5 || text[len] != '\0' || text[0] == '0'
        || strcmp(text, standard) == 0) {
        return false;
    }
    unsigned port = 0;
    for (size_t i = 0; i < len; i++) {
        port = port * 10U + (unsigned)(text[i] - '0');
    }
    return port <= 65535U;
}

static bool
host_is_this_machine(const char *host, size_t len)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], host, len) == 0) {
            return true;
        }
    }
    return false;
}

bool
origin_wellformed(const char *origin)
{
    bool secure = strncmp(origin, "https://", 8) == 0;
    if (!secure && strncmp(origin, "http://", 7) != 0) {
        return false;
    }
    const char *host = origin + (secure ? 8 : 7);
    size_t len = 0;
    if (strncmp(host, "[::1]", 5) == 0) {
        len = 5;
    } else {
        len = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    }
    if (len == 0 || strlen(origin) > ORIGIN_MAX
        || (!secure && !host_is_this_machine(host, len))) {
        return false;
    }
    if (host[len] == ':') {
        return port_wellformed(host + len + 1, secure ? "443" : "80");
    }
    return host[len] == '\0';
}

bool
nonce_wellformed(const char *nonce)
{
    size_t len = strnlen(nonce, NONCE_MAX + 1);
    if (len < NONCE_MIN || len > NONCE_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (nonce[i] < 0x21 || nonce[i] > 0x7E) {
            return false;
        }
    }
    return true;
}
