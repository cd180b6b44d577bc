/* SPDX-FileCopyrightText: The beid-agent authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "pin_order.h"

#include <string.h>

#define HEADER_LEN 5U
#define BLOCK_LEN 8U
#define TIMER_DEFAULT_S 30U
#define TYPE_BCD 0x01U
#define ANY (-1)

static const struct pad_model models[] = {
    {"SPRx32 USB", 0x0506, 0x01, ANY, 0, false},
    {"Gemplus GemPC Pinpad", 0, 0, ANY, 8, true},
    {"Vega Alpha", 0, 0, 1, 0, false},
    {"Dell", 0, 0, 0, 0, false},
};
static const struct pad_model plain = {"", 0, 0, ANY, 0, false};

const struct pad_model *
pad_model_find(const char *name, uint16_t firmware)
{
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        const struct pad_model *model = &models[i];
        if (strncmp(name, model->name, strlen(model->name)) == 0
            && (model->old_firmware == 0 || firmware < model->old_firmware)) {
            return model;
        }
    }
    return &plain;
}

/* The fields of a structure, in their order. */
struct fields {
    uint8_t timer;
    uint8_t timer2;
    uint8_t format;
    uint8_t block;
    uint8_t length;
    uint8_t old_at;
    uint8_t new_at;
    uint8_t max;
    uint8_t min;
    uint8_t confirm;
    uint8_t condition;
    uint8_t messages;
    uint8_t language[2];
    uint8_t index[3];
    uint8_t prologue[3];
    uint8_t len[4];
};

static bool
take(struct beid_span *from, uint8_t *to, size_t len)
{
    struct beid_span part;
    if (beid_span_take(from, len, &part) != BEID_OK) {
        return false;
    }
    memcpy(to, part.ptr, len);
    return true;
}

/* What is left in *from is abData. */
static bool
take_fields(struct beid_span *from, bool modify, struct fields *out)
{
    memset(out, 0, sizeof(*out));
    return take(from, &out->timer, 1) && take(from, &out->timer2, 1)
           && take(from, &out->format, 1) && take(from, &out->block, 1)
           && take(from, &out->length, 1)
           && (!modify
               || (take(from, &out->old_at, 1) && take(from, &out->new_at, 1)))
           && take(from, &out->max, 1) && take(from, &out->min, 1)
           && (!modify || take(from, &out->confirm, 1))
           && take(from, &out->condition, 1) && take(from, &out->messages, 1)
           && take(from, out->language, 2)
           && take(from, out->index, modify ? 3 : 1)
           && take(from, out->prologue, 3) && take(from, out->len, 4);
}

/* The command around the blocks: VERIFY, RESET RETRY COUNTER or CHANGE. */
static bool
apdu_is_good(struct beid_span apdu, bool modify, const uint8_t len[4])
{
    size_t blocks = modify ? (size_t)2 * BLOCK_LEN : BLOCK_LEN;
    if (len[1] != 0 || len[2] != 0 || len[3] != 0 || len[0] != apdu.len
        || apdu.len != HEADER_LEN + blocks || apdu.ptr[0] != 0x00
        || apdu.ptr[4] != blocks) {
        return false;
    }
    return modify ? apdu.ptr[1] == 0x24
                  : apdu.ptr[1] == 0x20 || apdu.ptr[1] == 0x2C;
}

/* A position in bytes or bits as one in nibbles. */
static bool
to_nibble(bool bytes, unsigned position, unsigned *out)
{
    if (!bytes && position % 4 != 0) {
        return false;
    }
    *out = bytes ? 2 * position : position / 4;
    return true;
}

/* Where length and digits go; they must not leave their block. */
static bool
layout(const struct fields *fields, const struct pad_model *model,
       struct pin_order *out)
{
    uint8_t format = fields->format;
    if (model->format != 0 && format != model->format) {
        return false;
    }
    if (model->format != 0) {
        format = 0x89; /* that is what it means by it */
    }
    unsigned size = 2U * (fields->block & 0x0FU);
    return (format & 0x03U) == TYPE_BCD && (format & 0x04U) == 0
           && (fields->block >> 4) == 4 /* bits of the length */
           && (fields->length & 0xE0U) == 0
           && to_nibble((format & 0x80U) != 0, (format >> 3) & 0x0FU,
                        &out->digits_at)
           && to_nibble((fields->length & 0x10U) != 0, fields->length & 0x0FU,
                        &out->length_at)
           && size > 0 && out->digits_at + size <= 2 * BLOCK_LEN
           && out->length_at < out->digits_at && fields->max <= size;
}

static bool
limits(const struct fields *fields, bool modify, const struct pad_model *model)
{
    unsigned messages = fields->messages;
    unsigned messages_max = modify ? 3 : 1;
    return fields->min > 0 && fields->min <= fields->max
           && (model->digits_max == 0 || fields->max <= model->digits_max)
           && fields->max <= PIN_ORDER_DIGITS_MAX && fields->condition >= 1
           && fields->condition <= 7
           && (messages <= messages_max || messages == 0xFF)
           && (model->messages < 0 || (int)messages == model->messages)
           && (fields->prologue[0] | fields->prologue[1] | fields->prologue[2])
                  == 0
           && fields->confirm <= 3;
}

bool
pin_order_read(struct beid_span structure, bool modify,
               const struct pad_model *model, struct pin_order *out)
{
    struct fields fields;
    memset(out, 0, sizeof(*out));
    if (!take_fields(&structure, modify, &fields)
        || !apdu_is_good(structure, modify, fields.len)
        || !layout(&fields, model, out) || !limits(&fields, modify, model)) {
        return false;
    }
    if (modify
        && (fields.old_at > BLOCK_LEN || fields.new_at > BLOCK_LEN
            || fields.old_at == fields.new_at)) {
        return false;
    }
    out->modify = modify;
    out->first_s = fields.timer == 0 ? TIMER_DEFAULT_S : fields.timer;
    out->next_s = fields.timer2 == 0 ? out->first_s : fields.timer2;
    out->min = fields.min;
    out->max = fields.max;
    out->condition = fields.condition;
    out->ask_old = !modify || (fields.confirm & 0x02U) != 0;
    out->confirm = modify && (fields.confirm & 0x01U) != 0;
    out->language =
        (uint16_t)(((unsigned)fields.language[1] << 8) | fields.language[0]);
    out->old_at = fields.old_at;
    out->new_at = fields.new_at;
    memcpy(out->apdu, structure.ptr, structure.len);
    out->apdu_len = structure.len;
    return true;
}

static void
put_nibble(uint8_t *bytes, unsigned at, unsigned value)
{
    uint8_t *byte = &bytes[at / 2];
    *byte = at % 2 == 0 ? (uint8_t)((*byte & 0x0FU) | (value << 4))
                        : (uint8_t)((*byte & 0xF0U) | value);
}

void
pin_order_insert(struct pin_order *order, unsigned at,
                 const struct pin_digits *digits)
{
    uint8_t *block = order->apdu + HEADER_LEN + at;
    put_nibble(block, order->length_at, digits->count);
    for (unsigned i = 0; i < digits->count; i++) {
        put_nibble(block, order->digits_at + i, digits->digit[i]);
    }
}
