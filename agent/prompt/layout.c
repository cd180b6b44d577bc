/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "prompt/layout.h"

#include "prompt/plain.h"

#include <stdbool.h>
#include <stdint.h>

static size_t
columns(struct beid_span text)
{
    size_t count = 0;
    uint32_t code = 0;
    while (prompt_take_char(&text, &code) == BEID_OK) {
        count++;
    }
    return count;
}

/* The next word without the spaces in front of it; empty at the end. */
static struct beid_span
take_word(struct beid_span *rest)
{
    while (rest->len > 0 && rest->ptr[0] == ' ') {
        rest->ptr++;
        rest->len--;
    }
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != ' ') {
        len++;
    }
    struct beid_span word = beid_span_of(rest->ptr, len);
    rest->ptr += len;
    rest->len -= len;
    return word;
}

/*
 * Appends a word that starts in *column, with a line feed wherever the line
 * is full.
 */
static void
put_word(struct beid_buf *out, struct beid_span word, size_t *column)
{
    struct beid_span before = word;
    uint32_t code = 0;
    while (prompt_take_char(&word, &code) == BEID_OK) {
        if (*column == PROMPT_COLUMNS) {
            beid_buf_put_u8(out, '\n');
            *column = 0;
        }
        beid_buf_put(out, beid_span_of(before.ptr, before.len - word.len));
        (*column)++;
        before = word;
    }
}

void
prompt_wrap(struct beid_buf *out, struct beid_span paragraph)
{
    size_t column = 0;
    for (struct beid_span word = take_word(&paragraph); word.len > 0;
         word = take_word(&paragraph)) {
        size_t width = columns(word);
        if (column > 0 && width <= PROMPT_COLUMNS
            && column + 1 + width > PROMPT_COLUMNS) {
            beid_buf_put_u8(out, '\n');
            column = 0;
        }
        if (column > 0 && column < PROMPT_COLUMNS) {
            beid_buf_put_u8(out, ' ');
            column++;
        }
        put_word(out, word, &column);
    }
    beid_buf_put_u8(out, '\n');
}

size_t
prompt_count_lines(struct beid_span text)
{
    size_t lines = 0;
    bool open = false;
    for (size_t i = 0; i < text.len; i++) {
        open = text.ptr[i] != '\n';
        lines += open ? 0 : 1;
    }
    return lines + (open ? 1 : 0);
}

/* Assuan escapes what would end the line, and its own escape character. */
static void
put_escaped(struct beid_buf *out, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    if (byte == '%' || byte < ' ') {
        beid_buf_put_u8(out, '%');
        beid_buf_put_u8(out, (uint8_t)digits[byte >> 4]);
        beid_buf_put_u8(out, (uint8_t)digits[byte & 0x0FU]);
    } else {
        beid_buf_put_u8(out, byte);
    }
}

enum beid_err
prompt_command(struct beid_buf *out, const char *verb, struct beid_span text)
{
    beid_buf_reset(out);
    beid_buf_put_str(out, verb);
    if (text.len > 0) {
        beid_buf_put_u8(out, ' ');
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == 0) {
            return BEID_ERR_ARGUMENT;
        }
        put_escaped(out, text.ptr[i]);
    }
    if (out->len > PROMPT_COMMAND_MAX) {
        return BEID_ERR_LIMIT;
    }
    return beid_buf_status(out);
}
