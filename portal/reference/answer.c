/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include "session.h"

#include <beid/log.h>

#include <stdlib.h>
#include <string.h>

#define PAGE_DIGITS 6U

static const char json_type[] = "application/json";

void
answer_members(struct visit *visit, const struct text *members, size_t count)
{
    struct beid_buf *body = &visit->reply->body;
    visit->reply->status = 200;
    visit->reply->type = json_type;
    for (size_t i = 0; i < count; i++) {
        beid_buf_put_str(body, i == 0 ? "{\"" : ",\"");
        beid_buf_put_str(body, members[i].key);
        beid_buf_put_str(body, "\":\"");
        beid_buf_put_str(body, members[i].value);
        beid_buf_put_str(body, "\"");
    }
    beid_buf_put_str(body, "}\n");
}

void
answer_json(struct visit *visit, unsigned status, const char *name,
            const char *value)
{
    const struct text member = {name, value};
    answer_members(visit, &member, 1);
    visit->reply->status = status;
}

void
answer_error(struct visit *visit, unsigned status, const char *code)
{
    BEID_LOG_INFO("refused: %s", code);
    answer_json(visit, status, "error", code);
}

void
answer_failure(struct visit *visit, enum beid_err err)
{
    if (err == BEID_ERR_BUSY) {
        answer_error(visit, 429, "rate_limited");
    } else if (err == BEID_ERR_NOT_FOUND) {
        answer_error(visit, 401, "session_unknown");
    } else if (err == BEID_ERR_IO || err == BEID_ERR_LIMIT) {
        answer_error(visit, 503, "portal_unavailable");
    } else {
        answer_error(visit, 500, "internal");
    }
}

void
answer_redirect(struct visit *visit, const char *where)
{
    size_t len = strlen(where);
    if (len >= sizeof visit->reply->location) {
        visit->reply->status = 500;
        return;
    }
    visit->reply->status = 303;
    memcpy(visit->reply->location, where, len + 1);
}

bool
answer_ours(const struct visit *visit, const char *csrf)
{
    const char *origin = http_request_header(visit->request, "Origin");
    return origin != NULL && strcmp(origin, visit->site->origin) == 0
           && session_csrf(visit, csrf);
}

bool
answer_form(struct visit *visit)
{
    char csrf[SESSION_TOKEN_SIZE];
    bool ours =
        answer_ours(visit, answer_field(visit, "csrf", csrf, sizeof csrf));
    if (!ours) {
        BEID_LOG_INFO("refused: a form that is not of this session");
        site_show(visit, PAGE_ERROR, 403);
    }
    return ours;
}

void
answer_trouble(struct visit *visit, enum beid_err err)
{
    unsigned status = 503;
    if (err == BEID_ERR_BUSY) {
        status = 429;
    } else if (err == BEID_ERR_NOT_FOUND) {
        status = 403;
    }
    BEID_LOG_INFO("refused: %s", beid_err_text(err));
    site_show(visit, PAGE_ERROR, status);
}

bool
answer_script(struct visit *visit)
{
    const char *csrf = http_request_header(visit->request, "X-CSRF-Token");
    const char *type = http_request_header(visit->request, "Content-Type");
    if (!answer_ours(visit, csrf)) {
        answer_error(visit, 403, "session_unknown");
        return false;
    }
    if (type == NULL || strcmp(type, json_type) != 0) {
        answer_error(visit, 415, "bad_request");
        return false;
    }
    return true;
}

/* The value of a hexadecimal digit, or 16. */
static unsigned
digit_value(uint8_t digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at =
        digit == 0 ? NULL : strchr(digits, digit >= 'A' ? digit | 0x20 : digit);
    return at == NULL ? 16 : (unsigned)(at - digits);
}

static bool
decode(struct beid_span from, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < from.len; i++) {
        uint8_t byte = from.ptr[i] == '+' ? ' ' : from.ptr[i];
        if (byte == '%') {
            bool whole = from.len - i > 2;
            unsigned high = whole ? digit_value(from.ptr[i + 1]) : 16;
            unsigned low = whole ? digit_value(from.ptr[i + 2]) : 16;
            if (high > 15 || low > 15) {
                return false;
            }
            byte = (uint8_t)(high * 16 + low);
            i += 2;
        }
        if (byte == 0 || len + 1 >= size) {
            return false;
        }
        out[len++] = (char)byte;
    }
    out[len] = '\0';
    return true;
}

const char *
answer_field(const struct visit *visit, const char *name, char *out,
             size_t size)
{
    struct beid_span rest = visit->request->body;
    size_t name_len = strlen(name);
    while (rest.len > 0) {
        const uint8_t *end = memchr(rest.ptr, '&', rest.len);
        size_t len = end == NULL ? rest.len : (size_t)(end - rest.ptr);
        if (len > name_len && rest.ptr[name_len] == '='
            && memcmp(rest.ptr, name, name_len) == 0) {
            struct beid_span value = {rest.ptr + name_len + 1,
                                      len - name_len - 1};
            return decode(value, out, size) ? out : NULL;
        }
        len += end == NULL ? 0 : 1;
        rest.ptr += len;
        rest.len -= len;
    }
    return NULL;
}

size_t
answer_page(const struct visit *visit)
{
    const char *asked = http_request_query(visit->request, "page");
    size_t page = 0;
    if (asked != NULL && strlen(asked) <= PAGE_DIGITS
        && strspn(asked, "0123456789") == strlen(asked)) {
        page = strtoul(asked, NULL, 10);
    }
    return page == 0 ? 1 : page;
}
