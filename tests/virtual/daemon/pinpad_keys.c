/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The person at the keys. */

#include "pinpad_entry.h"

#include <string.h>

static void
type_digits(struct vpad *pad, const char *word)
{
    for (; *word != '\0' && pad->active; word++) {
        struct pin_digits *typed = &pad->typed[pad->stage];
        if (typed->count == PIN_ORDER_DIGITS_MAX) {
            continue; /* the reader beeps */
        }
        typed->digit[typed->count++] = (uint8_t)(*word - '0');
        vpad_entry_key(pad, KEY_DIGIT);
        vpad_entry_wait(pad, pad->order.next_s);
        if ((pad->order.condition & 0x01U) != 0
            && typed->count == pad->order.max) {
            vpad_entry_advance(pad);
        }
    }
}

static void
press_ok(struct vpad *pad)
{
    vpad_entry_key(pad, KEY_OK);
    if ((pad->order.condition & 0x02U) != 0) {
        vpad_entry_wait(pad, pad->order.first_s);
        vpad_entry_advance(pad);
    }
}

static void
press_cancel(struct vpad *pad)
{
    vpad_entry_cancel(pad, KEY_CANCEL);
}

static void
press_clear(struct vpad *pad)
{
    vpad_entry_key(pad, KEY_CLEAR);
    memset(&pad->typed[pad->stage], 0, sizeof(pad->typed[0]));
}

static void
press_back(struct vpad *pad)
{
    struct pin_digits *typed = &pad->typed[pad->stage];
    vpad_entry_key(pad, KEY_BACK);
    if (typed->count > 0) {
        typed->digit[--typed->count] = 0;
    }
}

static void
let_time_pass(struct vpad *pad)
{
    loop_cancel(pad->loop, vpad_entry_timed_out, pad);
    vpad_entry_timed_out(pad);
}

static const struct {
    const char *word;
    void (*press)(struct vpad *pad);
} named_keys[] = {
    {"ok", press_ok},     {"cancel", press_cancel},   {"clear", press_clear},
    {"back", press_back}, {"timeout", let_time_pass},
};

#define NAMED_KEYS (sizeof(named_keys) / sizeof(named_keys[0]))

/* The key of that name, NAMED_KEYS when the word is another. */
static size_t
find_key(const char *word)
{
    size_t i = 0;
    while (i < NAMED_KEYS && strcmp(named_keys[i].word, word) != 0) {
        i++;
    }
    return i;
}

enum beid_err
vpad_type(struct vpad *pad, const char *words)
{
    char text[256];
    enum beid_err err = BEID_OK;
    for (int typing = 0; typing < 2 && err == BEID_OK; typing++) {
        char *rest = NULL;
        size_t len = strlen(words);
        if (len >= sizeof(text)) {
            return BEID_ERR_FORMAT;
        }
        memcpy(text, words, len + 1);
        for (char *word = strtok_r(text, " ", &rest);
             word != NULL && err == BEID_OK;
             word = strtok_r(NULL, " ", &rest)) {
            size_t named = find_key(word);
            bool digits = strspn(word, "0123456789") == strlen(word);
            if (named == NAMED_KEYS && !digits) {
                err = BEID_ERR_FORMAT;
            } else if (typing == 1 && !pad->active) {
                err = BEID_ERR_STATE;
            } else if (typing == 1 && digits) {
                type_digits(pad, word);
            } else if (typing == 1) {
                named_keys[named].press(pad);
            }
        }
    }
    explicit_bzero(text, sizeof(text));
    return err;
}
