/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "token/options.h"

#include <beid/slot_state.h>

#include <string.h>

struct object_word {
    const char *word;
    enum option_object bit;
};

static const struct object_word object_words[] = {
    {"auth", OPTION_OBJECT_AUTH}, {"sign", OPTION_OBJECT_SIGN},
    {"ca", OPTION_OBJECT_CA},     {"root", OPTION_OBJECT_ROOT},
    {"rrn", OPTION_OBJECT_RRN},   {"data", OPTION_OBJECT_DATA},
};

struct options
options_default(void)
{
    return (struct options){.objects = OPTION_OBJECT_ALL};
}

/* A mark at the end would stand before a word that is empty. */
static bool
ends_with(struct beid_span text, char mark)
{
    return text.len > 0 && text.ptr[text.len - 1] == (uint8_t)mark;
}

/* Cuts what stands before the next mark off *from; the mark goes with it. */
static struct beid_span
cut(struct beid_span *from, char mark)
{
    const uint8_t *at =
        from->len > 0 ? memchr(from->ptr, mark, from->len) : NULL;
    size_t len = at == NULL ? from->len : (size_t)(at - from->ptr);
    struct beid_span word = beid_span_of(from->ptr, len);
    size_t gone = at == NULL ? len : len + 1;
    *from = beid_span_of(from->ptr + gone, from->len - gone);
    return word;
}

static enum beid_err
parse_objects(struct beid_span list, unsigned *out)
{
    unsigned bits = 0;
    if (ends_with(list, ',')) {
        return BEID_ERR_ARGUMENT;
    }
    while (list.len > 0) {
        struct beid_span word = cut(&list, ',');
        unsigned bit = 0;
        for (size_t i = 0; i < sizeof object_words / sizeof *object_words;
             i++) {
            if (beid_span_same(word, beid_span_str(object_words[i].word))) {
                bit = (unsigned)object_words[i].bit;
            }
        }
        if (bit == 0 || (bits & bit) != 0) {
            return BEID_ERR_ARGUMENT;
        }
        bits |= bit;
    }
    if (bits == 0) {
        return BEID_ERR_ARGUMENT;
    }
    *out = bits;
    return BEID_OK;
}

static enum beid_err
parse_word(struct beid_span word, struct options *out)
{
    struct beid_span objects = beid_span_str(BEID_OPTION_OBJECTS);
    if (beid_span_same(word, beid_span_str(BEID_OPTION_TRANSACTION_SIGN))) {
        out->transaction_sign = true;
        return BEID_OK;
    }
    if (beid_span_same(word, beid_span_str(BEID_OPTION_SLOT_STATE))) {
        out->slot_state = true;
        return BEID_OK;
    }
    struct beid_span rest = word;
    struct beid_span head = {0};
    if (beid_span_take(&rest, objects.len, &head) == BEID_OK
        && beid_span_same(head, objects)) {
        return parse_objects(rest, &out->objects);
    }
    return BEID_ERR_ARGUMENT;
}

enum beid_err
options_parse(struct beid_span text, struct options *out)
{
    struct options result = options_default();
    if (text.len > OPTIONS_MAX || ends_with(text, ' ')) {
        return BEID_ERR_ARGUMENT;
    }
    while (text.len > 0) {
        enum beid_err err = parse_word(cut(&text, ' '), &result);
        if (err != BEID_OK) {
            return err;
        }
    }
    *out = result;
    return BEID_OK;
}
