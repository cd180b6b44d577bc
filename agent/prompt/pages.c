/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "prompt/compose.h"
#include "prompt/describe.h"
#include "prompt/layout.h"

#include <stdio.h>
#include <string.h>

/* Bytes and lines of a document on one page: the rest is for the frame. */
#define PAGE_BYTES 560U
#define PAGE_LINES 12U
#define PHRASE_FRAME 40U

/* The document wrapped; an empty line stays one. */
static enum beid_err
wrap_document(struct beid_buf *out, struct beid_span document)
{
    while (document.len > 0) {
        const uint8_t *end = memchr(document.ptr, '\n', document.len);
        size_t len = end == NULL ? document.len : (size_t)(end - document.ptr);
        struct beid_span line = beid_span_of(document.ptr, len);
        if (!prompt_shows(line)) {
            return BEID_ERR_ARGUMENT;
        }
        prompt_wrap(out, line);
        len += end == NULL ? 0 : 1;
        document = beid_span_of(document.ptr + len, document.len - len);
    }
    return beid_buf_status(out);
}

/*
 * Cuts the lines of one page off *rest, in so many bytes; escaped, each end
 * takes two more.
 */
static struct beid_span
take_page(struct beid_span *rest, size_t bytes)
{
    size_t len = 0;
    size_t cost = 0;
    for (unsigned lines = 0; lines < PAGE_LINES && len < rest->len; lines++) {
        const uint8_t *end = memchr(rest->ptr + len, '\n', rest->len - len);
        size_t line =
            end == NULL ? rest->len - len : (size_t)(end - rest->ptr) + 1 - len;
        size_t percent = 0;
        for (size_t i = 0; i < line; i++) {
            percent += rest->ptr[len + i] == '%' ? 2 : 0;
        }
        if (lines > 0 && cost + line + percent + 2 > bytes) {
            break;
        }
        len += line;
        cost += line + percent + 2;
    }
    struct beid_span page = beid_span_of(rest->ptr, len);
    *rest = beid_span_of(rest->ptr + len, rest->len - len);
    return page;
}

enum beid_err
prompt_page(struct beid_buf *out, const struct prompt_facts *facts,
            struct beid_span document, unsigned page, unsigned *count)
{
    char number[16];
    struct beid_buf wrapped;
    struct beid_span shown = {0};
    beid_buf_init(&wrapped, (size_t)2 * document.len + PROMPT_PARAGRAPH_MAX);
    enum beid_err err = wrap_document(&wrapped, document);
    struct beid_span rest = beid_buf_span(&wrapped);
    /* Percent signs of the phrase take three bytes, its line ends as well. */
    size_t bytes = PAGE_BYTES;
    bytes -= facts->phrase.len > 0 ? (3 * facts->phrase.len) + PHRASE_FRAME : 0;
    *count = 0;
    while (err == BEID_OK && rest.len > 0) {
        struct beid_span part = take_page(&rest, bytes);
        shown = *count == page ? part : shown;
        (*count)++;
    }
    if (err == BEID_OK && page >= *count) {
        err = BEID_ERR_ARGUMENT;
    }
    if (err == BEID_OK) {
        beid_buf_reset(out);
        prompt_put_banner(out, facts);
        prompt_put_text(out, facts, facts->heading);
        int len = snprintf(number, sizeof number, "%u/%u", page + 1, *count);
        prompt_put_filled(out, beid_text(facts->lang, BEID_TEXT_PROMPT_PAGE),
                          beid_span_of(number, (size_t)len));
        beid_buf_put_u8(out, '\n');
        beid_buf_put(out, shown);
        err = prompt_check_fits(out);
    }
    beid_buf_clear(&wrapped);
    return err;
}
