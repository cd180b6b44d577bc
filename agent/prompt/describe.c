/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "prompt/describe.h"

#include "prompt/compose.h"
#include "prompt/layout.h"
#include "prompt/plain.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Bytes of an outside name; a longer one is cut. */
#define NAME_MAX_BYTES 80U
#define FILE_HASH_MAX 32U

/* The browser's ASCII serialisation: what is shown is what is signed. */
static bool
is_plain_ascii(struct beid_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || text.ptr[i] == '<') {
            return false;
        }
    }
    return text.len > 0;
}

void
prompt_put_filled(struct beid_buf *out, const char *text,
                  struct beid_span value)
{
    struct beid_buf line;
    beid_buf_init(&line, PROMPT_PARAGRAPH_MAX);
    const char *open = strchr(text, '{');
    const char *shut = open != NULL ? strchr(open, '}') : NULL;
    if (shut != NULL) {
        beid_buf_put(&line, beid_span_of(text, (size_t)(open - text)));
        beid_buf_put(&line, value);
        beid_buf_put_str(&line, shut + 1);
    } else {
        beid_buf_put_str(&line, text);
    }
    prompt_wrap(out, beid_buf_span(&line));
    if (beid_buf_status(&line) != BEID_OK) {
        out->failed = BEID_ERR_LIMIT;
    }
    beid_buf_clear(&line);
}

void
prompt_put_text(struct beid_buf *out, const struct prompt_facts *facts,
                enum beid_text_id id)
{
    prompt_put_filled(out, beid_text(facts->lang, id), beid_span_of(NULL, 0));
}

static void
put_name(struct beid_buf *out, const struct prompt_facts *facts,
         enum beid_text_id id, struct beid_span name)
{
    struct beid_buf plain;
    beid_buf_init(&plain, NAME_MAX_BYTES);
    prompt_plain(&plain, name, NAME_MAX_BYTES);
    prompt_put_filled(out, beid_text(facts->lang, id), beid_buf_span(&plain));
    beid_buf_clear(&plain);
}

static void
put_gap(struct beid_buf *out, bool airy)
{
    if (airy && out->len > 0) {
        beid_buf_put_u8(out, '\n');
    }
}

void
prompt_put_banner(struct beid_buf *out, const struct prompt_facts *facts)
{
    if (facts->development) {
        prompt_put_text(out, facts, BEID_TEXT_PROMPT_BANNER_DEVELOPMENT);
    }
    switch (facts->environment) {
    case PROMPT_PRODUCTION:
        break;
    case PROMPT_ACCEPTANCE:
        prompt_put_text(out, facts, BEID_TEXT_PROMPT_BANNER_ACCEPTANCE);
        break;
    case PROMPT_TEST:
        prompt_put_text(out, facts, BEID_TEXT_PROMPT_BANNER_TEST);
        break;
    }
    if (facts->phrase.len > 0) {
        prompt_put_filled(out, beid_text(facts->lang, BEID_TEXT_PROMPT_PHRASE),
                          facts->phrase);
    }
}

static void
put_tries(struct beid_buf *out, const struct prompt_facts *facts)
{
    char digit = (char)('0' + facts->tries % 10);
    if (facts->tries == 1) {
        prompt_put_text(out, facts, BEID_TEXT_PROMPT_TRIES_ONE);
    } else if (facts->tries <= PROMPT_TRIES_MAX) {
        prompt_put_filled(out,
                          beid_text(facts->lang, BEID_TEXT_PROMPT_TRIES_MANY),
                          beid_span_of(&digit, 1));
    }
}

/* No website asks: the file is what the citizen has to recognise. */
static void
put_file(struct beid_buf *out, const struct prompt_facts *facts)
{
    static const char digits[] = "0123456789abcdef";
    char size[sizeof "18446744073709551615"];
    char hash[(2 * FILE_HASH_MAX) + 1];
    size_t len = 0;
    for (size_t i = 0; i < facts->file_hash.len && i < FILE_HASH_MAX; i++) {
        hash[len++] = digits[facts->file_hash.ptr[i] >> 4U];
        hash[len++] = digits[facts->file_hash.ptr[i] & 0x0FU];
    }
    hash[len] = '\0';
    (void)snprintf(size, sizeof size, "%" PRIu64, facts->file_size);
    put_name(out, facts, BEID_TEXT_PROMPT_FILE, facts->document);
    prompt_put_filled(out, beid_text(facts->lang, BEID_TEXT_PROMPT_FILE_SIZE),
                      beid_span_str(size));
    prompt_put_filled(out, beid_text(facts->lang, BEID_TEXT_PROMPT_FILE_HASH),
                      beid_span_str(hash));
}

static void
compose(struct beid_buf *out, const struct prompt_facts *facts,
        enum beid_text_id body, bool airy)
{
    beid_buf_reset(out);
    prompt_put_banner(out, facts);
    put_gap(out, airy);
    prompt_put_text(out, facts, facts->heading);
    put_gap(out, airy);
    bool file = facts->file_hash.len > 0;
    if (file) {
        put_file(out, facts);
    } else {
        put_name(out, facts, BEID_TEXT_PROMPT_PORTAL, facts->portal);
        prompt_put_filled(out, beid_text(facts->lang, BEID_TEXT_PROMPT_ORIGIN),
                          facts->origin);
    }
    bool asks =
        body == BEID_TEXT_PROMPT_CONSENT || body == BEID_TEXT_PROMPT_PINPAD;
    if (asks && !file && facts->document.len > 0) {
        put_name(out, facts, BEID_TEXT_PROMPT_DOCUMENT, facts->document);
    }
    if (asks && facts->resource.len > 0) {
        prompt_put_filled(out,
                          beid_text(facts->lang, BEID_TEXT_PROMPT_RESOURCE),
                          facts->resource);
    }
    if (facts->holder.len > 0) {
        put_name(out, facts, BEID_TEXT_PROMPT_HOLDER, facts->holder);
    }
    bool says = asks && facts->text.len > 0;
    put_gap(out, airy || says);
    if (says) {
        /* One paragraph, so it cannot pretend to be past its own end. */
        prompt_put_text(out, facts, BEID_TEXT_PROMPT_SAYS);
        prompt_wrap(out, facts->text);
        put_gap(out, true);
    }
    if (body == BEID_TEXT_PROMPT_PINPAD) {
        prompt_put_text(out, facts, facts->consent);
    }
    prompt_put_text(out, facts,
                    body == BEID_TEXT_PROMPT_CONSENT ? facts->consent : body);
    if (asks) {
        put_tries(out, facts);
    }
    if (asks && facts->keys_seen) {
        prompt_put_text(out, facts, BEID_TEXT_PROMPT_KEYS_SEEN);
    }
}

enum beid_err
prompt_check_fits(struct beid_buf *text)
{
    enum beid_err err = beid_buf_status(text);
    if (err == BEID_OK) {
        err = beid_buf_truncate(text, text->len - 1);
    }
    if (err == BEID_OK
        && prompt_count_lines(beid_buf_span(text)) > PROMPT_LINES) {
        err = BEID_ERR_LIMIT;
    }
    if (err == BEID_OK) {
        struct beid_buf command;
        beid_buf_init(&command, (size_t)3 * PROMPT_PARAGRAPH_MAX);
        err = prompt_command(&command, "SETDESC", beid_buf_span(text));
        beid_buf_clear(&command);
    }
    return err;
}

enum beid_err
prompt_describe(struct beid_buf *out, const struct prompt_facts *facts,
                enum beid_text_id body)
{
    if (!is_plain_ascii(facts->origin)
        || (facts->resource.len > 0 && !is_plain_ascii(facts->resource))
        || !prompt_shows(facts->text) || !prompt_shows(facts->phrase)) {
        return BEID_ERR_ARGUMENT;
    }
    compose(out, facts, body, true);
    enum beid_err err = prompt_check_fits(out);
    if (err == BEID_ERR_LIMIT) {
        compose(out, facts, body, false);
        err = prompt_check_fits(out);
    }
    return err;
}

bool
prompt_shows(struct beid_span text)
{
    uint32_t code = 0;
    bool blank = true;
    while (prompt_take_char(&text, &code) == BEID_OK) {
        if (!beid_utf8_shown(code) || (blank && beid_utf8_blank(code))) {
            return false;
        }
        blank = beid_utf8_blank(code);
    }
    return true;
}
