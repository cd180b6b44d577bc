/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "say.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 78U
#define TEXT_MAX 16384U

enum beid_lang
say_lang(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    enum beid_lang lang = BEID_LANG_EN;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = secure_getenv(variables[i]);
        if (value == NULL || value[0] == '\0') {
            continue;
        }
        size_t len = strcspn(value, "_.@");
        if (beid_lang_parse(beid_span_of(value, len), &lang) != BEID_OK) {
            lang = BEID_LANG_EN;
        }
        break;
    }
    return lang;
}

static const char *
value_of(struct beid_span name, const struct say_word *words)
{
    for (; words != NULL && words->word != NULL; words++) {
        if (beid_span_same(name, beid_span_str(words->word))) {
            return words->value;
        }
    }
    return NULL;
}

/* Bytes above ASCII stay: a terminal knows no C1 controls in UTF-8 but U+0080
 * to U+009F, which begin with C2. */
static void
put_plain(struct beid_buf *out, const char *value)
{
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        unsigned char next = (unsigned char)at[1];
        bool c1 = byte == 0xC2 && next >= 0x80 && next <= 0x9F;
        if (byte < ' ' || byte == 0x7F || c1) {
            beid_buf_put_u8(out, '?');
            at += c1 ? 1 : 0;
        } else {
            beid_buf_put_u8(out, byte);
        }
    }
}

void
say_fill(struct beid_buf *out, enum beid_lang lang, enum beid_text_id id,
         const struct say_word *words)
{
    const char *at = beid_text(lang, id);
    while (*at != '\0') {
        size_t plain = strcspn(at, "{");
        beid_buf_put(out, beid_span_of(at, plain));
        at += plain;
        size_t len = strcspn(at, "}");
        if (*at == '\0' || at[len] == '\0') {
            beid_buf_put_str(out, at);
            return;
        }
        const char *value = value_of(beid_span_of(at + 1, len - 1), words);
        if (value != NULL) {
            put_plain(out, value);
        }
        at += len + 1;
    }
}

static size_t
width_of(struct beid_span word)
{
    size_t width = 0;
    for (size_t i = 0; i < word.len; i++) {
        width += (word.ptr[i] & 0xC0U) == 0x80U ? 0 : 1;
    }
    return width;
}

static void
print_spaces(FILE *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)fputc(' ', to);
    }
}

void
say_wrapped(FILE *to, size_t indent, struct beid_span text)
{
    size_t column = 0;
    while (text.len > 0) {
        size_t len = 0;
        while (len < text.len && text.ptr[len] != ' ') {
            len++;
        }
        struct beid_span word = beid_span_of(text.ptr, len);
        size_t skip = len < text.len ? len + 1 : len;
        text = beid_span_of(text.ptr + skip, text.len - skip);
        if (word.len == 0) {
            continue;
        }
        size_t width = width_of(word);
        if (column > indent && column + 1 + width > COLUMNS) {
            (void)fputc('\n', to);
            column = 0;
        }
        print_spaces(to, column == 0 ? indent : 1);
        column += (column == 0 ? indent : 1) + width;
        (void)fwrite(word.ptr, 1, word.len, to);
    }
    (void)fputc('\n', to);
}

void
say_text(FILE *to, size_t indent, enum beid_lang lang, enum beid_text_id id,
         const struct say_word *words)
{
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    say_fill(&text, lang, id, words);
    say_wrapped(to, indent, beid_buf_span(&text));
    beid_buf_clear(&text);
}

void
say_error(enum beid_lang lang, enum beid_text_id id,
          const struct say_word *words)
{
    struct beid_buf text;
    beid_buf_init(&text, TEXT_MAX);
    beid_buf_put_str(&text, "beid-agent: ");
    say_fill(&text, lang, id, words);
    say_wrapped(stderr, 0, beid_buf_span(&text));
    beid_buf_clear(&text);
}
