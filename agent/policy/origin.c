/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "origin.h"

#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63U
#define NAME_MAX_BYTES 253U
#define HTTP_PORT 80U
#define HTTPS_PORT 443U

/* Cuts prefix off *text if it begins with it. */
static bool
skip(struct beid_span *text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (text->len < len || memcmp(text->ptr, prefix, len) != 0) {
        return false;
    }
    *text = beid_span_of(text->ptr + len, text->len - len);
    return true;
}

static bool
is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_label_byte(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || byte == '-';
}

/* Cuts one DNS label off *host: letters, digits, hyphens inside. */
static bool
take_label(struct beid_span *host, struct beid_span *label)
{
    size_t len = 0;
    while (len < host->len && is_label_byte(host->ptr[len])) {
        len++;
    }
    if (len == 0 || len > LABEL_MAX || host->ptr[0] == '-'
        || host->ptr[len - 1] == '-') {
        return false;
    }
    return beid_span_take(host, len, label) == BEID_OK;
}

static bool
all_digits(struct beid_span label)
{
    for (size_t i = 0; i < label.len; i++) {
        if (!is_digit(label.ptr[i])) {
            return false;
        }
    }
    return true;
}

/*
 * Cuts a DNS name of two or more labels off *text. A last label of digits, or
 * one that begins with 0x, would be read as an IPv4 address (WHATWG URL,
 * "ends in a number").
 */
static bool
take_name(struct beid_span *text)
{
    struct beid_span label = {0};
    size_t before = text->len;
    unsigned int labels = 0;
    do {
        if (!take_label(text, &label)) {
            return false;
        }
        labels++;
    } while (skip(text, "."));
    return labels >= 2 && before - text->len <= NAME_MAX_BYTES
           && !all_digits(label) && !skip(&label, "0x");
}

/* ":PORT" to the end of the text, written as a browser writes it. */
static bool
is_port(struct beid_span text, unsigned int scheme_port)
{
    unsigned int port = 0;
    if (!skip(&text, ":") || text.len == 0 || text.len > 5
        || text.ptr[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
        port = port * 10 + (text.ptr[i] - (unsigned int)'0');
    }
    return port <= UINT16_MAX && port != scheme_port;
}

bool
policy_origin_portal(struct beid_span origin)
{
    if (origin.len > POLICY_ORIGIN_MAX || !skip(&origin, "https://")
        || !take_name(&origin)) {
        return false;
    }
    return origin.len == 0 || is_port(origin, HTTPS_PORT);
}

bool
policy_origin_development(struct beid_span origin)
{
    if (origin.len > POLICY_ORIGIN_MAX) {
        return false;
    }
    if (skip(&origin, "https://localhost")) {
        return is_port(origin, HTTPS_PORT);
    }
    return skip(&origin, "http://localhost") && is_port(origin, HTTP_PORT);
}

bool
policy_host_ours(struct beid_span host, uint16_t port)
{
    char ours[sizeof "127.0.0.1:65535"];
    int len = snprintf(ours, sizeof ours, "127.0.0.1:%u", (unsigned int)port);
    return len > 0 && beid_span_same(host, beid_span_of(ours, (size_t)len));
}

/* "." or "..", or one of them with %2e, case ignored. */
static bool
is_dots(struct beid_span segment)
{
    size_t dots = 0;
    while (segment.len > 0) {
        bool dot = skip(&segment, ".") || skip(&segment, "%2e")
                   || skip(&segment, "%2E");
        if (!dot) {
            return false;
        }
        dots++;
    }
    return dots == 1 || dots == 2;
}

static bool
is_url_byte(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z')
           || (byte >= 'A' && byte <= 'Z')
           || (byte != 0 && strchr("-._~%!$&'()*+,;=:@/?", byte) != NULL);
}

bool
policy_resource_below(struct beid_span resource, struct beid_span origin)
{
    struct beid_span path = {0};
    if (resource.len > POLICY_RESOURCE_MAX || resource.len <= origin.len
        || !beid_span_same(beid_span_of(resource.ptr, origin.len), origin)
        || resource.ptr[origin.len] != '/') {
        return false;
    }
    path = beid_span_of(resource.ptr + origin.len, resource.len - origin.len);
    bool in_query = false;
    size_t start = 1;
    for (size_t i = 0; i <= path.len; i++) {
        bool end = i == path.len || path.ptr[i] == '/' || path.ptr[i] == '?';
        if (i < path.len && !is_url_byte(path.ptr[i])) {
            return false;
        }
        if (end && i > 0 && !in_query) {
            if (is_dots(beid_span_of(path.ptr + start, i - start))) {
                return false;
            }
            start = i + 1;
        }
        in_query = in_query || (i < path.len && path.ptr[i] == '?');
    }
    return true;
}
